import { describe, expect, test } from 'vitest'
import { container, pod, workloadStatus } from '../../../test/fakes/workload-status.ts'
import {
  diagnoseFailedHook,
  diagnoseHelmTimeout,
  hookFailFastConditions,
  isHookError,
} from './hook-failure.ts'
import type { ObservedContainer, ObservedPod } from './workload-status.ts'

const hook = (over: Partial<ObservedContainer>, name = 'migrate') =>
  workloadStatus(
    [pod({ name: `${name}-1`, ready: false, containers: [container({ name: 'hook', ...over })] })],
    {
      workload: `job/${name}`,
    },
  )
const done = hook({ state: 'terminated', exitCode: 0 }, 'done')
const failed = hook({
  state: 'terminated',
  exitCode: 4,
  terminationReason: 'Error',
  terminationMessage: 'no such table',
})
const running = hook({}, 'running')
const imageNeverPull = hook({ state: 'waiting', reason: 'ErrImageNeverPull', message: 'not there' })
const configError = hook({
  state: 'waiting',
  reason: 'CreateContainerConfigError',
  message: 'secret "x" not found',
})

const missingVolume = workloadStatus([
  pod({
    ready: false,
    containers: [container({ name: 'hook', state: 'waiting', reason: 'ContainerCreating' })],
    startFailure: { reason: 'FailedMount', message: 'secret "x" not found', last: '' },
  }),
])

test.each([
  [
    'UPGRADE FAILED: pre-upgrade hooks failed: 1 error occurred: * job a-hook failed: BackoffLimitExceeded',
    true,
  ],
  ['INSTALLATION FAILED: failed pre-install: job a-hook failed', true],
  ['post-upgrade hooks failed: timed out waiting for the condition', true],
  ['UPGRADE FAILED: context deadline exceeded', false],
])('%s: about a hook: %s', (message, expected) => {
  expect(isHookError(message)).toBe(expected)
})

describe('a fail-fast condition of a hook', () => {
  test.each([
    ['a container that cannot start', imageNeverPull, 400],
    ['a missing Secret', configError, 30_000],
    ['a volume of a Secret that is missing', missingVolume, 30_000],
  ])('%s', (_title, seen, graceMs) => {
    expect(hookFailFastConditions(seen)).toMatchObject([{ diagnosis: { reason: 'HookFailed' }, graceMs }])
  })
  test.each([
    ['crashes, which its Job counts', hook({ state: 'terminated', exitCode: 1, restarts: 7 })],
    ['its success', done],
    ['running', running],
  ])('none: %s', (_title, seen) => {
    expect(hookFailFastConditions(seen)).toEqual([])
  })
})

describe('which hook failed', () => {
  test('the one whose container failed, with its message', () => {
    expect(diagnoseFailedHook([done, running, failed], 'helm said so')).toEqual({
      diagnosis: {
        reason: 'HookFailed',
        pod: 'migrate-1',
        container: 'hook',
        init: false,
        exitCode: 4,
        message: 'hook job/migrate: no such table',
      },
      observation: failed,
    })
  })
  test('the one that is still running, if no container failed', () => {
    expect(diagnoseFailedHook([done, running], 'timed out')).toEqual({
      diagnosis: {
        reason: 'HookFailed',
        pod: 'running-1',
        container: 'hook',
        message: 'timed out; container hook still runs',
      },
      observation: running,
    })
  })
  const hookOf = (of: Partial<ObservedPod>) =>
    workloadStatus([pod({ name: 'migrate-1', ready: false, ...of })], { workload: 'job/migrate' })
  const end = (reason: string, message = '') =>
    ({ kind: 'ended', reason, message, since: '', finalizers: [] }) as const
  const completed = container({ name: 'migrate', state: 'terminated', exitCode: 0 })

  test.each<[string, Partial<ObservedPod>, object]>([
    [
      'a sidecar that never ends',
      { containers: [completed, container({ name: 'istio-proxy', ready: true })] },
      {
        container: 'istio-proxy',
        message: expect.stringMatching(
          /^timed out; container istio-proxy still runs, although migrate has completed, .*make istio-proxy a sidecar/,
        ),
      },
    ],
    [
      'its pod was evicted',
      { containers: [], end: end('Evicted', 'low on memory') },
      { message: 'hook job/migrate: Evicted: low on memory' },
    ],
    [
      'no node for its pod',
      { containers: [], unschedulable: '0/1 nodes' },
      { message: 'timed out; 0/1 nodes' },
    ],
    [
      'its pod is gated',
      { containers: [], schedulingGates: ['example.com/quota'] },
      { message: 'timed out; scheduling gate example.com/quota has not been removed' },
    ],
    ['its pod has succeeded', { containers: [completed], end: end('Succeeded') }, { message: 'timed out' }],
  ])('%s', (_title, of, expected) => {
    const { diagnosis } = diagnoseFailedHook([hookOf(of)], 'timed out')
    expect(diagnosis).toMatchObject({ reason: 'HookFailed', ...expected })
  })

  test('its pods are gone: the message of Helm, and the reason', () => {
    const gone = workloadStatus([], { workload: 'job/gone' })
    expect(diagnoseFailedHook([gone], 'it failed')).toMatchObject({
      diagnosis: { message: expect.stringMatching(/^it failed .its pods are gone; .*hook-failed/) },
      observation: gone,
    })
  })
  test('no hook is known: the message of Helm', () => {
    expect(diagnoseFailedHook([], 'gone')).toEqual({
      diagnosis: { reason: 'HookFailed', message: 'gone' },
      observation: undefined,
    })
  })
})

test('a Helm timeout is about the running hook, if there is one', () => {
  expect(diagnoseHelmTimeout([done, running]).diagnosis).toEqual({
    reason: 'HookFailed',
    pod: 'running-1',
    container: 'hook',
    message: 'hook job/running did not end before the timeout; container hook still runs',
  })
  expect(diagnoseHelmTimeout([done]).diagnosis.reason).toBe('HelmFailed')
})
