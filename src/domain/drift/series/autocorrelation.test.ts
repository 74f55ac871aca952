import { expect, test } from 'vitest'
import { normalQuantile } from '../../statistics/distributions.ts'
import { createRandom } from '../../statistics/random.ts'
import { estimateAutocorrelationTime } from './autocorrelation.ts'

const createNormal = (seed: number) => {
  const random = createRandom(seed.toString(16).padStart(8, '0').repeat(4))
  return () => normalQuantile((random.bits() + 0.5) / 2 ** 32)
}

/** An autoregressive series of order 1, whose autocorrelation time is (1 + memory) / (1 - memory). */
function draw(rows: number, memory: number, seed: number): Float64Array {
  const normal = createNormal(seed)
  let value = normal()
  return Float64Array.from({ length: rows }, () => {
    value = memory * value + Math.sqrt(1 - memory * memory) * normal()
    return value
  })
}

const RUNS = 6

const averageTime = (rows: number, memory: number) =>
  Array.from({ length: RUNS }, (_, seed) => estimateAutocorrelationTime(draw(rows, memory, seed))).reduce(
    (sum, time) => sum + time / RUNS,
    0,
  )

test.each([
  [2000, 0.5, 3],
  [5000, 0.9, 19],
  [40_000, 0.99, 199],
  // Its autocorrelation is still 0.61 after 500 rows.
  [100_000, 0.999, 1999],
])('of %i rows with an autocorrelation of %d', (rows, memory, expected) => {
  const time = averageTime(rows, memory) / expected
  expect(time).toBeGreaterThan(0.7)
  expect(time).toBeLessThan(1.5)
})

test('independent rows keep their number, but for few columns', () => {
  const times = Array.from({ length: 300 }, (_, seed) => estimateAutocorrelationTime(draw(500, 0, seed)))
  expect(times.filter((time) => time > 1).length).toBeLessThanOrEqual(3)
})

test.each([
  ['few rows', [1, 1, 1, 2, 2, 2]],
  ['a constant', new Array(100).fill(3)],
  ['missing values alone', new Array(100).fill(Number.NaN)],
])('says nothing about %s', (_, values) => {
  expect(estimateAutocorrelationTime(Float64Array.from(values))).toBe(1)
})
