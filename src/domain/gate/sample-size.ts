import type { Interval } from './interval.ts'
import { normalQuantile } from './normal.ts'

/** How often rows enough should decide, where the models really differ by the distance that is planned for. */
const POWER = 0.8

/**
 * About how many units (rows, queries, groups) would decide what these could not: n (z_alpha + z_power)^2 se^2 / d^2,
 * the usual size of a one-sided test. The standard error is read back from the interval's width. The distance d to be
 * told apart is the policy's margin, or where that is 0 the gain that was seen; where so many are there already, what
 * was seen lies closer to the boundary than that, and its own distance counts.
 * @returns undefined where there is nothing to go by: no width, no distance, or a distance that these would tell
 */
export function rowsNeeded(interval: Interval, boundary: number, margin: number): number | undefined {
  const { estimate, low, high, confidence, units } = interval
  const z = normalQuantile(confidence)
  const error = (high - low) / (2 * z)
  if (!(error > 0 && Number.isFinite(error))) return undefined
  const seen = estimate - boundary
  const needed = (distance: number) =>
    Math.ceil(units * ((z + normalQuantile(POWER)) * (error / distance)) ** 2)
  return [margin > 0 ? margin : Math.max(0, seen), Math.abs(seen)]
    .map(needed)
    .find((count) => count > units && Number.isSafeInteger(count))
}
