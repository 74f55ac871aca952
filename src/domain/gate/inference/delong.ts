import { studentQuantile } from '../../statistics/distributions.ts'
import { countUnitsPerClass } from '../metrics/class-sizes.ts'
import type { Sample } from '../metrics/statistic.ts'
import { computeFreedom } from './bootstrap.ts'

/** Units of either class, so that the area's two samples are large and its distribution is normal. */
const MIN_UNITS_PER_CLASS = 1000

/** Fewer mean that a few units carry the difference: the sum of their influences is not normal. */
const MIN_FREEDOM = 200

/**
 * Share of the error rate that a bound uses up. The bounds are approximate: in simulations of 6,000 rows at 5 %, between
 * 4.8 % and 5.3 % of the changes were beyond them. The rest is kept back, as much as the bootstrap keeps back with 2,000
 * resamples, so that it makes no difference which of the two applies.
 */
const USED_SHARE = 0.9

/**
 * Bounds on the difference of two areas under the ROC curve, without resamples: DeLong, DeLong and Clarke-Pearson
 * (Biometrics 44, 1988). One sort of each model's scores gives all structural components, as in Sun and Xu (IEEE Signal
 * Processing Letters 21, 2014).
 *
 * Used for at least 1,000 rows of either class (groups that have such rows, if the holdout has groups), on all rows or on
 * a slice, with weights or without, and only if many units carry the difference: 200 degrees of freedom by Satterthwaite,
 * whose Student quantile is the bound's.
 * @param influence of each unit on the difference
 * @param confidence one-sided, 0 to 1
 * @returns undefined if these conditions do not hold; the bootstrap applies then
 */
export function computeDeLongBounds(
  sample: Sample,
  influence: Float64Array,
  estimate: number,
  confidence: number,
): { low: number; high: number } | undefined {
  const smaller = countSmallerClass(sample)
  if (smaller < MIN_UNITS_PER_CLASS) return undefined
  const freedom = computeFreedom(influence, new Uint8Array(influence.length).fill(1), influence.length)
  if (freedom < MIN_FREEDOM) return undefined
  const quantile = studentQuantile(1 - USED_SHARE * (1 - confidence), freedom)
  const half = quantile * Math.sqrt(computeDeLongVariance(influence, smaller))
  // Adding 0 turns -0 into 0, for the report.
  return { low: estimate - half + 0, high: estimate + half + 0 }
}

/**
 * Variance of the difference of two areas. The influence of a row is its structural component, centered, weighted and
 * divided by the number of rows of its class; the squares sum up to DeLong's variance but for its divisors m - 1 and
 * n - 1. One factor for both classes takes their place, which is too large by less than 1 / smaller. Influences of a
 * group are summed before they are squared (Obuchowski, Biometrics 53, 1997).
 * @param smaller units of the smaller class
 */
export function computeDeLongVariance(influence: Float64Array, smaller: number): number {
  return (smaller / (smaller - 1)) * influence.reduce((sum, value) => sum + value ** 2, 0)
}

/** Rows, or groups that have such rows, of the smaller of the two classes. */
export function countSmallerClass(sample: Sample): number {
  const { labels } = sample.rows
  if (labels.kind !== 'classes') return 0
  const sizes = countUnitsPerClass(sample, 2, (row) => (labels.codes[row] === labels.positive ? 1 : 0))
  return Math.min(...sizes)
}
