import type { Sample } from './statistic.ts'

/** How many independent units (rows, or groups) have rows of each class. @param classOf class of a row, from 0 */
export function countUnitsPerClass(
  { rows: { groups }, all }: Sample,
  classes: number,
  classOf: (row: number) => number,
): Int32Array {
  const sizes = new Int32Array(classes)
  const counted = new Set<number>()
  for (const row of all) {
    const code = classOf(row)
    if (groups) {
      const key = (groups.codes[row] as number) * classes + code
      if (counted.has(key)) continue
      counted.add(key)
    }
    sizes[code] = (sizes[code] as number) + 1
  }
  return sizes
}

/** From so many units on, resamples show a class's whole variance. */
const WHOLE_VARIANCE = 4

/**
 * Share of the variance of a mean over classes that resamples of the units show. A class of one unit never varies within
 * a resample: it is drawn or missing. The share of all classes together is a mean over classes, each weighted by its
 * variance, with one variance of units for all classes (collapsed strata, Cochran, "Sampling Techniques", 1977, 5A.12).
 */
export function computeResampledVariance(sizes: Int32Array): number {
  let [shown, all] = [0, 0]
  for (const size of sizes) {
    if (size === 0) continue
    all += 1 / size
    shown += shareOfClass(size) / size
  }
  return all > 0 ? shown / all : 1
}

/**
 * Share for one class of n units, of which a resample has N, a Poisson count of mean n. With p the chance of N = 0 and s^2
 * the variance of a unit, the mean varies by (n - 1) / n s^2 E[1 / N; N > 0] within the class, and by p (1 - p) s^2 / n
 * from being missing or not. Both are relative to the share of resamples that have the class, squared, and to s^2 / n:
 * 0.58 for one unit, 0.82 for two, 0.96 for three, then 1.
 */
function shareOfClass(size: number): number {
  if (size >= WHOLE_VARIANCE) return 1
  const missing = Math.exp(-size)
  let [chance, inverse] = [missing, 0]
  for (let drawn = 1; drawn <= 30; drawn += 1) {
    chance *= size / drawn
    inverse += chance / drawn
  }
  return ((size - 1) * inverse + missing * (1 - missing)) / (1 - missing) ** 2
}
