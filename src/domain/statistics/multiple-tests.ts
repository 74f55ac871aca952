/**
 * Adjusted p-values of Benjamini and Hochberg's step-up procedure (JRSS B 57, 1995): to reject those at or below alpha
 * keeps the expected share of false rejections at alpha.
 * @returns in the order of `pValues`
 * @throws RangeError for a value that is no probability: a NaN must not count as "not significant"
 */
export function adjustPValues(pValues: readonly number[]): number[] {
  for (const value of pValues)
    if (!(value >= 0 && value <= 1)) throw new RangeError(`p-value ${value} is no probability`)
  const descending = pValues.map((_, index) => index)
  descending.sort((one, two) => (pValues[two] as number) - (pValues[one] as number))
  const adjusted = new Array<number>(pValues.length).fill(1)
  let least = 1
  for (const [place, index] of descending.entries()) {
    const rank = pValues.length - place
    least = Math.min(least, (pValues[index] as number) * (pValues.length / rank))
    adjusted[index] = least
  }
  return adjusted
}
