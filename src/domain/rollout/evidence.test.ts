import { describe, expect, test } from 'vitest'
import { container, pod, workloadStatus } from '../../../test/fakes/workload-status.ts'
import type { Diagnosis } from './diagnosis.ts'
import {
  addEventDetails,
  addFaultSource,
  type Evidence,
  type EvidenceEvent,
  lastLogLine,
} from './evidence.ts'

const event = (over: Partial<EvidenceEvent>): EvidenceEvent => ({
  object: 'Pod/a',
  container: undefined,
  reason: 'Unhealthy',
  message: '',
  count: 1,
  last: '',
  ...over,
})
const killEvent = event({
  reason: 'Killing',
  message: 'Container serve failed liveness probe, will be restarted',
  container: 'serve',
})
const liveness = event({ message: 'Liveness probe failed: dial tcp: connection refused', container: 'serve' })
const readiness = event({ message: 'Readiness probe failed: HTTP 503', container: 'serve' })
const crash: Diagnosis = {
  reason: 'CrashLoopBackOff',
  pod: 'a',
  container: 'serve',
  exitCode: 137,
  message: 'Error',
}
const waiting: Diagnosis = { reason: 'Timeout', pod: 'a', message: 'container serve is waiting' }

test.each<[string, Diagnosis, EvidenceEvent[], Partial<Diagnosis>]>([
  [
    'a kill by the kubelet is reported with its probe',
    crash,
    [liveness, killEvent],
    { killedByProbe: true, message: `${killEvent.message}; ${liveness.message}` },
  ],
  [
    'a kill after a failed postStart hook is reported',
    crash,
    [{ ...killEvent, reason: 'FailedPostStartHook', message: 'PostStartHook failed' }],
    { killedByProbe: true, message: 'PostStartHook failed' },
  ],
  ['a failed probe is not the cause when the server crashed', crash, [liveness], { message: 'Error' }],
  [
    'a kill of another container is not the cause',
    crash,
    [{ ...killEvent, container: 'proxy' }],
    { message: 'Error' },
  ],
  [
    'a kill of another pod is not the cause',
    crash,
    [{ ...killEvent, object: 'Pod/b' }],
    { message: 'Error' },
  ],
  [
    'the result of the readiness probe',
    { reason: 'ReadinessProbeFailed', pod: 'a', container: 'serve', message: 'it runs, but is not ready' },
    [liveness, readiness],
    { message: readiness.message },
  ],
  [
    'what a pod that does not start is waiting for',
    waiting,
    [event({ reason: 'FailedMount', message: 'secret "s" not found' })],
    { reason: 'FailedMount', message: 'container serve is waiting; FailedMount: secret "s" not found' },
  ],
  [
    'the image that is being pulled, and since when',
    waiting,
    [
      event({ reason: 'FailedMount', message: 'secret "s" not found' }),
      event({ reason: 'Pulling', message: 'Pulling image "r/x:1"', last: '2026-01-01T00:00:09Z' }),
    ],
    { message: 'container serve is waiting; still pulling image "r/x:1" since 2026-01-01T00:00:09Z' },
  ],
  [
    'an obstacle that has passed explains nothing',
    waiting,
    [event({ reason: 'FailedMount', message: 'secret "s" not found' }), event({ reason: 'Pulled' })],
    { message: waiting.message },
  ],
  [
    'a warning about something else explains nothing',
    waiting,
    [event({ reason: 'MissingClusterDNS', message: 'Falling back to "Default" policy' })],
    { message: waiting.message },
  ],
  [
    'a pod whose node is lost',
    { ...waiting, message: 'its containers are ready, but the pod is not' },
    [event({ reason: 'NodeNotReady', message: 'Node is not ready' })],
    { message: 'its containers are ready, but the pod is not; NodeNotReady: Node is not ready' },
  ],
  [
    'a probe that failed before the containers were ready explains nothing',
    { ...waiting, message: 'its containers are ready, but the pod is not' },
    [readiness],
    { message: 'its containers are ready, but the pod is not' },
  ],
  [
    'a hook that has exited waits for nothing',
    { ...crash, reason: 'HookFailed' },
    [event({ reason: 'BackOff', message: 'Back-off restarting failed container' })],
    { reason: 'HookFailed' },
  ],
  [
    'a hook whose volume is missing keeps its reason',
    { ...waiting, reason: 'HookFailed' },
    [event({ reason: 'FailedMount', message: 'secret "s" not found' })],
    { message: 'container serve is waiting; FailedMount: secret "s" not found' },
  ],
  ['there are no events', waiting, [], { message: waiting.message }],
  ['the diagnosis names no pod', { reason: 'Timeout', message: 'x' }, [killEvent], { message: 'x' }],
])('%s', (_title, diagnosis, events, expected) => {
  expect(addEventDetails(diagnosis, events)).toEqual({ ...diagnosis, ...expected })
})

describe('whose fault an exit is', () => {
  const log = (text: string, over: object = {}) => ({
    pod: 'a',
    container: 'serve',
    previous: false,
    text,
    ...over,
  })
  const observed = workloadStatus([pod({ name: 'a', containers: [container({ hasMemoryLimit: false })] })])
  const sourceOf = (diagnosis: Diagnosis, ...logs: ReturnType<typeof log>[]) =>
    addFaultSource(diagnosis, observed, logs).faultSource?.of

  test.each<[string, Diagnosis, ReturnType<typeof log>[], string | undefined]>([
    ['its log, without colors', crash, [log('\u001b[31mUnpickling\u001b[0mError')], 'model'],
    ['its termination message', { ...crash, message: 'Connection refused' }, [], 'surroundings'],
    [
      'not the log of another container',
      { ...crash, exitCode: 1 },
      [log('UnpicklingError', { container: 'proxy' })],
      undefined,
    ],
    [
      'not the log of another pod',
      { ...crash, exitCode: 1 },
      [log('UnpicklingError', { pod: 'b' })],
      undefined,
    ],
    [
      'an init container',
      { ...crash, reason: 'InitContainerFailed', init: true },
      [log('UnpicklingError')],
      'model',
    ],
    ['memory without a limit', { ...crash, reason: 'OOMKilled' }, [], 'surroundings'],
    ['not of a sidecar', { ...crash, sidecar: true }, [log('UnpicklingError')], undefined],
    ['not of a pod that waits', waiting, [log('UnpicklingError')], undefined],
  ])('%s', (_title, diagnosis, logs, expected) => {
    expect(sourceOf(diagnosis, ...logs)).toBe(expected)
  })
})

test('the last log line has no colors', () => {
  const log = { pod: 'a', container: 'serve', previous: true, text: 'one\n\u001b[31mno module\u001b[0m\n\n' }
  expect(lastLogLine({ diagnosis: crash, logs: [log] } as unknown as Evidence)).toBe('no module')
})
