import { setTimeout as wait } from 'node:timers/promises'
import type { Kubectl } from '../../src/adapters/kubernetes/client/kubectl.ts'
import {
  type SmokeTestContext,
  type SmokeTestPlan,
  startSmokeTest,
} from '../../src/adapters/kubernetes/smoke-test/smoke-test.ts'
import type { GoldenRequest } from '../../src/domain/rollout/golden-requests.ts'

const manifest = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: fraud }
spec:
  selector: { matchLabels: { app: fraud } }
  template:
    metadata: { labels: { app: fraud } }
    spec:
      containers:
        - { name: serve, image: x, ports: [{ name: http, containerPort: 8080 }] }
`
export const request: GoldenRequest = {
  method: 'GET',
  port: 'http',
  path: '/',
  headers: {},
  body: undefined,
  expect: { status: 200, timeoutMs: 1000 },
}
type ContainerState = { terminated: object } | { running: object } | { waiting: object }
export const running = { running: {} }
export const exited = (exitCode: number) => ({ terminated: { exitCode, reason: 'Error' } })

export interface PodState {
  state?: ContainerState
  init?: ContainerState
  ready?: boolean
  version?: string
  status?: object
  metadata?: object
}
const buildPod = ({ state = running, init, ready = false, version = '8', status, metadata }: PodState) => ({
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'ml', ...metadata },
  spec: {
    initContainers: init ? [{ name: 'fetch' }] : [],
    containers: [
      { name: 'serve', env: [{ name: 'MODEL_VERSION', value: version }], readinessProbe: { exec: {} } },
    ],
  },
  status: {
    phase: 'Running',
    conditions: [{ type: 'ContainersReady', status: ready ? 'True' : 'False' }],
    initContainerStatuses: init ? [{ name: 'fetch', state: init }] : [],
    containerStatuses: [{ name: 'serve', ready, state }],
    ...status,
  },
})

/** A cluster that returns these states of the pod one after the other, then repeats the last one. Undefined means no pod. */
export function smokeTestCluster(
  states: readonly (PodState | undefined)[],
  create: () => unknown = () => ({}),
) {
  const calls: string[] = []
  const remaining = [...states]
  const kubectl: Kubectl = {
    async run(args) {
      calls.push(args.join(' '))
      return ''
    },
    async create(object) {
      calls.push(`create ${(object as { kind: string }).kind}`)
      return create()
    },
    async get(args) {
      calls.push(`get ${args[0]}`)
      const state = remaining.length > 1 ? remaining.shift() : remaining[0]
      return state && buildPod(state)
    },
  }
  const tools: SmokeTestContext = {
    namespace: 'ml',
    kubectl,
    uncancellableKubectl: kubectl,
    portForward: async () => {
      throw new Error('no port forward')
    },
    versionFrom: { from: 'env', name: 'MODEL_VERSION' },
    cancelled: undefined,
    onProgress: () => undefined,
    sleep: () => wait(2),
  }
  return { tools, calls }
}

/** Starts a smoke test of version 8 of the release `fraud`. `plan` overrides the defaults. */
export const startWith = (
  tools: SmokeTestContext,
  {
    time = 60_000,
    namespace,
    ...plan
  }: Partial<SmokeTestPlan> & { time?: number; namespace?: string | undefined } = {},
) =>
  startSmokeTest(tools, {
    manifest,
    previousManifest: '',
    ref: { kind: 'deployment', name: 'fraud', namespace },
    release: 'fraud',
    version: '8',
    runId: '77-1',
    requests: [request],
    deadline: Date.now() + time,
    ...plan,
  })
