import { expect, test } from 'vitest'
import { type Evidence, explained, lastWords, type WarningEvent } from './rollout-evidence.ts'
import type { Diagnosis } from './rollout-failure.ts'

const event = (over: Partial<WarningEvent>): WarningEvent => ({
  object: 'Pod/a',
  container: undefined,
  reason: 'Unhealthy',
  message: '',
  count: 1,
  last: '',
  ...over,
})
const killing = event({
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
  said: 'Error',
}
const waiting: Diagnosis = { reason: 'Timeout', pod: 'a', said: 'container serve is waiting' }

test.each<[string, Diagnosis, WarningEvent[], Partial<Diagnosis>]>([
  [
    'a kill by the kubelet is told with the probe',
    crash,
    [liveness, killing],
    { probe: true, said: `${killing.message}; ${liveness.message}` },
  ],
  [
    'a probe that failed while the server crashed by itself is not the cause',
    crash,
    [liveness],
    { said: 'Error' },
  ],
  ['nor is one of another container', crash, [{ ...killing, container: 'proxy' }], { said: 'Error' }],
  ['nor one of another pod', crash, [{ ...killing, object: 'Pod/b' }], { said: 'Error' }],
  [
    'what the readiness probe got',
    { reason: 'ReadinessProbeFailed', pod: 'a', container: 'serve', said: 'it runs, but is not ready' },
    [liveness, readiness],
    { said: readiness.message },
  ],
  [
    'what a pod that does not start waits for',
    waiting,
    [event({ reason: 'FailedMount', message: 'secret "s" not found' })],
    { said: 'container serve is waiting; FailedMount: secret "s" not found' },
  ],
  ['nothing is known', waiting, [], { said: waiting.said }],
  ['no pod is meant', { reason: 'Timeout', said: 'x' }, [killing], { said: 'x' }],
])('%s', (_title, diagnosis, events, expected) => {
  expect(explained(diagnosis, events)).toEqual({ ...diagnosis, ...expected })
})

test('last words are without colours', () => {
  const log = { pod: 'a', container: 'serve', previous: true, text: 'one\n\u001b[31mno module\u001b[0m\n\n' }
  expect(lastWords({ diagnosis: crash, logs: [log] } as unknown as Evidence)).toBe('no module')
})
