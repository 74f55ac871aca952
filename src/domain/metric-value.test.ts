import { expect, it } from 'vitest'
import { isInfinite } from './metric-value.ts'

it.each([
  [Number.MAX_VALUE, true],
  [-Number.MAX_VALUE, true],
  [Number.NEGATIVE_INFINITY, true],
  [1.79e308, false],
  [Number.NaN, false],
  [0, false],
])('knows whether %s is an infinity', (value, infinite) => {
  expect(isInfinite(value)).toBe(infinite)
})
