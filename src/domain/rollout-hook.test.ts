import { describe, expect, test } from 'vitest'
import { container, look, pod } from '../../test/fakes/rollout.ts'
import type { ContainerSeen } from './rollout.ts'
import { failedHook, hookDooms, isAboutHook, unendedHelm } from './rollout-hook.ts'

const hook = (over: Partial<ContainerSeen>, name = 'migrate') =>
  look([pod({ name: `${name}-1`, ready: false, containers: [container({ name: 'hook', ...over })] })], {
    workload: `job/${name}`,
  })
const done = hook({ state: 'terminated', exitCode: 0 }, 'done')
const failed = hook({ state: 'terminated', exitCode: 4, endReason: 'Error', endMessage: 'no such table' })
const running = hook({}, 'running')
const never = hook({ state: 'waiting', reason: 'ErrImageNeverPull', message: 'not there' })
const unfit = hook({
  state: 'waiting',
  reason: 'CreateContainerConfigError',
  message: 'secret "x" not found',
})

test.each([
  [
    'UPGRADE FAILED: pre-upgrade hooks failed: 1 error occurred: * job a-hook failed: BackoffLimitExceeded',
    true,
  ],
  ['INSTALLATION FAILED: failed pre-install: job a-hook failed', true],
  ['post-upgrade hooks failed: timed out waiting for the condition', true],
  ['UPGRADE FAILED: context deadline exceeded', false],
])('%s: about a hook: %s', (said, expected) => {
  expect(isAboutHook(said)).toBe(expected)
})

describe('what of a hook will hardly mend', () => {
  test.each([
    ['a container that cannot be', never, 400],
    ['a Secret that is not there', unfit, 30_000],
  ])('%s', (_title, seen, patience) => {
    expect(hookDooms(seen)).toMatchObject([
      { diagnosis: { reason: 'HookFailed', container: 'hook' }, patience },
    ])
  })
  test.each([
    ['crashes, which its Job counts', hook({ state: 'terminated', exitCode: 1, restarts: 7 })],
    ['its end', done],
    ['its run', running],
  ])('not so: %s', (_title, seen) => {
    expect(hookDooms(seen)).toEqual([])
  })
})

describe('which hook failed', () => {
  test('the one whose container did, with its own words', () => {
    expect(failedHook([done, running, failed], 'helm said so')).toEqual({
      diagnosis: {
        reason: 'HookFailed',
        pod: 'migrate-1',
        container: 'hook',
        init: false,
        exitCode: 4,
        said: 'hook job/migrate: no such table',
      },
      observation: failed,
    })
  })
  test('the one that is still at work, where none did', () => {
    expect(failedHook([done, running], 'timed out')).toEqual({
      diagnosis: { reason: 'HookFailed', pod: 'running-1', said: 'timed out' },
      observation: running,
    })
  })
  test('its pods are gone: what Helm said, and why', () => {
    const gone = look([], { workload: 'job/gone' })
    expect(failedHook([gone], 'it failed')).toMatchObject({
      diagnosis: { said: expect.stringMatching(/^it failed .its pods are gone; .*hook-failed/) },
      observation: gone,
    })
  })
  test('nobody knows: what Helm said', () => {
    expect(failedHook([], 'gone')).toEqual({
      diagnosis: { reason: 'HookFailed', said: 'gone' },
      observation: undefined,
    })
  })
})

test('a helm that does not end waits for the hook that does not, or nobody knows for what', () => {
  expect(unendedHelm([done, running]).diagnosis).toEqual({
    reason: 'HookFailed',
    pod: 'running-1',
    said: 'hook job/running had not ended when the time was over',
  })
  expect(unendedHelm([done]).diagnosis.reason).toBe('HelmFailed')
})
