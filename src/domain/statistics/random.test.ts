import { describe, expect, it } from 'vitest'
import { createRandom, shuffle } from './random.ts'

const SEED = '0123456789abcdeffedcba9876543210'
const draws = (seed: string, n: number, count: number) => {
  const { below } = createRandom(seed)
  return Array.from({ length: count }, () => below(n))
}

describe('random', () => {
  it('depends on every part of its seed', () => {
    const first = draws(SEED, 1e6, 20)
    expect(draws(SEED, 1e6, 20)).toEqual(first)
    for (const at of [0, 8, 16, 31]) {
      const other = `${SEED.slice(0, at)}${SEED[at] === '7' ? '8' : '7'}${SEED.slice(at + 1)}`
      expect(draws(other, 1e6, 20)).not.toEqual(first)
    }
  })

  it('matches the published generator', () => {
    // sfc32 of 1, 2, 3, 4 after 15 rounds, worked out apart from this file.
    expect(draws('00000001000000020000000300000004', 2 ** 32, 3)).toEqual([800524041, 903873393, 3641854082])
  })

  it.each([2, 3, 7, 40])('draws below %d evenly', (n) => {
    const counts = new Array<number>(n).fill(0)
    for (const drawn of draws(SEED, n, 20_000 * n)) counts[drawn] = (counts[drawn] ?? 0) + 1
    const chi = counts.reduce((sum, count) => sum + (count - 20_000) ** 2 / 20_000, 0)
    // Four standard deviations above the mean of chi-squared.
    expect(chi).toBeLessThan(n - 1 + 4 * Math.sqrt(2 * (n - 1)))
  })

  it('shuffles without losing a number', () => {
    const order = shuffle(1000, createRandom(SEED))
    expect([...order]).not.toEqual([...order].sort((a, b) => a - b))
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, n) => n))
  })
})
