import { expect, test } from 'vitest'
import { exited, type PodState, smokeTestCluster } from '../../../../test/fakes/smoke-test.ts'
import { pod, workloadStatus } from '../../../../test/fakes/workload-status.ts'
import { Fault } from '../../../domain/core/errors.ts'
import type { ObservedPod } from '../../../domain/rollout/workload-status.ts'
import { type PreviousVersionPlan, startPreviousVersion } from './previous-version.ts'

const manifest = (version: string, command = 'serve', config = 'a') => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: fraud }
spec:
  selector: { matchLabels: { app: fraud } }
  template:
    metadata: { labels: { app: fraud, version: "${version}" } }
    spec:
      volumes: [{ name: config, configMap: { name: settings } }]
      containers: [{ name: serve, image: x, command: [${command}] }]
---
apiVersion: v1
kind: ConfigMap
metadata: { name: settings, labels: { chart: "${version}" } }
data: { key: ${config} }
`
const older = '2026-01-01T00:00:00Z'
const newer = '2026-01-01T00:01:00Z'
const livePod = (over: Partial<ObservedPod> = {}) =>
  pod({ name: 'live', version: '7', createdAt: older, ...over })

async function start({
  states = [{ ready: true, version: '7' }],
  live = livePod(),
  create,
  ...plan
}: Partial<PreviousVersionPlan> & {
  states?: readonly PodState[]
  live?: ObservedPod
  create?: () => unknown
} = {}) {
  const { tools, calls } = smokeTestCluster(states, create)
  const result = await startPreviousVersion(
    tools,
    {
      manifest: manifest('8'),
      previousManifest: manifest('7'),
      ref: { kind: 'deployment', name: 'fraud', namespace: undefined },
      release: 'fraud',
      version: '7',
      candidate: '8',
      candidateCreatedAt: older,
      runId: '77-1',
      deadline: Date.now() + 60_000,
      ...plan,
    },
    async () => workloadStatus([live]),
  )
  return { result, calls }
}

test('a pod of the previous version starts beside the release, and is deleted', async () => {
  const { result, calls } = await start()
  expect(result).toEqual({ kind: 'started', beside: true })
  expect(calls.filter((call) => !call.startsWith('get'))).toEqual([
    expect.stringMatching(/^delete pods .*smoke-test=fraud /),
    'create Pod',
    expect.stringMatching(/^delete pods .*smoke-test=fraud,.*run-id=77-1 /),
  ])
})

test('a live pod that has started since the candidate needs no other pod', async () => {
  const { result, calls } = await start({ live: livePod({ createdAt: newer }) })
  expect([result, calls]).toEqual([{ kind: 'started', beside: false }, []])
})

test.each<[string, ObservedPod]>([
  ['that is not ready', livePod({ createdAt: newer, ready: false })],
  ['of another version', livePod({ createdAt: newer, version: '8' })],
])('a live pod %s does not count', async (_title, live) => {
  expect((await start({ live })).result).toEqual({ kind: 'started', beside: true })
})

test('a previous version that exits, too', async () => {
  const { result, calls } = await start({ states: [{ state: exited(1) }] })
  expect(result).toEqual({ kind: 'failed' })
  expect(calls.at(-1)).toMatch(/^delete pods/)
})

test.each<[string, Parameters<typeof start>[0], RegExp]>([
  [
    'another command',
    { manifest: manifest('8', 'other') },
    /more than the version differs .* versions 8 and 7/,
  ],
  ['another ConfigMap', { manifest: manifest('8', 'serve', 'b') }, /more than the version differs/],
  ['no such workload', { previousManifest: '' }, /more than the version differs/],
  ['no time', { deadline: 0 }, /no time was left/],
  [
    'a pod that is evicted',
    { states: [{ status: { phase: 'Failed', reason: 'Evicted', message: 'low on memory' } }] },
    /did not start beside release fraud either: Timeout in pod p: Evicted: low on memory/,
  ],
  [
    'no permission',
    {
      create: () => {
        throw new Fault({
          system: 'Kubernetes',
          call: 'create',
          detail: 'pods is forbidden',
          hint: 'Add it.',
        })
      },
    },
    /could not be started beside release fraud: .*forbidden/,
  ],
])(
  'says nothing: %s',
  async (_title, over, cause) => {
    expect((await start(over)).result).toEqual({
      kind: 'not-comparable',
      cause: expect.stringMatching(cause),
    })
  },
  20_000,
)
