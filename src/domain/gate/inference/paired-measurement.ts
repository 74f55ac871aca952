import type { Interval } from '../../statistics/interval.ts'
import { pairedProportionBounds } from '../../statistics/proportions.ts'
import type { Predictions, Rows } from '../dataset/rows.ts'
import { createGroupDisparityEstimator } from '../metrics/estimators.ts'
import type { Estimator, MeasurementSpec, Statistic } from '../metrics/statistic.ts'
import { type BootstrapReplicates, bootstrap, computeBootstrapBounds } from './bootstrap.ts'
import { computeDeLongBounds } from './delong.ts'
import { countOriginalUnits, createPopulation, type Population } from './sample.ts'

export interface MeasureOptions {
  /** One-sided, 0 to 1. */
  confidence: number
  resamples: number
  /** Hex. */
  seed: string
}

/** Several models measured on the same rows. */
export interface Measurement<S extends string> {
  values: Readonly<Record<S, number>>
  /** Number of independent units. */
  units: number
  /** What they are: groups if the holdout has them, the queries of a ranking, else rows. */
  unit: Population['kind']
  /** Standard error of one model's value, by its influence function. */
  standardError(model: S): number
  /**
   * How much better the first is than the second, minus `relative` of the second's size. `difference(a, b)` mirrors
   * `difference(b, a)` exactly if `relative` is 0. Predictions of one digest have an interval of zero width; others that
   * agree on every row do not if the statistic counts classes or hits.
   */
  difference(first: S, second: S, relative?: number): Interval
}

/**
 * Measures models on the same rows and the same resamples of them (of groups, if the rows have any). Proportions of
 * independent rows have a score interval instead, and AUC of many rows one by DeLong: both need no resamples.
 */
export function measure<S extends string>(
  rows: Rows,
  predictions: Readonly<Record<S, Predictions>>,
  spec: MeasurementSpec,
  { confidence, resamples, seed }: MeasureOptions,
): Measurement<S> {
  const { statistic, groupDisparity } = spec
  // Equal digests are one model, which must not differ from itself.
  const byDigest = new Map(Object.values<Predictions>(predictions).map((one) => [one.digest, one]))
  const models = [...byDigest.values()]
  const indexOf = (name: S) => models.findIndex(({ digest }) => digest === predictions[name].digest)
  const population = createPopulation(rows, spec, models)
  const { sample, size: units } = population
  const estimators = models.map((model, at) => {
    const own = { ...sample, unseen: { model: at, models: models.length } }
    return groupDisparity
      ? createGroupDisparityEstimator(statistic, own, model, groupDisparity)
      : statistic.createEstimator(own, model)
  })
  const unseen = (estimators[0]?.unseen ?? 0) * estimators.length
  const counts = countOriginalUnits(population, sample.units + unseen)
  const values = estimators.map((estimator) => estimator.value(counts))
  const sign = spec.direction === 'higher' ? 1 : -1
  const net = (first: number, second: number, relative: number) =>
    sign * (first - second) - relative * Math.abs(second)

  const influences = new Map<number, Float64Array>()
  const influenceOf = (model: number): Float64Array => {
    const known = influences.get(model)
    if (known) return known
    const computed = (estimators[model] as Estimator).influence(counts).subarray(0, sample.units)
    influences.set(model, computed)
    return computed
  }
  let drawn: BootstrapReplicates | undefined
  const over = `${units.toLocaleString('en-US')} ${population.kind}`
  const byName = Object.keys(predictions).map((name) => [name, values[indexOf(name as S)]])

  return {
    values: Object.fromEntries(byName) as Record<S, number>,
    units,
    unit: population.kind,
    standardError: (model) =>
      Math.sqrt(
        influenceOf(indexOf(model)).reduce(
          (sum, influence, unit) => sum + (counts[unit] as number) * influence ** 2,
          0,
        ),
      ),
    difference(first, second, relative = 0) {
      const [a, b] = [indexOf(first), indexOf(second)]
      const other = values[b] as number
      const estimate = net(values[a] as number, other, relative) + 0
      const interval = { estimate, confidence, paired: true, units }
      if (a === b && relative === 0) return { ...interval, low: 0, high: 0, method: 'the same predictions' }
      if (relative === 0 && isPlainProportion(population, rows, spec)) {
        const pairs = countPairs(population, statistic, [models[a], models[b]] as [Predictions, Predictions])
        const bounds = pairedProportionBounds(pairs, confidence)
        return { ...interval, ...bounds, method: `paired score interval over ${over}` }
      }
      const share = sign + relative * Math.sign(other)
      const losses = influenceOf(b)
      const influence = influenceOf(a).map((gain, unit) => sign * gain - share * (losses[unit] as number))
      if (statistic.isMannWhitney && !groupDisparity) {
        const bounds = computeDeLongBounds(sample, influence, estimate, confidence)
        if (bounds) return { ...interval, ...bounds, method: `paired DeLong interval over ${over}` }
      }
      drawn ??= bootstrap(population, estimators, resamples, seed)
      const { centers, replicates } = drawn
      const [one, two] = [replicates[a] as Float64Array, replicates[b] as Float64Array]
      const distribution = {
        estimate,
        differences: one.map((value, at) => net(value, two[at] as number, relative)),
        center: net(centers[a] as number, centers[b] as number, relative),
        resampledVariance: estimators[a]?.resampledVariance ?? 1,
        influence,
        counts,
        units,
      }
      const bounds = computeBootstrapBounds(distribution, confidence)
      return { ...interval, ...bounds, method: `paired bootstrap over ${over}, ${resamples} resamples` }
    },
  }
}

/** Whether each unit is one trial of equal weight, a success or a failure. */
function isPlainProportion({ kind }: Population, rows: Rows, { statistic, groupDisparity }: MeasurementSpec) {
  if (!statistic.successes || groupDisparity || rows.weights) return false
  return kind !== 'groups' || (statistic.isRanking && !rows.queries)
}

function countPairs(population: Population, statistic: Statistic, models: [Predictions, Predictions]) {
  const { sample } = population
  const [one, two] = models.map((model) => statistic.successes?.(sample, model))
  const counts = countOriginalUnits(population, sample.units)
  const pairs = { firstOnly: 0, secondOnly: 0, total: 0 }
  for (let unit = 0; unit < sample.units; unit += 1) {
    const [a, b] = [one?.[unit] as number, two?.[unit] as number]
    const count = counts[unit] as number
    if (a > b) pairs.firstOnly += count
    if (b > a) pairs.secondOnly += count
    if (!Number.isNaN(a + b)) pairs.total += count
  }
  return pairs
}
