import { describe, expect, it } from 'vitest'
import { against, type Interval } from './interval.ts'

const interval = (low: number, high: number): Interval => ({
  estimate: (low + high) / 2,
  low,
  high,
  confidence: 0.95,
  method: 'a test',
  paired: true,
  units: 100,
})

describe('an interval against a boundary', () => {
  it.each([
    ['wholly above', 0.02, 0.03, 'above'],
    ['wholly below', -0.02, 0.005, 'below'],
    ['astride, its middle above', 0.009, 0.05, 'undecided'],
    ['astride, its middle below', -0.05, 0.011, 'undecided'],
    ['touching it from above', 0.01, 0.03, 'undecided'],
    ['touching it from below', -0.01, 0.01, 'undecided'],
    ['a point on it', 0.01, 0.01, 'undecided'],
    ['without an end upwards, below it', -0.01, Number.POSITIVE_INFINITY, 'undecided'],
    ['without an end downwards, above it', Number.NEGATIVE_INFINITY, 0.02, 'undecided'],
    ['not a number', Number.NaN, Number.NaN, 'undecided'],
  ])('%s', (_, low, high, state) => {
    expect(against(interval(low, high), 0.01)).toBe(state)
  })
})
