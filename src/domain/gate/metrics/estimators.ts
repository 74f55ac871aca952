import type { Categorical } from '../../table/columns.ts'
import type { Predictions } from '../dataset/rows.ts'
import type { Estimator, ResampleCounts, Sample, Statistic } from './statistic.ts'

/** A statistic that is a smooth function of sums over units. */
export interface AdditiveStatistic {
  columnCount: number
  /** Adds the units' sums, each as often as it was drawn, to `totals`, which are zeros. */
  add(counts: ResampleCounts, totals: Float64Array): void
  /** For each unit, the dot product of its sums and the slopes. */
  project(slopes: Float64Array): Float64Array
  value(totals: Float64Array): number
  /** Partial derivatives of the value. */
  slopes(totals: Float64Array): Float64Array
}

export function createAdditiveEstimator(
  additive: AdditiveStatistic,
  unseen = 0,
  resampledVariance = 1,
): Estimator {
  const totals = new Float64Array(additive.columnCount)
  const total = (counts: ResampleCounts) => {
    totals.fill(0)
    additive.add(counts, totals)
    return totals
  }
  return {
    unseen,
    resampledVariance,
    value: (counts) => additive.value(total(counts)),
    influence: (counts) => additive.project(additive.slopes(total(counts))),
  }
}

/** Partial derivatives by central differences, with a step relative to the total. */
function partialDerivatives(totals: Float64Array, value: (totals: Float64Array) => number): Float64Array {
  const scale = totals.reduce((most, total) => Math.max(most, Math.abs(total)), 0)
  return totals.map((total, at) => {
    const step = 1e-6 * (Math.abs(total) || scale)
    const shifted = (by: number) => value(totals.with(at, total + by))
    return (shifted(step) - shifted(-step)) / (2 * step)
  })
}

/** A function of the sums of columns with one number per unit: `columns[k][unit]`. */
export function createSumsEstimator(
  columns: readonly Float64Array[],
  value: (totals: Float64Array) => number,
  unseen = 0,
): Estimator {
  const units = columns[0]?.length ?? 0
  const additive: AdditiveStatistic = {
    columnCount: columns.length,
    add(counts, totals) {
      for (let at = 0; at < columns.length; at += 1) {
        const column = columns[at] as Float64Array
        let sum = 0
        for (let unit = 0; unit < units; unit += 1) sum += (counts[unit] as number) * (column[unit] as number)
        totals[at] = sum
      }
    },
    project: (slopes) =>
      Float64Array.from({ length: units }, (_, unit) =>
        columns.reduce((sum, column, at) => sum + (slopes[at] as number) * (column[unit] as number), 0),
      ),
    value,
    slopes: (totals) => partialDerivatives(totals, value),
  }
  return createAdditiveEstimator(additive, unseen)
}

/** Disparity of a statistic across a column's groups: its greatest value minus its least. */
export function createGroupDisparityEstimator(
  statistic: Statistic,
  sample: Sample,
  predictions: Predictions,
  column: Categorical,
): Estimator {
  const groups = splitByGroup(sample, column)
  const estimators = groups.map((group) => statistic.createEstimator(group, predictions))
  return {
    unseen: 0,
    resampledVariance: 1,
    value(counts) {
      const values = estimators.map((estimator) => estimator.value(counts))
      return Math.max(...values) - Math.min(...values)
    },
    influence(counts) {
      const values = estimators.map((estimator) => estimator.value(counts))
      const influenceOf = (extreme: number) => estimators[values.indexOf(extreme)]?.influence(counts)
      const [most, least] = [influenceOf(Math.max(...values)), influenceOf(Math.min(...values))]
      const difference = (_: unknown, unit: number) => (most?.[unit] ?? 0) - (least?.[unit] ?? 0)
      return Float64Array.from({ length: sample.units }, difference)
    },
  }
}

/** One sample for each group that has rows; the samples share their units. */
function splitByGroup(sample: Sample, { codes }: Categorical): Sample[] {
  const positions = Map.groupBy(sample.index.keys(), (at) => codes[sample.index[at] as number])
  return [...positions.values()].map((chosen) => {
    const pick = (column: Int32Array) => Int32Array.from(chosen, (at) => column[at] as number)
    const index = pick(sample.index)
    return { ...sample, index, all: index, unit: pick(sample.unit), unseen: undefined }
  })
}
