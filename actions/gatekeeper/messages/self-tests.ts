import type { SelfTest } from '../../../src/domain/gate/self-test/self-tests.ts'
import { describeCriterion } from './criterion.ts'

const SELF_TESTS = {
  'a-a-test': 'A/A test: the champion is not better than itself',
  'logged-a-a-test': 'A/A test: the champion is not better than itself',
  swap: 'swapping the models mirrors the interval',
  'logged-swap': 'swapping the models does not pass both',
  'negative-control': 'negative control: predictions just short of the margin do not pass',
  'logged-negative-control': 'negative control: a value just short of the margin does not pass',
  'positive-control': 'positive control: the labels as predictions do not fail',
}

/** What must hold in a self-test. */
export function describeSelfTest(test: SelfTest): string {
  if (test.kind === 'beyond-limit') return `a value just beyond the limit ${test.limit} fails`
  if (test.kind === 'perfect-within-limit')
    return `positive control: the labels as predictions meet the limit ${test.limit}`
  return SELF_TESTS[test.kind]
}

/** What was observed in a self-test that failed. */
export function describeSelfTestFailure(test: SelfTest): string {
  switch (test.kind) {
    case 'a-a-test':
      return `measured ${test.low} to ${test.high} better`
    case 'logged-a-a-test':
      return `${test.champion} passes against ${test.champion}`
    case 'swap':
      return `the bounds differ by ${test.asymmetry}`
    case 'logged-swap':
      return `${test.candidate} passes against ${test.champion}, and ${test.champion} against ${test.candidate}`
    case 'negative-control':
      return `they pass with ${test.control} against ${test.champion}`
    case 'logged-negative-control':
      return `${test.control} passes against ${test.champion}`
    case 'positive-control':
      return `they fail with ${test.control} against ${test.champion}, required: ${describeCriterion(test.criterion)}. No candidate can pass; relax the criterion`
    case 'beyond-limit':
      return `${test.value} passes`
    case 'perfect-within-limit':
      return `their value is ${test.value}. No candidate can pass; relax the limit`
  }
}
