import { expect, test } from 'vitest'
import { pod, workloadStatus } from '../../../test/fakes/workload-status.ts'
import type { Diagnosis } from '../../domain/rollout/diagnosis.ts'
import type { Evidence } from '../../domain/rollout/evidence.ts'
import { formatCause, formatEvidenceLines } from './report.ts'

const failed: Diagnosis = {
  reason: 'InitContainerFailed',
  pod: 'new-1',
  container: 'fetch-model',
  init: true,
  exitCode: 1,
  message: 'Error',
}
const evidence = (diagnosis: Diagnosis, text: string): Evidence => ({
  at: '',
  release: 'digits',
  namespace: 'ml',
  revision: 2,
  model: 'fraud',
  version: '8',
  diagnosis,
  observation: undefined,
  logs: [{ pod: 'new-1', container: 'fetch-model', previous: false, text }],
  events: [],
  gaps: [],
})
const toItself = 'API request to http://127.0.0.1:5000 failed: Connection refused\n'

test('an init container that cannot reach the pod itself as MLflow: the cause names pod-tracking-uri', () => {
  expect(formatCause(evidence(failed, toItself))).toMatch(
    /^InitContainerFailed .*; last log line: "API request .* refused"; localhost in a pod .* set pod-tracking-uri/,
  )
})

test.each<[string, Diagnosis, string]>([
  ['it was diagnosed', { ...failed, message: formatCause(evidence(failed, toItself)) }, toItself],
  ['another address refused', failed, 'dial tcp 10.0.0.7:5000: connection refused'],
  ['a server failed', { ...failed, init: false, reason: 'CrashLoopBackOff' }, toItself],
])('no further hint if %s', (_what, diagnosis, text) => {
  const cause = formatCause(evidence(diagnosis, text))
  expect(cause.endsWith('"')).toBe(true)
})

test.each<[string, Evidence['observation'], string]>([
  [
    'a pod that does not end',
    workloadStatus([], {
      inactivePods: [
        pod({
          name: 'digits-0',
          updated: false,
          end: { kind: 'terminating', reason: 'NodeLost', message: '', since: '', finalizers: ['a/b'] },
        }),
      ],
    }),
    'digits-0 | previous | terminating: NodeLost | it is being deleted, and no new pod replaces it until it is gone; its finalizers a/b have not been removed; NodeLost',
  ],
  [
    'a pod without containers',
    workloadStatus([pod({ ready: false, containers: [], unschedulable: '0/1 nodes' })]),
    'new-1 | new | not ready | 0/1 nodes',
  ],
  ['no pod', workloadStatus([]), 'deployment/digits: 0 of 1 new pods ready'],
])('the evidence lists every pod: %s', (_what, observation, expected) => {
  const { diagnosis: _, logs: __, ...rest } = evidence(failed, '')
  const lines = formatEvidenceLines({ ...rest, diagnosis: undefined, logs: [], observation })
  expect(lines).toEqual(['Pods:', expected])
})
