import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { binnedKsDistance, binnedWassersteinDistance } from './binned-distances.ts'
import {
  jensenShannonDistance,
  largestShareDifference,
  populationStabilityIndex,
  wassersteinDistance,
} from './distances.ts'
import { ksDistance } from './kolmogorov-smirnov.ts'
import { quantile } from './quantiles.ts'

const sample = fc
  .array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 1, maxLength: 40 })
  .map((list) => Float64Array.from(list).sort())
const EDGES = [-3, -2, -0.5, 0, 0.25, 1, 3]

function countBins(values: Float64Array): number[] {
  const counts = EDGES.slice(1).map(() => 0)
  for (const value of values) {
    const bin = Math.min(
      EDGES.findLastIndex((edge) => edge <= value),
      counts.length - 1,
    )
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  return counts
}

describe('distances of histograms', () => {
  it('enclose the Kolmogorov-Smirnov distance of the samples', () => {
    fc.assert(
      fc.property(sample, sample, (first, second) => {
        const { low, high } = binnedKsDistance(countBins(first), countBins(second))
        const distance = ksDistance(first, second)
        expect(low).toBeLessThanOrEqual(distance + 1e-12)
        expect(high).toBeGreaterThanOrEqual(distance - 1e-12)
      }),
    )
  })

  it('enclose the Wasserstein distance of the samples', () => {
    fc.assert(
      fc.property(sample, sample, (first, second) => {
        const bounds = binnedWassersteinDistance(EDGES, countBins(first), countBins(second))
        const distance = wassersteinDistance(first, second)
        expect(bounds.low).toBeLessThanOrEqual(distance + 1e-12)
        expect(bounds.high).toBeGreaterThanOrEqual(distance - 1e-12)
        expect(bounds.estimate).toBeGreaterThanOrEqual(bounds.low - 1e-12)
        expect(bounds.estimate).toBeLessThanOrEqual(bounds.high + 1e-12)
      }),
    )
  })

  it('estimate the distance of evenly spread values', () => {
    // All of [0, 1) against all of [1, 2): every value moves by 1.
    expect(binnedWassersteinDistance([0, 1, 2], [8, 0], [0, 4]).estimate).toBe(1)
    // Both halves against one half: the difference crosses no zero.
    expect(binnedWassersteinDistance([0, 1, 2], [4, 4], [8, 0]).estimate).toBe(0.5)
    // A crossing within a bin.
    expect(binnedWassersteinDistance([0, 1, 2, 3], [1, 2, 0], [0, 3, 0]).estimate).toBeCloseTo(1 / 3, 12)
    expect(binnedWassersteinDistance([0, 1, 2, 3], [1, 1, 1], [0, 3, 0]).estimate).toBeCloseTo(0.5, 12)
  })

  it('say nothing within one bin', () => {
    expect(binnedKsDistance([5], [7])).toEqual({ low: 0, estimate: 0, high: 1 })
  })

  it('refuse histograms that do not match', () => {
    expect(() => binnedKsDistance([1, 2], [1])).toThrow('different bins')
    expect(() => binnedKsDistance([0, 0], [1, 2])).toThrow('no distribution')
    expect(() => binnedWassersteinDistance([0, 1], [1, 2], [1, 2])).toThrow('one more edge')
    expect(() => binnedWassersteinDistance([0, 2, 1], [1, 2], [1, 2])).toThrow('ascend')
  })
})

describe('wassersteinDistance', () => {
  it('is the shift of a sample that moved', () => {
    fc.assert(
      fc.property(sample, fc.double({ min: -5, max: 5, noNaN: true }), (values, shift) => {
        const moved = values.map((value) => value + shift)
        expect(wassersteinDistance(values, moved)).toBeCloseTo(Math.abs(shift), 9)
      }),
    )
  })
})

describe('distances of categories', () => {
  it('are largest without a common category', () => {
    expect(jensenShannonDistance([3, 0], [0, 9])).toBeCloseTo(Math.sqrt(Math.log(2)), 12)
    expect(largestShareDifference([3, 0], [0, 9])).toBe(1)
  })

  it('are 0 for equal shares', () => {
    expect(jensenShannonDistance([1, 2, 0], [10, 20, 0])).toBe(0)
    expect(largestShareDifference([1, 2, 0], [10, 20, 0])).toBe(0)
  })

  it('refuse counts that are no distribution', () => {
    expect(() => jensenShannonDistance([0, 0], [1, 2])).toThrow('no distribution')
    expect(() => jensenShannonDistance([1, Number.NaN], [1, 2])).toThrow('no distribution')
    expect(() => largestShareDifference([1], [1, 2])).toThrow('different categories')
  })
})

describe('populationStabilityIndex', () => {
  it('is 0 for the same sample and large for another', () => {
    const values = Float64Array.from({ length: 100 }, (_, index) => index)
    expect(populationStabilityIndex(values, values)).toBe(0)
    expect(
      populationStabilityIndex(
        values,
        values.map((value) => value + 200),
      ),
    ).toBeGreaterThan(5)
  })
})

describe('quantile', () => {
  it('refuses an empty sample, NaN and a share beyond 0 and 1', () => {
    expect(() => quantile(new Float64Array(0), 0.5)).toThrow('empty')
    expect(() => quantile(Float64Array.of(1, Number.NaN), 0.5)).toThrow('NaN')
    expect(() => quantile(Float64Array.of(1), 1.5)).toThrow('quantile')
  })

  it('returns an infinite value, not NaN', () => {
    expect(quantile(Float64Array.of(1, Infinity, Infinity), 0.75)).toBe(Infinity)
  })
})
