import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { kolmogorovTail, ksDistance, ksPValue } from './kolmogorov-smirnov.ts'

const values = fc
  .array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 12 })
  .map((list) => Float64Array.from(list).sort())

/** By the definition: the largest difference of the shares at or below a value. */
function distanceByDefinition(first: Float64Array, second: Float64Array): number {
  const share = (sample: Float64Array, limit: number) =>
    sample.filter((value) => value <= limit).length / sample.length
  return Math.max(
    ...[...first, ...second].map((limit) => Math.abs(share(first, limit) - share(second, limit))),
  )
}

/** By counting every order of the rows of both samples. */
function tailByEnumeration(distance: number, n: number, m: number): number {
  let [all, reached] = [0, 0]
  const walk = (i: number, j: number, largest: number) => {
    const now = Math.max(largest, Math.abs(i / n - j / m))
    if (i === n && j === m) {
      all += 1
      if (now >= distance - 1e-12) reached += 1
      return
    }
    if (i < n) walk(i + 1, j, now)
    if (j < m) walk(i, j + 1, now)
  }
  walk(0, 0, 0)
  return reached / all
}

describe('ksDistance', () => {
  it('is the largest difference of the distribution functions, with ties', () => {
    fc.assert(
      fc.property(values, values, (first, second) => {
        expect(ksDistance(first, second)).toBeCloseTo(distanceByDefinition(first, second), 12)
      }),
    )
  })

  it('refuses an empty sample and NaN', () => {
    const one = Float64Array.of(1)
    expect(() => ksDistance(new Float64Array(0), one)).toThrow('empty')
    expect(() => ksDistance(one, Float64Array.of(1, Number.NaN))).toThrow('NaN')
  })
})

describe('ksPValue', () => {
  it('is the share of orders with this distance or a larger one', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 7 }),
        fc.nat(20),
        (n, m, step) => {
          const distance = step / 20
          expect(ksPValue(distance, n, m)).toBeCloseTo(tailByEnumeration(distance, n, m), 10)
        },
      ),
    )
  })

  it('falls as the distance or the rows grow, and is at most 1', () => {
    const p = [0, 0.01, 0.03, 0.1, 0.2, 0.4, 1].map((distance) => ksPValue(distance, 800, 300))
    expect(p).toEqual(p.toSorted((one, two) => two - one))
    expect(p[0]).toBe(1)
    expect(ksPValue(0.1, 8000, 3000)).toBeLessThan(ksPValue(0.1, 800, 300))
  })

  it('takes effective rows: fractions, fewer than one, and rows above the exact limit', () => {
    expect(ksPValue(0.3, 40.9, 20.2)).toBe(ksPValue(0.3, 40, 20))
    expect(ksPValue(1, 0.4, 900)).toBe(ksPValue(1, 1, 900))
    expect(ksPValue(0.013, 100_000, 15_000)).toBeCloseTo(kolmogorovTail(0.013 * Math.sqrt(13_043)), 3)
  })

  it.each([
    [Number.NaN, 5, 5],
    [-0.1, 5, 5],
    [1.1, 5, 5],
    [0.1, 0, 5],
    [0.1, 5, Number.NaN],
    [0.1, 5, Infinity],
  ])('refuses a distance of %d with %d and %d rows', (distance, rows1, rows2) => {
    expect(() => ksPValue(distance, rows1, rows2)).toThrow(RangeError)
  })
})

describe('kolmogorovTail', () => {
  it('has the published critical values', () => {
    expect(kolmogorovTail(1.3581)).toBeCloseTo(0.05, 5)
    expect(kolmogorovTail(1.6276)).toBeCloseTo(0.01, 5)
  })

  it('joins its two series without a step', () => {
    expect(kolmogorovTail(1 - 1e-12)).toBeCloseTo(kolmogorovTail(1), 10)
    expect(kolmogorovTail(0.01)).toBe(1)
  })
})
