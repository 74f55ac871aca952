import { expect, test } from 'vitest'
import type { Diagnosis } from './diagnosis.ts'
import { addEventDetails, type Evidence, lastLogLine, type WarningEvent } from './evidence.ts'

const event = (over: Partial<WarningEvent>): WarningEvent => ({
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

test.each<[string, Diagnosis, WarningEvent[], Partial<Diagnosis>]>([
  [
    'a kill by the kubelet is reported with its probe',
    crash,
    [liveness, killEvent],
    { killedByProbe: true, message: `${killEvent.message}; ${liveness.message}` },
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
    { message: 'container serve is waiting; FailedMount: secret "s" not found' },
  ],
  ['there are no events', waiting, [], { message: waiting.message }],
  ['the diagnosis names no pod', { reason: 'Timeout', message: 'x' }, [killEvent], { message: 'x' }],
])('%s', (_title, diagnosis, events, expected) => {
  expect(addEventDetails(diagnosis, events)).toEqual({ ...diagnosis, ...expected })
})

test('the last log line has no colors', () => {
  const log = { pod: 'a', container: 'serve', previous: true, text: 'one\n\u001b[31mno module\u001b[0m\n\n' }
  expect(lastLogLine({ diagnosis: crash, logs: [log] } as unknown as Evidence)).toBe('no module')
})
