import { describe, expect, it } from 'vitest'
import { testContingency, testTwoProportions } from './contingency.ts'
import {
  jensenShannonDistance,
  largestShareDifference,
  populationStabilityIndex,
  wassersteinDistance,
} from './distances.ts'
import { chiSquareTail } from './incomplete-gamma.ts'
import { ksDistance, ksPValue } from './kolmogorov-smirnov.ts'
import { adjustPValues } from './multiple-tests.ts'
import { quantile } from './quantiles.ts'
import reference from './reference/reference.json' with { type: 'json' }

/** Expects the same number to a relative error, so that a tail of 1e-60 is checked as well as one of 0.5. */
const expectRatio = (value: number, expected: number, tolerance: number) =>
  expected === 0 ? expect(value).toBe(0) : expect(Math.abs(value / expected - 1)).toBeLessThan(tolerance)

const sorted = (values: readonly number[]) => Float64Array.from(values).sort()

describe('against scipy and statsmodels', () => {
  it.each(reference.samples)('two samples', (given) => {
    const [first, second] = [sorted(given.first), sorted(given.second)]
    const distance = ksDistance(first, second)
    expectRatio(distance, given.ksDistance, 1e-14)
    expectRatio(ksPValue(distance, first.length, second.length), given.ksPValue, 1e-12)
    expectRatio(wassersteinDistance(first, second), given.wasserstein, 1e-12)
    expectRatio(populationStabilityIndex(first, second), given.psi, 1e-12)
    const shares = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1]
    for (const [index, share] of shares.entries())
      expect(quantile(first, share)).toBeCloseTo(given.quantiles[index] as number, 12)
  })

  it.each(reference.exactKs)(
    'exact Kolmogorov-Smirnov, %d and %d rows at %d',
    (rows1, rows2, distance, p) => {
      expectRatio(ksPValue(distance as number, rows1 as number, rows2 as number), p as number, 1e-10)
    },
  )

  it.each(reference.limitKs)(
    'limit of Kolmogorov-Smirnov, %d and %d rows at %d',
    (rows1, rows2, distance, p) => {
      expectRatio(
        ksPValue(distance as number, rows1 as number, rows2 as number),
        p as number,
        (p as number) > 1e-10 ? 0.02 : 0.1,
      )
    },
  )

  it.each(reference.chiSquareTails)('tail of chi-square %d with %d degrees of freedom', (x, freedom, p) => {
    expectRatio(chiSquareTail(x as number, freedom as number), p as number, 1e-10)
  })

  it.each(reference.contingencies)('contingency tables', (given) => {
    const { statistic, freedom, pValue } = testContingency(given.first, given.second)
    expectRatio(statistic, given.statistic, 1e-12)
    expect(freedom).toBe(given.freedom)
    expectRatio(pValue, given.pValue, 1e-10)
    expectRatio(jensenShannonDistance(given.first, given.second), given.jensenShannon, 1e-12)
    expectRatio(largestShareDifference(given.first, given.second), given.largestShareDifference, 1e-12)
  })

  it.each(reference.proportions)(
    'two proportions, %d of %d and %d of %d',
    (count1, rows1, count2, rows2, z, p) => {
      const test = testTwoProportions(
        { count: count1 as number, rows: rows1 as number },
        { count: count2 as number, rows: rows2 as number },
      )
      expect(test.statistic).toBeCloseTo(z as number, 10)
      expectRatio(test.pValue, p as number, 1e-10)
    },
  )

  it.each(reference.adjusted)('adjusted p-values', ({ pValues, adjusted }) => {
    for (const [index, value] of adjustPValues(pValues).entries())
      expectRatio(value, adjusted[index] as number, 1e-13)
  })
})
