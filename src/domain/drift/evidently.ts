import { testTwoProportions } from '../statistics/contingency.ts'
import { jensenShannonDistance, wassersteinDistance } from '../statistics/distances.ts'
import { chiSquareTail } from '../statistics/incomplete-gamma.ts'
import { ksDistance, ksPValue } from '../statistics/kolmogorov-smirnov.ts'
import type { CategoricalColumn, DatasetColumn, NumericColumn } from './dataset.ts'
import { alignCounts, createEffect, type Measurement, type Sides, sortValues } from './measure.ts'
import type { Effect } from './result.ts'

const SMALL_REFERENCE = 1000
const ALPHA = 0.05
const FLOOR = 0.1
const MIN_DEVIATION = 0.001
/** Numeric columns with so few distinct values are categories. */
const FEW_VALUES = 5

/** Share of drifted columns at which Evidently calls the data drifted. */
export const EVIDENTLY_SHARE = 0.5

/**
 * The default test of Evidently 0.7 for a column (registry.py, `_get_default_stattest`): up to 1,000 rows of the reference
 * Kolmogorov-Smirnov, chi-square against the shares of the reference, or a z-test; above, Wasserstein distance in standard
 * deviations, or Jensen-Shannon distance. Missing values are left out.
 */
export function measureLikeEvidently(
  reference: DatasetColumn,
  current: DatasetColumn,
  rows: number,
): Measurement {
  const effect =
    reference.type === 'numeric' && current.type === 'numeric'
      ? measureNumbers({ reference, current }, rows)
      : reference.type === 'categorical' && current.type === 'categorical'
        ? measureCounts(alignCounts({ reference, current }).counts, rows)
        : undefined
  return { tests: [], effects: effect ? [effect] : [] }
}

function measureNumbers({ reference, current }: Sides<NumericColumn>, rows: number): Effect | undefined {
  const [before, now] = [sortValues(reference), sortValues(current)]
  if (!before || !now || before.length === 0 || now.length === 0) return undefined
  if ((reference.distinct ?? Infinity) <= FEW_VALUES)
    return measureCounts(
      alignCounts({ reference: toCategories(before), current: toCategories(now) }).counts,
      rows,
    )
  if (rows > SMALL_REFERENCE) {
    const scale = Math.max(reference.standardDeviation, MIN_DEVIATION)
    return createEffect('scaled-wasserstein', wassersteinDistance(before, now) / scale, FLOOR)
  }
  return createEffect('p-value', ksPValue(ksDistance(before, now), before.length, now.length), ALPHA)
}

function toCategories(values: Float64Array): CategoricalColumn {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1)
  return { name: '', type: 'categorical', nulls: 0, counts, codes: undefined, names: [] }
}

function measureCounts({ reference, current }: Sides<number[]>, rows: number): Effect | undefined {
  const [before, now] = [sum(reference), sum(current)]
  if (before === 0 || now === 0) return undefined
  if (rows > SMALL_REFERENCE)
    return createEffect('jensen-shannon', jensenShannonDistance(reference, current), FLOOR)
  if (reference.length <= 2) {
    const side = (counts: readonly number[]) => ({ count: counts[0] ?? 0, rows: sum(counts) })
    return createEffect('p-value', testTwoProportions(side(reference), side(current)).pValue, ALPHA)
  }
  let statistic = 0
  for (const [index, count] of reference.entries()) {
    const expected = (count / before) * now
    // Without a row in the reference nothing is expected: any row is infinitely unlikely.
    if (expected > 0) statistic += ((current[index] ?? 0) - expected) ** 2 / expected
    else if ((current[index] ?? 0) > 0) return createEffect('p-value', 0, ALPHA)
  }
  return createEffect('p-value', chiSquareTail(statistic, reference.length - 1), ALPHA)
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0)
