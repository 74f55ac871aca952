import { normalQuantile } from './distributions.ts'

/**
 * How much better the first of two models is than the second, in the metric's unit; positive is better, even if lower
 * values are. `low` and `high` are two one-sided bounds at `confidence` each.
 */
export interface Interval {
  estimate: number
  low: number
  high: number
  confidence: number
  /** For the report: "paired bootstrap over 40 groups, 2000 resamples". */
  method: string
  /** Whether both were measured on the same rows. */
  paired: boolean
  /** Number of independent units: rows, queries or groups. */
  units: number
}

/** Whether an interval lies above or below the margin. A NaN bound is inconclusive. */
export function compareToMargin({ low, high }: Interval, margin: number): 'above' | 'below' | 'inconclusive' {
  if (low > margin) return 'above'
  return high < margin ? 'below' : 'inconclusive'
}

/** Probability that the required sample size decides, if the true distance is the planned one. */
const POWER = 0.8

/**
 * Number of units (rows, queries, groups) that would decide: n (z_alpha + z_power)^2 se^2 / d^2, the size of a one-sided
 * test, with the standard error from the interval's width. The distance d is `distance`, or the observed gain if that is
 * 0. If there are already that many units, the estimate is closer to the margin, and its own distance counts.
 * @param distance size of the policy's margin
 * @returns undefined if the interval has no width, or no distance asks for more units
 */
export function computeRequiredSampleSize(
  interval: Interval,
  margin: number,
  distance: number,
): number | undefined {
  const { estimate, low, high, confidence, units } = interval
  const z = normalQuantile(confidence)
  const error = (high - low) / (2 * z)
  if (!(error > 0 && Number.isFinite(error))) return undefined
  const observed = estimate - margin
  return [distance > 0 ? distance : Math.max(0, observed), Math.abs(observed)]
    .map((planned) => Math.ceil(units * ((z + normalQuantile(POWER)) * (error / planned)) ** 2))
    .find((count) => count > units && Number.isSafeInteger(count))
}
