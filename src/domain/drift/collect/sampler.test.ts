import { expect, test } from 'vitest'
import { createSampler } from './sampler.ts'

const seedOf = (run: number) => run.toString(16).padStart(32, '0')

function sample(size: number, rows: number, seed: string): number[] {
  const sampler = createSampler(size, seed)
  const kept: number[] = []
  for (let row = 0; row < rows; row += 1) {
    const place = sampler.next()
    if (place >= 0) kept[place] = row
  }
  return kept
}

test('keeps every row of a small table in order', () => {
  expect(sample(10, 7, seedOf(1))).toEqual([0, 1, 2, 3, 4, 5, 6])
})

test('keeps the same rows with the same seed, and others with another', () => {
  expect(sample(20, 5000, seedOf(2))).toEqual(sample(20, 5000, seedOf(2)))
  expect(sample(20, 5000, seedOf(2))).not.toEqual(sample(20, 5000, seedOf(3)))
})

test('keeps each row with the same probability', () => {
  const counts = new Array<number>(10).fill(0)
  for (let run = 0; run < 400; run += 1)
    for (const row of sample(20, 1000, seedOf(run + 10)))
      counts[Math.floor(row / 100)] = (counts[Math.floor(row / 100)] ?? 0) + 1
  // 8,000 kept rows in ten parts: 800 each, with a standard deviation of 27.
  for (const count of counts) expect(Math.abs(count - 800)).toBeLessThan(130)
})
