import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  deploymentBudget,
  foreignOperationTimeout,
  formatBudget,
  formatDuration,
  leaseWaitTimeout,
  rollbackBudget,
  totalMs,
} from './time-budget.ts'

const MINUTE_MS = 60_000

test('a deployment announces all its shares', () => {
  const waiting = { 'wait for another job': 5 * MINUTE_MS }
  expect(formatBudget({ ...waiting, ...deploymentBudget(5 * MINUTE_MS) })).toBe(
    'at most 17 min: 5 min to wait for another job, 5 min to roll out, 1 min to save evidence, 5 min to roll back, 1 min to update the registry',
  )
  expect(formatBudget(rollbackBudget(90_000))).toMatch(/^at most 3 min 30 s: .*1 min 30 s to roll back/)
})

test('a share without time is left out', () => {
  expect(formatBudget(deploymentBudget(MINUTE_MS, 1000))).toContain('1 s to run the smoke test')
  expect(formatBudget(deploymentBudget(MINUTE_MS, 0))).not.toContain('smoke test')
})

test('a deployment takes at most twice its timeout and two minutes', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 24 * 60 * MINUTE_MS }), (timeout) => {
      const all = totalMs(deploymentBudget(timeout))
      expect(all).toBeGreaterThan(2 * timeout)
      expect(all - 2 * timeout).toBeLessThanOrEqual(2 * MINUTE_MS)
    }),
  )
})

test('an operation without a lease counts as dead when it is older than any deployment', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2 * MINUTE_MS, max: 24 * 60 * MINUTE_MS }), (timeout) => {
      expect(foreignOperationTimeout(timeout)).toBeGreaterThanOrEqual(totalMs(deploymentBudget(timeout)))
      expect(leaseWaitTimeout(timeout)).toBeGreaterThanOrEqual(foreignOperationTimeout(timeout))
    }),
  )
})

test.each([
  [0, '0 s'],
  [1, '1 s'],
  [59_999, '1 min'],
  [90_000, '1 min 30 s'],
  [3_600_000, '60 min'],
])('%i ms are %s', (milliseconds, words) => {
  expect(formatDuration(milliseconds)).toBe(words)
})
