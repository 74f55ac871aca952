import fc from 'fast-check'
import { expect, it } from 'vitest'
import { formatCompared, isInfinite, shortenFloat32, toComparable } from './metric-value.ts'

it.each([
  [Number.MAX_VALUE, true],
  [-Number.MAX_VALUE, true],
  [Number.NEGATIVE_INFINITY, true],
  [1.79e308, false],
  [Number.NaN, false],
  [0, false],
])('isInfinite(%s)', (value, infinite) => {
  expect(isInfinite(value)).toBe(infinite)
})

it.each<[number, number]>([
  [0.8100000023841858, 0.81],
  [0.800000011920929, 0.8],
  [0.7999999523162842, 0.8],
  [-0.30000001192092896, -0.3],
  [99.9000015258789, 99.9],
  [12345.677734375, 12345.678],
  [9.999999717180685e-10, 1e-9],
  [0.81, 0.81],
  [0.3333333333333333, 0.3333333333333333],
  [829 / 1024, 0.8095703125],
  [0.5, 0.5],
  [123456792, 123456792],
  [5e-324, 5e-324],
  [0, 0],
])('shortenFloat32(%d) is %d', (value, short) => expect(shortenFloat32(value)).toBe(short))

it('reads back any decimal of at most six digits below 100,000 from a 32-bit float', () => {
  const digits = fc.integer({ min: 1, max: 999_999 })
  fc.assert(
    fc.property(digits, fc.integer({ min: -9, max: -1 }), (whole, exponent) => {
      const value = Number(`${whole}e${exponent}`)
      expect(shortenFloat32(Math.fround(value))).toBe(value)
    }),
  )
})

it.each<[number | undefined, number | undefined, number | string]>([
  [0.81, undefined, 0.81],
  // Means of five folds, one minus a share, and a sum in another order.
  [0.8099999999999999, 0.8, 0.81],
  [1 - 0.91, 0.08, 0.09],
  [0.1 + 0.2, 0.3, 0.3],
  [0.9123456789012346, 0.9123456789012345, 0.91234567890123],
  [-3.0000000000000004, 2, -3],
  // A percentage and a complement, computed from 32-bit floats.
  [100 * Math.fround(0.81), undefined, 81],
  [100 * Math.fround(0.8123), undefined, 81.23],
  [1 - Math.fround(0.2), undefined, 0.8],
  [1_234_500.01, 1_234_500, 1_234_500.01],
  [0.81000001, 0.81, 0.81000001],
  [123456789012345680, 1, 123456789012345680],
  [Math.fround(1 / 3), 1 / 3, 0.3333333],
  [1 / 3, Math.fround(1 / 3), 0.3333333],
  [1 / 3, 0.5, 0.33333333333333],
  [0.8103, Math.fround(0.81), 0.8103],
  [undefined, 0.5, 'missing'],
  [Number.NaN, 0.5, 'NaN'],
  [Number.MAX_VALUE, 0.5, 'infinite'],
])('toComparable(%d) against %d is %s', (value, other, comparable) => {
  expect(toComparable(value, other)).toBe(comparable)
})

it.each<[string, number, number[]]>([
  ['0.9167', 0.9166666666666666, [0.8833333333333333]],
  ['0.79999', 0.79999, [0.8]],
  ['0.79999999', 0.7999999899, [0.8]],
  ['0.8', 0.8, [0.8]],
  ['1.0000001', 1.0000001, [0, 1]],
  ['1234.56', 1234.56, []],
  ['123457', 123456.789, [NaN]],
  ['0.3333', 1 / 3, [1 / 3]],
  ['0.333333334', 0.333333334, [0.333333333]],
  ['0.00001235', 0.0000123456789, []],
  ['NaN', NaN, [1]],
  ['-Infinity', -Infinity, [1]],
])('formatCompared shows %s', (text, value, others) => {
  expect(Number(formatCompared(value, ...others))).toBe(Number(text))
})

it('formatCompared keeps the order of any two values', () => {
  const value = fc.double({ noNaN: true, noDefaultInfinity: true })
  const near = fc
    .tuple(value, fc.integer({ min: -3, max: 3 }))
    .map(([one, steps]) => [one, one * (1 + steps * 1e-12)])
  fc.assert(
    fc.property(fc.oneof(fc.tuple(value, value), near), ([one = 0, other = 0]) => {
      const shown = Number(formatCompared(one, other)) - Number(formatCompared(other, one))
      expect(Math.sign(shown) || 0).toBe(Math.sign(one - other) || 0)
    }),
  )
})
