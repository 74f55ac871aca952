/** What two histograms on the same edges say about a distance of the samples behind them. */
export interface DistanceBounds {
  /** No samples with these histograms are closer. */
  low: number
  /** If the values of each bin are spread evenly over it. */
  estimate: number
  /** No samples with these histograms are further apart. */
  high: number
}

/**
 * Kolmogorov-Smirnov distance of two histograms. At the inner edges both distribution functions are known, so that `low`
 * is their largest difference there, and a test of it misses some shifts but raises no more false alarms. Within a bin the
 * distance can be larger, up to `high`: all values of one sample at its start, all of the other at its end.
 * @param first rows of each bin, as `second`; the outer bins hold all values beyond the edges
 */
export function binnedKsDistance(first: readonly number[], second: readonly number[]): DistanceBounds {
  const [one, two] = [cumulate(first, second), cumulate(second, first)]
  let [low, high] = [0, 0]
  for (let bin = 0; bin < first.length; bin += 1) {
    const { start1, end1, start2, end2 } = readBin(one, two, bin)
    low = Math.max(low, Math.abs(end1 - end2))
    high = Math.max(high, end1 - start2, end2 - start1)
  }
  return { low, estimate: low, high }
}

/**
 * Wasserstein-1 distance of two histograms, in the unit of the edges.
 * @param edges ascending, one more than counts; the outer ones enclose all values of both samples, so that a bin that
 * is open has its minimum or maximum there
 */
export function binnedWassersteinDistance(
  edges: readonly number[],
  first: readonly number[],
  second: readonly number[],
): DistanceBounds {
  const [one, two] = [cumulate(first, second), cumulate(second, first)]
  if (edges.length !== first.length + 1) throw new RangeError('a histogram has one more edge than bins')
  const bounds = { low: 0, estimate: 0, high: 0 }
  for (let bin = 0; bin < first.length; bin += 1) {
    const width = (edges[bin + 1] as number) - (edges[bin] as number)
    if (!(width >= 0 && width < Infinity)) throw new RangeError('the edges of a histogram do not ascend')
    const { start1, end1, start2, end2 } = readBin(one, two, bin)
    bounds.low += width * Math.max(0, start1 - end2, start2 - end1)
    bounds.estimate += width * meanDistance(start1 - start2, end1 - end2)
    bounds.high += width * Math.max(end1 - start2, end2 - start1)
  }
  return bounds
}

/** Mean size of a difference that goes linearly from `start` to `end`. */
function meanDistance(start: number, end: number): number {
  if (start * end >= 0) return Math.abs(start + end) / 2
  return (start * start + end * end) / (2 * Math.abs(start - end))
}

function readBin(one: readonly number[], two: readonly number[], bin: number) {
  return {
    start1: one[bin] as number,
    end1: one[bin + 1] as number,
    start2: two[bin] as number,
    end2: two[bin + 1] as number,
  }
}

/** Distribution function at the edges, from 0 to 1. */
function cumulate(counts: readonly number[], other: readonly number[]): number[] {
  if (counts.length !== other.length) throw new RangeError('the histograms have different bins')
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (!(total > 0 && total < Infinity && counts.every((count) => count >= 0)))
    throw new RangeError('the counts of a histogram are no distribution')
  let sum = 0
  return [
    0,
    ...counts.map((count) => {
      sum += count
      return sum / total
    }),
  ]
}
