import type { Predictions, Rows } from '../../src/domain/gate/dataset/rows.ts'
import type { Statistic } from '../../src/domain/gate/metrics/statistic.ts'
import { findStatistic } from '../../src/domain/gate/metrics/statistic-catalog.ts'
import { createRandom } from '../../src/domain/statistics/random.ts'
import type { Categorical } from '../../src/domain/table/columns.ts'

/** A holdout of two classes, or of numbers, and three models, each a little worse than the previous one. */
export interface Example {
  rows: Rows
  models: { best: Predictions; good: Predictions; poor: Predictions }
}

export const EXAMPLE_STATISTICS = [
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

export function requireStatistic(name: string): Statistic {
  const statistic = findStatistic(name)
  if (!statistic) throw new Error(`no statistic ${name}`)
  return statistic
}

/** @param seed hex @param groups number of groups; a ranking always has 20 queries */
export function createExample(statistic: Statistic, seed: string, count = 300, groups?: number): Example {
  const { below } = createRandom(seed)
  const chance = () => (below(2 ** 20) + 0.5) / 2 ** 20
  const codes = Int32Array.from({ length: count }, () => (chance() < 0.4 ? 1 : 0))
  const numbers = statistic.labelKind === 'numbers' && !statistic.isRanking
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
    groups: groups === undefined ? undefined : assignRoundRobin(count, groups),
    queries: statistic.isRanking ? assignRoundRobin(count, 20) : undefined,
    weights: undefined,
    times: undefined,
    columns: new Map(),
    digest: seed,
  }
  return { rows, models: { best: model(0.6, 'best'), good: model(0.64, 'good'), poor: model(0.8, 'poor') } }
}

/** Rows of these labels, without any optional column. */
export function fakeRows(labels: Rows['labels'], more: Partial<Rows> = {}): Rows {
  return {
    count: (labels.kind === 'classes' ? labels.codes : labels.values).length,
    labels,
    groups: undefined,
    queries: undefined,
    weights: undefined,
    times: undefined,
    columns: new Map(),
    digest: 'rows',
    ...more,
  }
}

/**
 * Rows of classes of these sizes, and two models with these shares of wrong rows.
 * @param seed hex
 */
export function drawClassifiers(
  {
    sizes,
    wrong,
    groups,
  }: { sizes: readonly number[]; wrong: readonly [number, number]; groups?: Categorical },
  seed: string,
): { rows: Rows; one: Predictions; two: Predictions } {
  const { below } = createRandom(seed)
  const codes = Int32Array.from(sizes.flatMap((size, code) => new Array<number>(size).fill(code)))
  const model = (digest: string, share: number): Predictions => ({
    classes: codes.map((code) =>
      below(1000) < 1000 * share ? (code + 1 + below(sizes.length - 1)) % sizes.length : code,
    ),
    scores: undefined,
    probabilities: undefined,
    digest,
  })
  const rows = fakeRows({ kind: 'classes', codes, names: sizes.map(String), positive: 0 }, { groups })
  return { rows, one: model('one', wrong[0]), two: model('two', wrong[1]) }
}

/** Assigns rows to groups in turn. */
export function assignRoundRobin(count: number, groups: number): Categorical {
  const names = Array.from({ length: groups }, (_, code) => String(code))
  return { codes: Int32Array.from({ length: count }, (_, row) => row % groups), names }
}
