import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { container, pod, workloadStatus } from '../../../../test/fakes/workload-status.ts'
import type { LogDisclosure } from '../../../domain/rollout/redaction.ts'
import type { ObservedContainer } from '../../../domain/rollout/workload-status.ts'
import { createActivityReporter } from './activity-reporter.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

const fetching = container({ name: 'fetch-model', init: true })
const unhealthy = (second: number, message: string, name = 'serve') => ({
  reason: 'Unhealthy',
  message,
  lastTimestamp: new Date(second * 1000).toISOString(),
  involvedObject: { kind: 'Pod', name: 'new-1', fieldPath: `spec.containers{${name}}` },
})

/** The lines of the first 15 s in which a pod is in this state. */
async function report(
  current: ObservedContainer,
  answers: { log?: string | Error; events?: object[] },
  disclosure: LogDisclosure = 'redacted',
): Promise<{ lines: string[]; calls: string[] }> {
  const lines: string[] = []
  const calls: string[] = []
  const kubectl = {
    run: async (args: readonly string[]) => {
      calls.push(args.join(' '))
      if (answers.log instanceof Error) throw answers.log
      return answers.log ?? ''
    },
    get: async (args: readonly string[]) => {
      calls.push(args.join(' '))
      return { items: answers.events ?? [] }
    },
  }
  const reportActivity = createActivityReporter(kubectl, disclosure, (line) => lines.push(line))
  for (let second = 0; second < 15; second += 1) {
    await reportActivity(workloadStatus([pod({ ready: false, containers: [current] })]))
    vi.advanceTimersByTime(1000)
  }
  return { lines, calls }
}

test('an init container is reported with the last line of its log, and read once for it', async () => {
  const { lines, calls } = await report(fetching, { log: ' 10%|#\r 20%|##  token=hunter2\n' })
  expect(lines).toEqual([
    'pod new-1: init container fetch-model running for 10 s, last line: 20%|## token=***',
  ])
  expect(calls).toEqual(['logs new-1 --container fetch-model --tail=1 --namespace ml'])
})

test('with evidence-logs: off no log is read', async () => {
  const { lines, calls } = await report(fetching, { log: 'hunter2' }, 'off')
  expect(lines).toEqual(['pod new-1: init container fetch-model running for 10 s, last line: not shown'])
  expect(calls).toEqual([])
})

test('a log that cannot be read is left out', async () => {
  const { lines } = await report(fetching, { log: new Error('forbidden') })
  expect(lines).toEqual(['pod new-1: init container fetch-model running for 10 s, no output'])
})

test('a server is reported with the newest message of its own readiness probe', async () => {
  const events = [
    unhealthy(9, 'Readiness probe failed: 503'),
    unhealthy(3, 'Readiness probe failed: 500'),
    unhealthy(12, 'Readiness probe failed: 404', 'sidecar'),
    unhealthy(13, 'Liveness probe failed: 500'),
  ]
  const { lines, calls } = await report(container(), { events })
  expect(lines).toEqual(['pod new-1: container serve not ready for 10 s: Readiness probe failed: 503'])
  expect(calls).toEqual([
    'events --field-selector involvedObject.kind=Pod,involvedObject.name=new-1 --namespace ml',
  ])
})

test('a container that starts is reported with the newest event that explains it', async () => {
  const events = [
    { ...unhealthy(9, 'Pulling image "digits:8"'), reason: 'Pulling' },
    { ...unhealthy(3, 'Successfully assigned ml/new-1'), reason: 'Scheduled' },
    { ...unhealthy(10, 'Unable to determine Cluster DNS'), reason: 'MissingClusterDNS' },
  ]
  const { lines } = await report(container({ state: 'waiting', reason: 'ContainerCreating' }), { events })
  expect(lines).toEqual(['pod new-1: pulling image "digits:8" for 10 s'])
})
