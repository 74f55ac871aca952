import { testContingency, testTwoProportions } from '../statistics/contingency.ts'
import {
  jensenShannonDistance,
  largestShareDifference,
  wassersteinDistance,
} from '../statistics/distances.ts'
import { ksDistance, ksPValue } from '../statistics/kolmogorov-smirnov.ts'
import { quantile } from '../statistics/quantiles.ts'
import type { CategoricalColumn, NumericColumn } from './dataset.ts'
import type { Effect, EffectMeasure, TestResult } from './result.ts'

/** A test before Benjamini and Hochberg. */
export type Test = Omit<TestResult, 'adjustedPValue'>

/** What one comparison of a column finds. */
export interface Measurement {
  tests: Test[]
  effects: Effect[]
}

export interface Sides<T> {
  reference: T
  current: T
}

/** Above this number of categories, the noise of all of them hides a change of one in the Jensen-Shannon distance. */
const MANY_CATEGORIES = 50
const MANY_CATEGORIES_FLOOR = 0.05

export function createEffect(measure: EffectMeasure, value: number, floor: number): Effect {
  return { measure, value, floor, isMaterial: measure === 'p-value' ? value <= floor : value >= floor }
}

/** A p-value is worse the smaller it is, and has no upper bound here. */
const MAX_SEVERITY = 1000

/** How large an effect is relative to its floor: 1 is at the floor. */
export function relateToFloor({ measure, value, floor }: Effect): number {
  return measure === 'p-value'
    ? Math.min(MAX_SEVERITY, floor / Math.max(value, Number.MIN_VALUE))
    : value / floor
}

/** The values that are there, ascending. Undefined for a profile. */
export function sortValues({ values }: NumericColumn): Float64Array | undefined {
  return values?.filter((value) => !Number.isNaN(value)).sort()
}

/**
 * Kolmogorov-Smirnov distance, and the Wasserstein distance in interquartile ranges of the reference, or standard
 * deviations where that is 0. A standard deviation alone hides a shift of a heavy tail.
 * @param sorted values of both sides, ascending
 */
export function measureNumericEffects(
  sorted: Sides<Float64Array>,
  column: NumericColumn,
  floor: number,
): Effect[] {
  const distance = createEffect('ks-distance', ksDistance(sorted.reference, sorted.current), floor)
  const scale = findScale(sorted.reference, column)
  if (!(scale > 0)) return [distance]
  const moved = wassersteinDistance(sorted.reference, sorted.current) / scale
  return [distance, createEffect('scaled-wasserstein', moved, floor)]
}

/** Effects, and the Kolmogorov-Smirnov test. @param rows that count as independent */
export function measureNumeric(
  sorted: Sides<Float64Array>,
  column: NumericColumn,
  floor: number,
  rows: Sides<number>,
): Measurement {
  const effects = measureNumericEffects(sorted, column, floor)
  const statistic = effects[0]?.value ?? 0
  const pValue = ksPValue(statistic, rows.reference, rows.current)
  return { tests: [{ test: 'kolmogorov-smirnov', what: 'distribution', statistic, pValue }], effects }
}

function findScale(sorted: Float64Array, { standardDeviation }: NumericColumn): number {
  const range = quantile(sorted, 0.75) - quantile(sorted, 0.25)
  return range > 0 ? range : standardDeviation
}

/** Counts of both sides in the order of the names of the reference, then of new ones. */
export function alignCounts({ reference, current }: Sides<CategoricalColumn>): {
  names: string[]
  counts: Sides<number[]>
} {
  const names = [...new Set([...reference.counts.keys(), ...current.counts.keys()])]
  const countsOf = ({ counts }: CategoricalColumn) => names.map((name) => counts.get(name) ?? 0)
  return { names, counts: { reference: countsOf(reference), current: countsOf(current) } }
}

/** Jensen-Shannon distance, or the largest change of a share. */
export function measureCategoricalEffect(counts: Sides<readonly number[]>, floor: number): Effect {
  const { reference, current } = counts
  return reference.length > MANY_CATEGORIES
    ? createEffect(
        'l-infinity',
        largestShareDifference(reference, current),
        Math.min(floor, MANY_CATEGORIES_FLOOR),
      )
    : createEffect('jensen-shannon', jensenShannonDistance(reference, current), floor)
}

/** The effect, and the chi-square test. */
export function measureCategorical(
  counts: Sides<readonly number[]>,
  floor: number,
  rowsPerIndependent: Sides<number>,
): Measurement {
  const thin = (side: keyof Sides<unknown>) => counts[side].map((count) => count / rowsPerIndependent[side])
  const { statistic, pValue } = testContingency(thin('reference'), thin('current'))
  return {
    tests: [{ test: 'chi-square', what: 'distribution', statistic, pValue }],
    effects: [measureCategoricalEffect(counts, floor)],
  }
}

/** Undefined if no side has a missing value. */
export function measureNulls(
  nulls: Sides<number>,
  rows: Sides<number>,
  floor: number,
  rowsPerIndependent: Sides<number>,
): Measurement | undefined {
  if (nulls.reference === 0 && nulls.current === 0) return undefined
  const side = (which: keyof Sides<unknown>) => ({
    count: nulls[which] / rowsPerIndependent[which],
    rows: rows[which] / rowsPerIndependent[which],
  })
  const { statistic, pValue } = testTwoProportions(side('reference'), side('current'))
  const change = Math.abs(nulls.current / rows.current - nulls.reference / rows.reference)
  return {
    tests: [{ test: 'two-proportion', what: 'nulls', statistic, pValue }],
    effects: [createEffect('null-share', change, floor)],
  }
}
