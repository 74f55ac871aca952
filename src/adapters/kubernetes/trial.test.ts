import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { Fault } from '../../domain/failure.ts'
import type { GoldenRequest, Heard } from '../../domain/verify.ts'
import type { Kubectl } from './kubectl.ts'
import { beginTrial, endTrials, type TrialTools } from './trial.ts'

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
const request: GoldenRequest = {
  method: 'GET',
  port: 'http',
  path: '/',
  headers: {},
  body: undefined,
  expect: { status: 200, within: 1000 },
}
type State = { terminated: object } | { running: object } | { waiting: object }
const running = { running: {} }
const exited = (exitCode: number) => ({ terminated: { exitCode, reason: 'Error' } })

interface Look {
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
function cluster(looks: readonly (Look | undefined)[], create: () => unknown = () => ({})) {
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

const begin = (
  tools: TrialTools,
  more: { requests?: GoldenRequest[]; time?: number; namespace?: string | undefined } = {},
) =>
  beginTrial(tools, {
    manifest,
    before: '',
    ref: { kind: 'deployment', name: 'fraud', namespace: more.namespace },
    release: 'fraud',
    version: '8',
    run: '77-1',
    requests: more.requests ?? [request],
    deadline: Date.now() + (more.time ?? 60_000),
  })

test('what a dead run left goes before the pod is created', async () => {
  const { tools, calls } = cluster([{}])
  expect((await begin(tools)).kind).toBe('begun')
  expect(calls).toEqual([
    'delete pods --selector app.kubernetes.io/managed-by=retrain-actions,retrain-actions/verify=fraud --wait=false --grace-period=1 --ignore-not-found',
    'create Pod',
  ])
})

test('only the pods of one run are removed where it is named', async () => {
  const { tools, calls } = cluster([])
  await endTrials(tools.kubectl, 'fraud', '77-1')
  expect(calls[0]).toContain('retrain-actions/verify=fraud,retrain-actions/run=77-1 ')
})

test.each(['ml', undefined])(
  'it may be the namespace of the release that the workload names: %s',
  async (namespace) => {
    expect((await begin(cluster([{}]).tools, { namespace })).kind).toBe('begun')
  },
)

test('a workload in another namespace is refused before anything is created', async () => {
  const { tools, calls } = cluster([{}])
  await expect(begin(tools, { namespace: 'elsewhere' })).rejects.toThrow(
    /^Input verify: deployment\/fraud is in namespace elsewhere/,
  )
  expect(calls).toEqual([])
})

test('a port that no container names is told before anything is created', async () => {
  const { tools, calls } = cluster([{}])
  const requests = [{ ...request, port: 'htttp' }]
  await expect(begin(tools, { requests })).rejects.toThrow(
    'Input verify: no container names a port "htttp"; named are http.',
  )
  expect(calls).toEqual([])
})

describe('a pod that the cluster does not take', () => {
  const refusedBy = (said: string) => () => {
    throw new Fault({ system: 'Kubernetes', call: 'kubectl create', status: 1, said, next: 'Look.' })
  }
  test.each([
    ['quota', 'Error from server (Forbidden): pods "p" is forbidden: exceeded quota: small'],
    ['a policy', 'Error from server (Forbidden): pods "p" is forbidden: violates PodSecurity "restricted"'],
    ['a webhook', 'Error from server: admission webhook "x" denied the request: no'],
    ['a type', 'Error from server (BadRequest): Pod in version "v1" cannot be handled as a Pod'],
    ['a flaw', 'The Pod "p" is invalid: \n* spec.x: Invalid value'],
  ])('is FailedCreate: %s', async (_what, said) => {
    const begun = await begin(cluster([{}], refusedBy(said)).tools)
    expect(begun).toEqual({
      kind: 'failed',
      diagnosis: { reason: 'FailedCreate', said },
      observation: undefined,
    })
  })
  test.each([
    [
      'a missing right',
      'pods is forbidden: User "ci" cannot create resource "pods" in API group "" in the namespace "ml"',
    ],
    ['a server that is away', 'connection refused'],
  ])('is a fault: %s', async (_what, said) => {
    await expect(begin(cluster([{}], refusedBy(said)).tools)).rejects.toThrow(Fault)
  })
})

describe('it is watched', () => {
  const up = async (looks: readonly (Look | undefined)[], time?: number) => {
    const trial = await begin(cluster(looks).tools, time === undefined ? {} : { time })
    if (trial.kind !== 'begun') throw new Error('not begun')
    return trial.up()
  }
  const ready: Look = { ready: true }

  test('until its containers are ready, though no Service ever finds it so', async () => {
    expect(await up([{}, ready])).toMatchObject({ kind: 'proven', observation: { workload: 'pod/p' } })
  })

  test.each<[string, readonly (Look | undefined)[], object]>([
    ['its server ends', [{ state: exited(3) }], { reason: 'CrashLoopBackOff', exitCode: 3 }],
    ['its server ends with 0', [{ state: exited(0) }], { reason: 'CrashLoopBackOff' }],
    ['its download fails', [{ init: exited(2), state: { waiting: {} } }], { reason: 'InitContainerFailed' }],
    [
      'it is evicted, which is no fault of its server',
      [{ state: exited(137), status: { phase: 'Failed', reason: 'Evicted', message: 'low on memory' } }],
      { reason: 'Timeout', said: 'Evicted: low on memory' },
    ],
    [
      'someone deletes it',
      [{ state: exited(143), metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }],
      { reason: 'Timeout', said: expect.stringContaining('deleted') },
    ],
    ['it is gone', [{}, undefined], { reason: 'Timeout', said: expect.stringContaining('deleted') }],
  ])('until %s', async (_title, looks, diagnosis) => {
    expect(await up(looks)).toMatchObject({ kind: 'failed', diagnosis })
  })

  test('no longer than its time', async () => {
    expect(await up([{}], 1)).toMatchObject({ kind: 'failed', diagnosis: { reason: 'ReadinessProbeFailed' } })
  })

  test('for its time, where it names another version', async () => {
    expect(await up([{ ready: true, version: '7' }], 1)).toMatchObject({
      kind: 'failed',
      diagnosis: { reason: 'WrongVersion' },
    })
  })

  test('while its download runs, and after it is done', async () => {
    expect(
      await up([{ init: running }, { init: exited(0) }, { init: exited(0), ready: true }]),
    ).toMatchObject({
      kind: 'proven',
    })
  })
})

describe('it is asked', () => {
  const answer: Heard = { kind: 'answer', status: 200, body: '', milliseconds: 1 }
  const none: Heard = { kind: 'none', why: 'refused' }
  const asked = async (heard: readonly (Heard | Error)[], looks: readonly Look[] = [{ ready: true }]) => {
    const { tools } = cluster(looks)
    const left = [...heard]
    const ways: unknown[] = []
    const forward = async <T>(...[pod, port]: Parameters<TrialTools['forward']>): Promise<T> => {
      ways.push([/^fraud-verify-8-[a-z]{5}$/.test(pod), port])
      const next = left.length > 1 ? left.shift() : left[0]
      if (next instanceof Error) throw next
      return next as T
    }
    const trial = await begin({ ...tools, forward })
    if (trial.kind !== 'begun') throw new Error('not begun')
    return { heard: await trial.ask(request), ways }
  }
  const away = new Fault({ system: 'Kubernetes', call: 'port-forward', said: 'no way', next: 'Look.' })

  test('by the port that its container names', async () => {
    expect(await asked([answer])).toEqual({ heard: answer, ways: [[true, 8080]] })
  })
  test('again where it takes no connection, or there is no way to it for a moment', async () => {
    const { heard, ways } = await asked([none, away, answer])
    expect([heard, ways.length]).toEqual([answer, 3])
  })
  test('a few times only, where it has said that it is ready', async () => {
    const { heard, ways } = await asked([none])
    expect([heard, ways.length]).toEqual([none, 4])
  })
  test('once where it has answered late', async () => {
    expect((await asked([{ kind: 'late' }, answer])).heard).toEqual({ kind: 'late' })
  })
  test('no more where it ended over the request', async () => {
    const { heard } = await asked([none], [{ state: exited(3) }])
    expect(heard).toMatchObject({ kind: 'failed', diagnosis: { reason: 'CrashLoopBackOff', exitCode: 3 } })
  })
  test('not where the right to is missing', async () => {
    const said = 'User "ci" cannot create resource "pods/portforward" in API group "" in the namespace "ml"'
    const refused = new Fault({ system: 'Kubernetes', call: 'port-forward', said, next: 'Add it.' })
    await expect(asked([refused, answer])).rejects.toThrow(refused)
  })
})

test('its name is a host name, ends in letters, and has the release cut where it is long', async () => {
  const created: { metadata: { name: string } }[] = []
  const { tools } = cluster([{}])
  const kubectl = { ...tools.kubectl, create: async (object: unknown) => void created.push(object as never) }
  await beginTrial(
    { ...tools, kubectl },
    {
      manifest,
      before: '',
      ref: { kind: 'deployment', name: 'fraud', namespace: undefined },
      release: `${'a'.repeat(30)}-${'b'.repeat(22)}`,
      version: '123456789012345678',
      run: '1',
      requests: [request],
      deadline: Date.now() + 1000,
    },
  )
  const [{ metadata } = { metadata: { name: '' } }] = created
  expect(metadata.name).toMatch(/^a{30}-verify-123456789012345678-[bcdfghjklmnpqrstvwxz]{5}$/)
})
