import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  announcement,
  deploymentBudget,
  helmAge,
  inWords,
  patienceOf,
  rollbackBudget,
  total,
} from './rollout-budget.ts'

const minute = 60_000

test('a deployment announces all its parts', () => {
  const waiting = { to: 'wait for another job', atMost: 5 * minute }
  expect(announcement([waiting, ...deploymentBudget(5 * minute)])).toBe(
    'at most 17 min: 5 min to wait for another job, 5 min to come up, 1 min to save evidence, 5 min to go back, 1 min to read and write down',
  )
  expect(announcement(rollbackBudget(90_000))).toMatch(/^at most 3 min 30 s: .*1 min 30 s to go back/)
})

test('what takes no time is not told of', () => {
  const trial = { to: 'try the candidate out', atMost: 0 }
  expect(announcement(deploymentBudget(minute, [trial]))).not.toContain('try')
})

test('whatever the timeout, all of it is at most twice that and a bounded rest', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 24 * 60 * minute }), (timeout) => {
      const all = total(deploymentBudget(timeout))
      expect(all).toBeGreaterThan(2 * timeout)
      expect(all - 2 * timeout).toBeLessThanOrEqual(2 * minute)
    }),
  )
})

test('a helm that must be dead is older than any deployment, and is waited for that long', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2 * minute, max: 24 * 60 * minute }), (timeout) => {
      expect(helmAge(timeout)).toBeGreaterThanOrEqual(total(deploymentBudget(timeout)))
      expect(patienceOf(timeout)).toBeGreaterThanOrEqual(helmAge(timeout))
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
  expect(inWords(milliseconds)).toBe(words)
})
