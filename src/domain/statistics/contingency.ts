import { chiSquareTail, normalTwoSidedTail } from './incomplete-gamma.ts'

/** Expected count below which the chi-square distribution is a poor approximation (Cochran 1954). */
const MIN_EXPECTED = 5

export interface ContingencyResult {
  statistic: number
  /** 0 if one category is left, which cannot differ. */
  freedom: number
  pValue: number
}

/**
 * Pearson's chi-square test that two samples have the same categories: scipy's `chi2_contingency(correction=False)`,
 * after categories with an expected count below 5 in either sample are merged into one. There is no correction by Yates
 * for two categories either: with it the test is far below its level, and without it it is the two-proportion z-test.
 * @param first rows of each category, in the order of `second`; may be fractions, such as effective rows
 */
export function testContingency(first: readonly number[], second: readonly number[]): ContingencyResult {
  const [total1, total2] = [sumCounts(first), sumCounts(second)]
  if (first.length !== second.length) throw new RangeError('the samples have different categories')
  if (!(total1 > 0 && total2 > 0)) throw new RangeError('the sample is empty')
  const pairs = mergeRareCategories(
    first.map((count, index) => [count, second[index] as number] as const),
    MIN_EXPECTED / (Math.min(total1, total2) / (total1 + total2)),
  )
  let statistic = 0
  for (const [one, two] of pairs) {
    // The deviation of the second sample is the same with the other sign.
    const expected1 = ((one + two) / (total1 + total2)) * total1
    const expected2 = ((one + two) / (total1 + total2)) * total2
    statistic += (one - expected1) ** 2 * (1 / expected1 + 1 / expected2)
  }
  const freedom = pairs.length - 1
  return freedom > 0
    ? { statistic, freedom, pValue: chiSquareTail(statistic, freedom) }
    : { statistic: 0, freedom: 0, pValue: 1 }
}

type Pair = readonly [number, number]

/** Merges the categories with fewer rows than `minimum` in both samples together, and their sum with the next ones. */
function mergeRareCategories(pairs: readonly Pair[], minimum: number): Pair[] {
  const rows = ([one, two]: Pair) => one + two
  const ascending = pairs.filter((pair) => rows(pair) > 0).sort((one, two) => rows(one) - rows(two))
  let merged: Pair | undefined
  let next = 0
  for (; next < ascending.length; next += 1) {
    const pair = ascending[next] as Pair
    if (rows(pair) >= minimum && (!merged || rows(merged) >= minimum)) break
    merged = [pair[0] + (merged?.[0] ?? 0), pair[1] + (merged?.[1] ?? 0)]
  }
  return merged ? [merged, ...ascending.slice(next)] : ascending
}

function sumCounts(counts: readonly number[]): number {
  return counts.reduce((sum, count) => {
    if (!(count >= 0 && count < Infinity)) throw new RangeError(`a category with ${count} rows`)
    return sum + count
  }, 0)
}

/**
 * Two-sided z-test that two proportions are equal, with the pooled variance: `proportions_ztest` of statsmodels.
 * @param first rows that have the property, of all rows; may be fractions, such as effective rows
 */
export function testTwoProportions(
  first: { count: number; rows: number },
  second: { count: number; rows: number },
): { statistic: number; pValue: number } {
  for (const { count, rows } of [first, second])
    if (!(count >= 0 && count <= rows && rows > 0 && rows < Infinity))
      throw new RangeError(`a proportion of ${count} of ${rows} rows`)
  const pooled = (first.count + second.count) / (first.rows + second.rows)
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / first.rows + 1 / second.rows))
  // All rows have the property, or none: nothing differs.
  if (!(error > 0)) return { statistic: 0, pValue: 1 }
  const statistic = (first.count / first.rows - second.count / second.rows) / error
  return { statistic, pValue: normalTwoSidedTail(statistic) }
}
