import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { against } from '../../src/domain/gate/interval.ts'
import { measure } from '../../src/domain/gate/measure.ts'
import { normalQuantile } from '../../src/domain/gate/normal.ts'
import { random } from '../../src/domain/gate/random.ts'
import { statisticNamed } from '../../src/domain/gate/statistics.ts'
import { wilson } from '../../src/domain/gate/unpaired.ts'
import { at } from '../checkout.ts'
import { classifiers, DISCORDANCE, forecasters, rankers, type Shape, type World } from './gate-worlds.ts'

const SIMULATIONS = 10_000
const CONFIDENCE = 0.95
/** The margin of every policy here: `min_improvement` of a challenger, `margin` of a refresh. */
const MARGIN = 0.01
const RETRAINS_A_YEAR = 52

const digest = (text: string) => createHash('sha256').update(text).digest('hex')

/** How often a gate let a candidate through, with Wilson's interval at 95 %, and how often that is in a year. */
export interface Rate {
  passed: number
  of: number
  rate: number
  low: number
  high: number
  aYear: number
}

interface Cell extends Shape {
  statistic: string
  resamples: number | undefined
  trueGain: number
}

export interface FalsePromotes extends Cell {
  /** What this gate asks for: the change must be above the boundary, and truly is exactly there. */
  policy: string
  thisGate: Rate
  /** The same gate, told nothing of the users. */
  rowsAsIndependent: Rate | undefined
  /** Gates of two numbers. */
  pointBetter: Rate
  pointBetterByMargin: Rate
}

export interface FalseRefusals extends Cell {
  policy: string
  refused: Rate
}

export interface GateErrors {
  simulations: number
  confidence: number
  discordance: number
  margin: number
  retrainsAYear: number
  falsePromotes: FalsePromotes[]
  falseRefusals: FalseRefusals[]
}

interface Setting {
  statistic: string
  world: World
  shape: Shape
  /** Undefined where a closed form needs none. */
  resamples: number | undefined
  gains: readonly number[]
}

const rows = (count: number, users?: number): Shape => ({ rows: count, users })
const BOUNDARIES = [0, MARGIN, -MARGIN]

const SETTINGS: readonly Setting[] = [
  ...[200, 1000, 5000].map((count) => ({ shape: rows(count), resamples: undefined })),
  ...[rows(4000, 40), rows(1000, 20)].map((shape) => ({ shape, resamples: 1000 })),
]
  .map((setting): Setting => ({ statistic: 'accuracy', world: classifiers, gains: BOUNDARIES, ...setting }))
  .concat([
    { statistic: 'auc', world: rankers, shape: rows(200), resamples: 500, gains: [MARGIN, -MARGIN] },
    { statistic: 'auc', world: rankers, shape: rows(1000), resamples: 500, gains: [-MARGIN] },
    { statistic: 'log_loss', world: forecasters, shape: rows(200), resamples: 500, gains: [MARGIN, -MARGIN] },
    { statistic: 'log_loss', world: forecasters, shape: rows(4000, 40), resamples: 500, gains: [-MARGIN] },
  ])

const POWER = [200, 1000, 5000].flatMap((count) =>
  [0.005, 0.01, 0.02, 0.03].map((gain) => ({ shape: rows(count), gain })),
)

/**
 * How often the gate errs, through the product's own measure and decision, on worlds whose truth is known. At the
 * boundary of the policy every promotion is a false one; beyond it every refusal is. Writes bench/gate-errors.json.
 */
export function gateErrorRates(simulations = SIMULATIONS): GateErrors {
  const errors: GateErrors = {
    simulations,
    confidence: CONFIDENCE,
    discordance: DISCORDANCE,
    margin: MARGIN,
    retrainsAYear: RETRAINS_A_YEAR,
    falsePromotes: SETTINGS.flatMap((setting) =>
      setting.gains.map((gain) => falsePromotes(setting, gain, simulations)),
    ),
    falseRefusals: POWER.map(({ shape, gain }) => falseRefusals(shape, gain, simulations)),
  }
  const path = at('bench/gate-errors.json')
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${JSON.stringify(errors, null, 2)}\n`)
  return errors
}

function falsePromotes(setting: Setting, gain: number, simulations: number): FalsePromotes {
  const { statistic, shape, resamples } = setting
  const passed = { thisGate: 0, independent: 0, better: 0, byMargin: 0 }
  const tried = shape.users !== undefined && statistic === 'accuracy'
  simulate(setting, gain, simulations, ({ change, independent }) => {
    if (against(change, gain) === 'above') passed.thisGate += 1
    if (tried && against(independent(), gain) === 'above') passed.independent += 1
    if (change.estimate > 0) passed.better += 1
    if (change.estimate >= MARGIN) passed.byMargin += 1
  })
  const rate = (count: number) => rateOf(count, simulations)
  return {
    statistic,
    ...shape,
    resamples,
    trueGain: gain,
    policy:
      gain < 0
        ? `refresh, margin ${MARGIN}`
        : `challenger, ${gain === 0 ? 'better at all' : `min_improvement ${MARGIN}`}`,
    thisGate: rate(passed.thisGate),
    rowsAsIndependent: tried ? rate(passed.independent) : undefined,
    pointBetter: rate(passed.better),
    pointBetterByMargin: rate(passed.byMargin),
  }
}

function falseRefusals(shape: Shape, gain: number, simulations: number): FalseRefusals {
  const setting = { statistic: 'accuracy', world: classifiers, shape, resamples: undefined, gains: [gain] }
  let refused = 0
  simulate(setting, gain, simulations, ({ change }) => {
    if (against(change, 0) !== 'above') refused += 1
  })
  return {
    statistic: 'accuracy',
    ...shape,
    resamples: undefined,
    trueGain: gain,
    policy: 'challenger, better at all',
    refused: rateOf(refused, simulations),
  }
}

interface Judged {
  change: ReturnType<ReturnType<typeof measure>['change']>
  /** As if the users' rows were independent. */
  independent: () => Judged['change']
}

function simulate(
  setting: Setting,
  gain: number,
  simulations: number,
  count: (judged: Judged) => void,
): void {
  const statistic = statisticNamed(setting.statistic)
  if (!statistic) throw new Error(`no statistic ${setting.statistic}`)
  // Every cell has a stream of its own, which neither the order nor the number of the others changes.
  const name = [setting.statistic, setting.shape.rows, setting.shape.users ?? 0, gain].join(' ')
  const stream = random(digest(name))
  const { direction } = statistic
  for (let nth = 0; nth < simulations; nth += 1) {
    const { rows, candidate, champion } = setting.world(setting.shape, gain, stream)
    const options = {
      confidence: CONFIDENCE,
      resamples: setting.resamples ?? 0,
      seed: digest(`${name} ${nth}`),
    }
    const change = (of: typeof rows) =>
      measure(of, { candidate, champion }, { statistic, direction }, options).change('candidate', 'champion')
    count({
      change: change(rows),
      independent: () => change({ ...rows, groups: undefined }),
    })
  }
  console.error(`simulated ${name}`)
}

function rateOf(passed: number, of: number): Rate {
  const rate = passed / of
  const { low, high } = wilson({ value: rate, rows: of }, normalQuantile(0.975))
  return { passed, of, rate, low, high, aYear: RETRAINS_A_YEAR * rate }
}
