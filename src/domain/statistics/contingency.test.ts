import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { testContingency, testTwoProportions } from './contingency.ts'

describe('testContingency', () => {
  it('merges the categories with an expected count below 5', () => {
    const merged = testContingency([100, 60, 3, 2, 4], [90, 70, 2, 3, 1])
    expect(merged).toEqual(testContingency([100, 60, 9], [90, 70, 6]))
    expect(merged.freedom).toBe(2)
  })

  it('merges a rest that is still rare with the next category', () => {
    expect(testContingency([100, 60, 1], [90, 70, 1])).toEqual(testContingency([100, 61], [90, 71]))
  })

  it('finds no difference where one category is left', () => {
    const same = { statistic: 0, freedom: 0, pValue: 1 }
    expect(testContingency([100], [20])).toEqual(same)
    expect(testContingency([100, 0], [20, 0])).toEqual(same)
    expect(testContingency([2, 2], [1, 1])).toEqual(same)
  })

  it('is the two-proportion test for two categories', () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 80 }), fc.integer({ min: 20, max: 80 }), (one, two) => {
        const { pValue } = testContingency([one, 100 - one], [two, 100 - two])
        const z = testTwoProportions({ count: one, rows: 100 }, { count: two, rows: 100 })
        expect(pValue).toBeCloseTo(z.pValue, 12)
      }),
    )
  })

  it.each([
    [[1, 2], [1]],
    [
      [0, 0],
      [1, 2],
    ],
    [
      [1, Number.NaN],
      [1, 2],
    ],
    [
      [1, -1],
      [1, 2],
    ],
  ])('refuses %j and %j', (first, second) => {
    expect(() => testContingency(first, second)).toThrow(RangeError)
  })
})

describe('testTwoProportions', () => {
  it('finds no difference where all rows or none have the property', () => {
    const none = { statistic: 0, pValue: 1 }
    expect(testTwoProportions({ count: 0, rows: 50 }, { count: 0, rows: 7 })).toEqual(none)
    expect(testTwoProportions({ count: 50, rows: 50 }, { count: 7, rows: 7 })).toEqual(none)
  })

  it.each([
    { count: Number.NaN, rows: 5 },
    { count: 6, rows: 5 },
    { count: 0, rows: 0 },
  ])('refuses %j', (proportion) => {
    expect(() => testTwoProportions(proportion, { count: 1, rows: 2 })).toThrow(RangeError)
  })
})
