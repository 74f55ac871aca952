import { describe, expect, it } from 'vitest'
import type { Interval } from './interval.ts'
import { rowsNeeded } from './sample-size.ts'

const Z = 1.6448536269514722
const interval = (estimate: number, error: number, units = 1000): Interval => ({
  estimate,
  low: estimate - Z * error,
  high: estimate + Z * error,
  confidence: 0.95,
  method: '',
  paired: true,
  units,
})

describe('rowsNeeded', () => {
  it.each<[string, Interval, number, number, number | undefined]>([
    // (1.6449 + 0.8416)^2 = 6.1826
    ['a margin of one standard error', interval(0, 0.01), -0.01, 0.01, 6183],
    ['a margin of half a standard error', interval(0, 0.01), -0.005, 0.005, 24731],
    ['groups', interval(0, 0.01, 40), -0.01, 0.01, 248],
    ['no margin: the gain that was seen', interval(0.01, 0.01), 0, 0, 6183],
    ['no margin and no gain', interval(0, 0.01), 0, 0, undefined],
    ['no margin and a small loss, by its size', interval(-0.01, 0.01), 0, 0, 6183],
    [
      'rows enough for the margin, but the truth seems closer to the boundary',
      interval(0.025, 0.01),
      0.02,
      0.03,
      24731,
    ],
    ['no width', interval(0.01, 0), 0, 0.01, undefined],
    ['no bound', { ...interval(0.01, 0), low: -Infinity }, 0, 0.01, undefined],
  ])('%s', (_, given, boundary, margin, expected) => {
    expect(rowsNeeded(given, boundary, margin)).toBe(expected)
  })
})
