import { setTimeout as wait } from 'node:timers/promises'
import type { Kubectl } from '../../src/adapters/kubernetes/kubectl.ts'
import { beginTrial, type TrialPlan, type TrialTools } from '../../src/adapters/kubernetes/trial.ts'
import type { GoldenRequest } from '../../src/domain/verify.ts'

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
  expect: { status: 200, within: 1000 },
}
type State = { terminated: object } | { running: object } | { waiting: object }
export const running = { running: {} }
export const exited = (exitCode: number) => ({ terminated: { exitCode, reason: 'Error' } })

export interface Look {
  state?: State
  init?: State
  ready?: boolean
  version?: string
  status?: object
  metadata?: object
}
const podSeen = ({ state = running, init, ready = false, version = '8', status, metadata }: Look) => ({
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

/** A cluster that shows the pod as these looks do, the last one for ever; undefined: there is no such pod. */
export function cluster(looks: readonly (Look | undefined)[], create: () => unknown = () => ({})) {
  const calls: string[] = []
  const left = [...looks]
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
      const look = left.length > 1 ? left.shift() : left[0]
      return look && podSeen(look)
    },
  }
  const tools: TrialTools = {
    namespace: 'ml',
    kubectl,
    tidying: kubectl,
    forward: async () => {
      throw new Error('no way')
    },
    versionFrom: { from: 'env', name: 'MODEL_VERSION' },
    telling: { words: 'redacted', ignored: [] },
    cancelled: undefined,
    say: () => undefined,
    // Time passes, but not much.
    sleep: () => wait(2),
  }
  return { tools, calls }
}

/** Begins a trial of version 8 of the release `fraud`, unless told otherwise. */
export const begin = (
  tools: TrialTools,
  {
    time = 60_000,
    namespace,
    ...plan
  }: Partial<TrialPlan> & { time?: number; namespace?: string | undefined } = {},
) =>
  beginTrial(tools, {
    manifest,
    before: '',
    ref: { kind: 'deployment', name: 'fraud', namespace },
    release: 'fraud',
    version: '8',
    run: '77-1',
    requests: [request],
    deadline: Date.now() + time,
    ...plan,
  })
