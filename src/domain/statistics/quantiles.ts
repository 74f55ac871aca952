/** @throws RangeError if an ascending sample is empty or ends with NaN, which is where sorting puts it */
export function assertSample(sorted: Float64Array): void {
  if (sorted.length === 0) throw new RangeError('the sample is empty')
  if (Number.isNaN(sorted[sorted.length - 1])) throw new RangeError('the sample has a NaN')
}

/**
 * Quantile by linear interpolation between the closest ranks, as numpy's default (Hyndman and Fan 1996, type 7).
 * @param sorted ascending, without NaN
 * @param share from 0 to 1
 */
export function quantile(sorted: Float64Array, share: number): number {
  assertSample(sorted)
  if (!(share >= 0 && share <= 1)) throw new RangeError(`quantile ${share}`)
  const rank = (sorted.length - 1) * share
  const below = sorted[Math.floor(rank)] as number
  const above = sorted[Math.ceil(rank)] as number
  return below === above ? below : below + (above - below) * (rank - Math.floor(rank))
}
