import { describe, expect, it } from 'vitest'
import { bootstrapBounds, type Spread } from './bootstrap-interval.ts'

/** The differences 0, 1, ... 1999 of 40 units that each move them by as much. */
const even: Spread = {
  differences: Float64Array.from({ length: 2000 }, (_, at) => at),
  center: 999.5,
  influence: Float64Array.from({ length: 40 }, (_, unit) => (unit % 2 === 0 ? 1 : -1)),
  counts: new Uint8Array(40).fill(1),
  units: 40,
}
const moved = (influence: number[]): Spread => ({ ...even, influence: Float64Array.from(influence) })

describe('bootstrapBounds', () => {
  it('leaves out the share that few units allow', () => {
    // t(0.95, 39) = 1.6849; times sqrt(40 / 39) 1.7063; Phi(-1.7063) = 0.04397; less 0.00458, of 2001: 78 are beyond.
    expect(bootstrapBounds(even, 0.95)).toEqual({ low: 77, high: 1922 })
  })

  it('is wider with fewer units, fewer resamples, and more confidence', () => {
    const { low } = bootstrapBounds(even, 0.95)
    expect(bootstrapBounds({ ...even, units: 10 }, 0.95).low).toBeLessThan(low)
    expect(bootstrapBounds(even, 0.99).low).toBeLessThan(low)
    const tenth = even.differences.filter((_, at) => at % 10 === 5)
    expect(bootstrapBounds({ ...even, differences: tenth }, 0.95).low).toBeLessThan(low - 10)
  })

  it('is as wide as the few units that carry the difference ask for', () => {
    const carried = Array.from({ length: 40 }, (_, unit) => (unit < 4 ? (unit % 2 === 0 ? 1 : -1) : 0))
    const { low, high } = bootstrapBounds(moved(carried), 0.95)
    // Freedom 2 * 4^2 / (4 - 4^2 / 40) = 8.9: t(0.95, 8) = 1.8595, 1.8832, 0.02984, less 0.0038, of 2001: 52.
    expect([low, high]).toEqual([51, 1948])
  })

  it('gives way on the side where few units weigh much, and never on the other', () => {
    const skewed = Array.from({ length: 40 }, (_, unit) => (unit % 4 === 0 ? -1.5 : 0.5))
    const steady = { ...even, units: 40 }
    const [down, up] = [
      bootstrapBounds(moved(skewed), 0.95),
      bootstrapBounds(moved(skewed.map((one) => -one)), 0.95),
    ]
    expect(down.low).toBe(0 - (up.high - 1999))
    expect(down.low).toBeLessThan(bootstrapBounds(steady, 0.95).low)
    expect(down.low).toBeLessThan(1999 - down.high)
  })

  it('follows a spread that is not about its center, to the wider side only', () => {
    const shifted = bootstrapBounds({ ...even, center: 899.5 }, 0.95)
    const plain = bootstrapBounds(even, 0.95)
    expect(shifted.low).toBeLessThan(plain.low)
    expect(shifted.high).toBe(plain.high)
  })

  it('takes resamples that say nothing for the worst, at both ends', () => {
    const silent = (share: number) => ({
      ...even,
      differences: even.differences.map((value, at) => (at % 100 < share ? Number.NaN : value)),
    })
    expect(bootstrapBounds(silent(1), 0.95).low).toBeLessThan(77)
    expect(bootstrapBounds(silent(1), 0.95).high).toBeGreaterThan(1922)
    expect(bootstrapBounds(silent(5), 0.95)).toEqual({ low: -Infinity, high: Infinity })
  })

  it('says nothing of fewer than ten units, or without resamples', () => {
    const nothing = { low: -Infinity, high: Infinity }
    for (const units of [1, 2, 3, 5, 9]) expect(bootstrapBounds({ ...even, units }, 0.95)).toEqual(nothing)
    expect(bootstrapBounds({ ...even, differences: new Float64Array() }, 0.95)).toEqual(nothing)
    const { low, high } = bootstrapBounds({ ...even, units: 10 }, 0.95)
    expect([low, high].every(Number.isFinite)).toBe(true)
  })
})
