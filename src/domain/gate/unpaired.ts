import type { Interval } from './interval.ts'
import { normalQuantile } from './normal.ts'

/** A share of so many rows, in the better direction. */
export interface Share {
  value: number
  rows: number
}

/**
 * How much greater the first share is than the second, where each is known only by its value and number of rows:
 * Newcombe's hybrid score interval (Statistics in Medicine 17, 1998, method 10, from Wilson's). It cannot use that the
 * rows may have been the same, so it is wider than a paired one, and misleads where two models share their errors.
 */
export function unpairedProportions(first: Share, second: Share, confidence: number): Interval {
  const z = normalQuantile(confidence)
  const [one, two] = [wilson(first, z), wilson(second, z)]
  const estimate = first.value - second.value
  return {
    estimate,
    low: estimate - Math.hypot(first.value - one.low, two.high - second.value),
    high: estimate + Math.hypot(one.high - first.value, second.value - two.low),
    confidence,
    method: `unpaired score interval, ${first.rows.toLocaleString('en-US')} and ${second.rows.toLocaleString('en-US')} rows`,
    paired: false,
    units: Math.min(first.rows, second.rows),
  }
}

/** Wilson's score interval (1927) of one proportion. */
export function wilson({ value, rows }: Share, z: number): { low: number; high: number } {
  const middle = (value + (z * z) / (2 * rows)) / (1 + (z * z) / rows)
  const half =
    (z / (1 + (z * z) / rows)) * Math.sqrt((value * (1 - value)) / rows + (z * z) / (4 * rows * rows))
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) }
}
