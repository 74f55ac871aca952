import { describe, expect, it } from 'vitest'
import { compareToMargin, computeRequiredSampleSize, type Interval } from './interval.ts'

const interval = (low: number, high: number): Interval => ({
  estimate: (low + high) / 2,
  low,
  high,
  confidence: 0.95,
  method: 'a test',
  paired: true,
  units: 100,
})

describe('compareToMargin', () => {
  it.each([
    ['wholly above', 0.02, 0.03, 'above'],
    ['wholly below', -0.02, 0.005, 'below'],
    ['astride, its middle above', 0.009, 0.05, 'inconclusive'],
    ['astride, its middle below', -0.05, 0.011, 'inconclusive'],
    ['touching it from above', 0.01, 0.03, 'inconclusive'],
    ['touching it from below', -0.01, 0.01, 'inconclusive'],
    ['a point on it', 0.01, 0.01, 'inconclusive'],
    ['without an end upwards, below it', -0.01, Number.POSITIVE_INFINITY, 'inconclusive'],
    ['without an end downwards, above it', Number.NEGATIVE_INFINITY, 0.02, 'inconclusive'],
    ['not a number', Number.NaN, Number.NaN, 'inconclusive'],
  ])('%s', (_, low, high, state) => {
    expect(compareToMargin(interval(low, high), 0.01)).toBe(state)
  })
})

const Z = 1.6448536269514722
const intervalWithError = (estimate: number, error: number, units = 1000): Interval => ({
  estimate,
  low: estimate - Z * error,
  high: estimate + Z * error,
  confidence: 0.95,
  method: '',
  paired: true,
  units,
})

describe('computeRequiredSampleSize', () => {
  it.each<[string, Interval, number, number, number | undefined]>([
    // (1.6449 + 0.8416)^2 = 6.1826
    ['a margin of one standard error', intervalWithError(0, 0.01), -0.01, 0.01, 6183],
    ['a margin of half a standard error', intervalWithError(0, 0.01), -0.005, 0.005, 24731],
    ['groups', intervalWithError(0, 0.01, 40), -0.01, 0.01, 248],
    ['no margin: the observed gain', intervalWithError(0.01, 0.01), 0, 0, 6183],
    ['no margin and no gain', intervalWithError(0, 0.01), 0, 0, undefined],
    ['no margin and a small loss, by its size', intervalWithError(-0.01, 0.01), 0, 0, 6183],
    [
      'enough rows for the distance, but the estimate is closer to the margin',
      intervalWithError(0.025, 0.01),
      0.02,
      0.03,
      24731,
    ],
    ['no width', intervalWithError(0.01, 0), 0, 0.01, undefined],
    ['no bound', { ...intervalWithError(0.01, 0), low: -Infinity }, 0, 0.01, undefined],
  ])('%s', (_, given, margin, distance, expected) => {
    expect(computeRequiredSampleSize(given, margin, distance)).toBe(expected)
  })
})
