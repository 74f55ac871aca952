import { expect, test } from 'vitest'
import { cutWindows } from './windows.ts'

test('windows do not overlap and reach from the first to the last row', () => {
  expect(cutWindows(52, 10)).toEqual([
    { from: 0, to: 10 },
    { from: 10, to: 20 },
    { from: 21, to: 31 },
    { from: 31, to: 41 },
    { from: 42, to: 52 },
  ])
})

test.each([
  [100_000, 30, 50],
  [500, 100, 5],
  [499, 100, 0],
  [10, 0.2, 10],
])('%i rows have, at a length of %d, %i windows', (rows, length, count) => {
  const windows = cutWindows(rows, length)
  expect(windows).toHaveLength(count)
  for (const [index, { from, to }] of windows.entries()) {
    expect(from).toBeGreaterThanOrEqual(windows[index - 1]?.to ?? 0)
    expect(to).toBeLessThanOrEqual(rows)
  }
})
