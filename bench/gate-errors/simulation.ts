import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { checkoutPath } from '../../scripts/checkout.ts'
import { measure } from '../../src/domain/gate/inference/paired-measurement.ts'
import { findStatistic } from '../../src/domain/gate/metrics/statistic-catalog.ts'
import { normalQuantile } from '../../src/domain/statistics/distributions.ts'
import { compareToMargin } from '../../src/domain/statistics/interval.ts'
import { wilsonInterval } from '../../src/domain/statistics/proportions.ts'
import { createRandom } from '../../src/domain/statistics/random.ts'
import {
  classifiers,
  DISCORDANCE,
  forecasters,
  multiclassClassifiers,
  type Population,
  RARE_DISCORDANCE,
  rankers,
  type Shape,
} from './populations.ts'

const SIMULATIONS = 10_000
/** Simulations of each cell with many classes, where resampling takes longest. */
const CLASS_SIMULATIONS = 1000
const CONFIDENCE = 0.95
/** The margin of every policy here: `min_improvement` of a challenger, `margin` of a refresh. */
const MARGIN = 0.01
const RETRAINS_PER_YEAR = 52

const digest = (text: string) => createHash('sha256').update(text).digest('hex')

/** How often a gate accepted a candidate, with Wilson's interval at 95 %, and how often that is per year. */
export interface ErrorRate {
  count: number
  simulations: number
  rate: number
  low: number
  high: number
  perYear: number
}

interface Cell extends Shape {
  statistic: string
  resamples: number | undefined
  trueGain: number
}

export interface FalsePromotionRates extends Cell {
  /** The gate at its boundary: it requires a change above the boundary, and the true change equals it. */
  policy: string
  thisGate: ErrorRate
  /** The same gate without the column that names the users. */
  assumingIndependentRows: ErrorRate | undefined
  /** Gates that compare two metric values. */
  pointEstimateBetter: ErrorRate
  pointEstimateBetterByMargin: ErrorRate
}

export interface FalseRejectionRates extends Cell {
  policy: string
  notPromoted: ErrorRate
}

export interface GateErrors {
  simulations: number
  confidence: number
  discordance: number
  rareDiscordance: number
  margin: number
  retrainsPerYear: number
  falsePromotions: FalsePromotionRates[]
  falseRejections: FalseRejectionRates[]
}

interface Setting {
  statistic: string
  population: Population
  shape: Shape
  /** Undefined for a statistic with a closed form. */
  resamples: number | undefined
  gains: readonly number[]
  /** Undefined for the requested number. */
  simulations?: number
}

const createShape = (count: number, users?: number): Shape => ({ rows: count, users })
const BOUNDARIES = [0, MARGIN, -MARGIN]

const SETTINGS: readonly Setting[] = [
  ...[200, 1000, 5000].map((count) => ({ shape: createShape(count), resamples: undefined })),
  ...[createShape(4000, 40), createShape(1000, 20)].map((shape) => ({ shape, resamples: 1000 })),
]
  .map(
    (setting): Setting => ({ statistic: 'accuracy', population: classifiers, gains: BOUNDARIES, ...setting }),
  )
  .concat([
    {
      statistic: 'auc',
      population: rankers,
      shape: createShape(200),
      resamples: 500,
      gains: [MARGIN, -MARGIN],
    },
    { statistic: 'auc', population: rankers, shape: createShape(1000), resamples: 500, gains: [-MARGIN] },
    {
      statistic: 'auc',
      population: rankers,
      shape: createShape(6000),
      resamples: undefined,
      gains: [MARGIN, -MARGIN],
    },
    {
      statistic: 'log_loss',
      population: forecasters,
      shape: createShape(200),
      resamples: 500,
      gains: [MARGIN, -MARGIN],
    },
    {
      statistic: 'log_loss',
      population: forecasters,
      shape: createShape(4000, 40),
      resamples: 500,
      gains: [-MARGIN],
    },
    ...[
      { statistic: 'balanced_accuracy', rows: 500, classes: 50, gains: BOUNDARIES },
      { statistic: 'f1_macro', rows: 500, classes: 50, gains: BOUNDARIES },
      { statistic: 'balanced_accuracy', rows: 4000, classes: 1000, gains: [MARGIN, -MARGIN] },
      { statistic: 'f1_macro', rows: 4000, classes: 1000, gains: [-MARGIN] },
      { statistic: 'balanced_accuracy', rows: 1000, classes: 2, rareRows: 5, gains: BOUNDARIES },
    ].map(({ statistic, gains, ...shape }) => ({
      statistic,
      population: multiclassClassifiers,
      shape: { users: undefined, ...shape },
      resamples: 500,
      simulations: CLASS_SIMULATIONS,
      gains,
    })),
  ])

const POWER = [200, 1000, 5000].flatMap((count) =>
  [0.005, 0.01, 0.02, 0.03].map((gain) => ({ shape: createShape(count), gain })),
)

/**
 * Measures the error rates of the product's gate on simulated populations with known gains. At the boundary of the
 * policy, each promotion is an error. Beyond it, each rejection is one. Writes bench/gate-errors.json.
 */
export function simulateGateErrors(simulations = SIMULATIONS): GateErrors {
  const errors: GateErrors = {
    simulations,
    confidence: CONFIDENCE,
    discordance: DISCORDANCE,
    rareDiscordance: RARE_DISCORDANCE,
    margin: MARGIN,
    retrainsPerYear: RETRAINS_PER_YEAR,
    falsePromotions: SETTINGS.flatMap((setting) =>
      setting.gains.map((gain) =>
        simulateFalsePromotions(setting, gain, Math.min(simulations, setting.simulations ?? simulations)),
      ),
    ),
    falseRejections: POWER.map(({ shape, gain }) => simulateFalseRejections(shape, gain, simulations)),
  }
  const path = checkoutPath('bench/gate-errors.json')
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${JSON.stringify(errors, null, 2)}\n`)
  return errors
}

function simulateFalsePromotions(setting: Setting, gain: number, simulations: number): FalsePromotionRates {
  const { statistic, shape, resamples } = setting
  const passed = { thisGate: 0, independent: 0, better: 0, byMargin: 0 }
  const comparesIndependence = shape.users !== undefined && statistic === 'accuracy'
  simulate(setting, gain, simulations, ({ change, changeAssumingIndependence: independent }) => {
    if (compareToMargin(change, gain) === 'above') passed.thisGate += 1
    if (comparesIndependence && compareToMargin(independent(), gain) === 'above') passed.independent += 1
    if (change.estimate > 0) passed.better += 1
    if (change.estimate >= MARGIN) passed.byMargin += 1
  })
  const rate = (count: number) => createRate(count, simulations)
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
    assumingIndependentRows: comparesIndependence ? rate(passed.independent) : undefined,
    pointEstimateBetter: rate(passed.better),
    pointEstimateBetterByMargin: rate(passed.byMargin),
  }
}

function simulateFalseRejections(shape: Shape, gain: number, simulations: number): FalseRejectionRates {
  const setting = {
    statistic: 'accuracy',
    population: classifiers,
    shape,
    resamples: undefined,
    gains: [gain],
  }
  let rejected = 0
  simulate(setting, gain, simulations, ({ change }) => {
    if (compareToMargin(change, 0) !== 'above') rejected += 1
  })
  return {
    statistic: 'accuracy',
    ...shape,
    resamples: undefined,
    trueGain: gain,
    policy: 'challenger, better at all',
    notPromoted: createRate(rejected, simulations),
  }
}

interface SimulatedComparison {
  change: ReturnType<ReturnType<typeof measure>['difference']>
  /** The result if the rows of a user count as independent. */
  changeAssumingIndependence: () => SimulatedComparison['change']
}

function simulate(
  setting: Setting,
  gain: number,
  simulations: number,
  count: (comparison: SimulatedComparison) => void,
): void {
  const statistic = findStatistic(setting.statistic)
  if (!statistic) throw new Error(`no statistic ${setting.statistic}`)
  // Each cell has its own random numbers, which do not depend on other cells.
  const { rows, users, classes, rareRows } = setting.shape
  const classShape = classes === undefined ? [] : [classes, rareRows ?? 0]
  const name = [setting.statistic, rows, users ?? 0, gain, ...classShape].join(' ')
  const stream = createRandom(digest(name))
  const { direction } = statistic
  for (let index = 0; index < simulations; index += 1) {
    const { rows: drawn, candidate, champion } = setting.population(setting.shape, gain, stream)
    const options = {
      confidence: CONFIDENCE,
      resamples: setting.resamples ?? 0,
      seed: digest(`${name} ${index}`),
    }
    const change = (some: typeof drawn) =>
      measure(some, { candidate, champion }, { statistic, direction }, options).difference(
        'candidate',
        'champion',
      )
    count({
      change: change(drawn),
      changeAssumingIndependence: () => change({ ...drawn, groups: undefined }),
    })
  }
  console.error(`simulated ${name}`)
}

function createRate(passed: number, simulations: number): ErrorRate {
  const rate = passed / simulations
  const { low, high } = wilsonInterval({ value: rate, rows: simulations }, normalQuantile(0.975))
  return { count: passed, simulations, rate, low, high, perYear: RETRAINS_PER_YEAR * rate }
}
