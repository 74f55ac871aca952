import { random } from './random.ts'
import type { Coded, Predictions, Rows } from './rows.ts'
import type { Statistic } from './statistic.ts'
import { statisticNamed } from './statistics.ts'

/** A holdout of two classes, or of numbers, and models of which each is a little worse than the one before. */
export interface Example {
  rows: Rows
  models: { best: Predictions; good: Predictions; poor: Predictions }
}

export const NAMES = [
  'accuracy',
  'balanced_accuracy',
  'f1',
  'f1_macro',
  'precision',
  'recall',
  'auc',
  'log_loss',
  'mae',
  'rmse',
  'r2',
  'hit@3',
  'ndcg@3',
]

export function named(name: string): Statistic {
  const statistic = statisticNamed(name)
  if (!statistic) throw new Error(`no statistic ${name}`)
  return statistic
}

/** @param seed hex @param groups how many, if the rows are to have them; a ranking has 20 queries in any case */
export function example(statistic: Statistic, seed: string, count = 300, groups?: number): Example {
  const { below } = random(seed)
  const chance = () => (below(2 ** 20) + 0.5) / 2 ** 20
  const codes = Int32Array.from({ length: count }, () => (chance() < 0.4 ? 1 : 0))
  const numbers = statistic.labels === 'numbers' && !statistic.ranked
  const values = Float64Array.from(codes, (code) => 10 * code + 5 * chance())
  const model = (noise: number, digest: string): Predictions => {
    const scores = Float64Array.from(codes, (code, row) =>
      numbers
        ? (values[row] as number) + 9 * noise * (chance() - 0.5)
        : 0.02 + 0.96 * (noise * chance() + (1 - noise) * code),
    )
    const classes = scores.map((score) => (score > 0.5 ? 1 : 0))
    return { classes: Int32Array.from(classes), scores, probabilities: undefined, digest }
  }
  const rows: Rows = {
    count,
    labels: numbers
      ? { kind: 'numbers', values }
      : { kind: 'classes', codes, names: ['no', 'yes'], positive: 1 },
    groups: groups === undefined ? undefined : inTurn(count, groups),
    queries: statistic.ranked ? inTurn(count, 20) : undefined,
    weights: undefined,
    times: undefined,
    columns: new Map(),
    digest: seed,
  }
  return { rows, models: { best: model(0.6, 'best'), good: model(0.64, 'good'), poor: model(0.8, 'poor') } }
}

/** Row after row, each in the next of so many groups. */
export function inTurn(count: number, groups: number): Coded {
  const names = Array.from({ length: groups }, (_, code) => String(code))
  return { codes: Int32Array.from({ length: count }, (_, row) => row % groups), names }
}
