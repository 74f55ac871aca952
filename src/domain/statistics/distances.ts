import { assertSample, quantile } from './quantiles.ts'

/**
 * Wasserstein-1 distance of two samples, in the unit of the values: the area between their distribution functions.
 * @param first ascending, as `second`, without NaN
 */
export function wassersteinDistance(first: Float64Array, second: Float64Array): number {
  assertSample(first)
  assertSample(second)
  const [n, m] = [first.length, second.length]
  let [i, j, area] = [0, 0, 0]
  let value = Math.min(first[0] as number, second[0] as number)
  while (i < n || j < m) {
    const next = Math.min(i < n ? (first[i] as number) : Infinity, j < m ? (second[j] as number) : Infinity)
    if (next > value) area += Math.abs(i * m - j * n) * (next - value)
    value = next
    while (i < n && first[i] === value) i += 1
    while (j < m && second[j] === value) j += 1
  }
  return area / (n * m)
}

/**
 * Jensen-Shannon distance to base e of two sets of counts or shares of the same categories: the square root of the
 * divergence, between 0 and sqrt(ln 2) = 0.83. As scipy's `jensenshannon`.
 */
export function jensenShannonDistance(first: readonly number[], second: readonly number[]): number {
  const [p, q] = [toShares(first, second), toShares(second, first)]
  let divergence = 0
  for (const [index, one] of p.entries()) {
    const two = q[index] as number
    const middle = (one + two) / 2
    if (one > 0) divergence += (one * Math.log(one / middle)) / 2
    if (two > 0) divergence += (two * Math.log(two / middle)) / 2
  }
  return Math.sqrt(Math.max(0, divergence))
}

/** Largest difference of the shares of a category, between 0 and 1. */
export function largestShareDifference(first: readonly number[], second: readonly number[]): number {
  const q = toShares(second, first)
  return toShares(first, second).reduce(
    (largest, share, index) => Math.max(largest, Math.abs(share - (q[index] as number))),
    0,
  )
}

function toShares(counts: readonly number[], other: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (counts.length !== other.length) throw new RangeError('the samples have different categories')
  if (!(total > 0 && total < Infinity && counts.every((count) => count >= 0)))
    throw new RangeError('the counts of a sample are no distribution')
  return counts.map((count) => count / total)
}

/** Share that stands for an empty bin, whose logarithm is infinite. */
const EMPTY_BIN = 1e-4

/**
 * Population stability index on the deciles of the reference, the sum of (c - r) ln(c / r) over their bins. A decile that
 * repeats, because of ties, is one edge.
 * @param reference ascending, as `current`, without NaN
 */
export function populationStabilityIndex(reference: Float64Array, current: Float64Array): number {
  const inner = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((tenth) => quantile(reference, tenth / 10))
  const edges = [...new Set(inner)]
  const [r, c] = [shareOfBins(reference, edges), shareOfBins(current, edges)]
  return r.reduce((sum, share, index) => {
    const [before, now] = [Math.max(share, EMPTY_BIN), Math.max(c[index] as number, EMPTY_BIN)]
    return sum + (now - before) * Math.log(now / before)
  }, 0)
}

/** Shares of (-Infinity, edge], (edge, next], ..., (last, Infinity). */
function shareOfBins(sorted: Float64Array, edges: readonly number[]): number[] {
  assertSample(sorted)
  const counts = new Array<number>(edges.length + 1).fill(0)
  let bin = 0
  for (const value of sorted) {
    while (bin < edges.length && value > (edges[bin] as number)) bin += 1
    counts[bin] = (counts[bin] as number) + 1
  }
  return counts.map((count) => count / sorted.length)
}
