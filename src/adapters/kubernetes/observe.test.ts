import { describe, expect, test } from 'vitest'
import type { PodWords } from '../../domain/rollout-redaction.ts'
import type { Kubectl } from './kubectl.ts'
import { observe } from './observe.ts'
import type { VersionFrom } from './pod-version.ts'

const owned = (name: string, uid: string, owner: string, more: object = {}) => ({
  metadata: { name, uid, ownerReferences: [{ uid: owner }], ...more },
})
const aPod = (name: string, owner: string, over: { metadata?: object; status?: object } = {}) => ({
  kind: 'Pod',
  metadata: { name, uid: name, ownerReferences: [{ uid: owner }], ...over.metadata },
  spec: { containers: [{ name: 'serve', env: [{ name: 'MODEL_VERSION', value: name.slice(-1) }] }] },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }], ...over.status },
})
const rs = (name: string, revision: number, owner = 'dep') => ({
  kind: 'ReplicaSet',
  ...owned(name, name, owner, { annotations: { 'deployment.kubernetes.io/revision': String(revision) } }),
})
const deployment = (over: object = {}) => ({
  kind: 'Deployment',
  metadata: { name: 'digits', namespace: 'ml', uid: 'dep', generation: 3 },
  spec: { replicas: 1, selector: { matchLabels: { app: 'digits' } } },
  status: { observedGeneration: 3, ...over },
})

/** kubectl that answers the first question with the workload, the second with what is around it. */
function cluster(workload: unknown, items: unknown[]): Kubectl {
  return {
    run: async () => '',
    create: async () => undefined,
    async get(args) {
      if (args[0] === 'events') return { items: [] }
      return args.includes('--selector') ? { items } : workload
    },
  }
}
const look = (kubectl: Kubectl, kind = 'deployment', words?: PodWords) =>
  observe(
    kubectl,
    { kind, name: 'digits', namespace: undefined },
    { from: 'env', name: 'MODEL_VERSION' },
    words,
  )

describe('one look at a Deployment', () => {
  test('tells the pods of the newest ReplicaSet from older ones', async () => {
    const seen = await look(
      cluster(deployment(), [rs('old', 1), rs('new', 2), aPod('pod-1', 'old'), aPod('pod-2', 'new')]),
    )
    expect(seen).toMatchObject({ workload: 'deployment/digits', namespace: 'ml', desired: 1, observed: true })
    expect(seen?.pods.map(({ name, fresh, version }) => [name, fresh, version])).toEqual([
      ['pod-1', false, '1'],
      ['pod-2', true, '2'],
    ])
  })

  test('after a rollback an old ReplicaSet is the newest again', async () => {
    const seen = await look(cluster(deployment(), [rs('old', 3), rs('new', 2), aPod('pod-1', 'old')]))
    expect(seen?.pods[0]?.fresh).toBe(true)
  })

  test('is worth nothing before the controller has seen the spec', async () => {
    const seen = await look(cluster(deployment({ observedGeneration: 2 }), [rs('new', 2)]))
    expect(seen?.observed).toBe(false)
  })

  test('passes over pods that end, have ended, or are somebody else’s', async () => {
    const pods = [
      aPod('ending-1', 'new', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }),
      aPod('evicted-1', 'new', { status: { phase: 'Failed' } }),
      aPod('stranger-1', 'elsewhere'),
      aPod('mine-1', 'new'),
    ]
    const seen = await look(cluster(deployment(), [rs('new', 2), rs('elsewhere', 9, 'other'), ...pods]))
    expect(seen?.pods.map(({ name }) => name)).toEqual(['mine-1'])
  })

  test('reads why pods cannot be made, and what a container last did', async () => {
    const quota = {
      type: 'ReplicaFailure',
      status: 'True',
      reason: 'FailedCreate',
      message: 'exceeded quota',
    }
    const crashed = aPod('pod-2', 'new', {
      status: {
        phase: 'Running',
        conditions: [],
        containerStatuses: [
          {
            name: 'serve',
            restartCount: 2,
            state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } },
            lastState: {
              terminated: { exitCode: 137, reason: 'OOMKilled', finishedAt: '2026-01-01T00:00:00Z' },
            },
          },
        ],
      },
    })
    const seen = await look(cluster(deployment({ conditions: [quota] }), [rs('new', 2), crashed]))
    expect(seen?.createFailure).toBe('exceeded quota')
    expect(seen?.pods[0]?.containers).toEqual([
      {
        name: 'serve',
        init: false,
        ready: false,
        restarts: 2,
        state: 'waiting',
        reason: 'CrashLoopBackOff',
        message: 'back-off 10s',
        exitCode: 137,
        endReason: 'OOMKilled',
        endMessage: '',
        endedAt: '2026-01-01T00:00:00Z',
        serves: true,
        ignored: false,
        probed: false,
      },
    ])
  })

  // With terminationMessagePolicy: FallbackToLogsOnError the kubelet fills the message with the last log lines.
  test.each<[PodWords | undefined, string, string]>([
    [undefined, 'password=*** is wrong', 'token: ***'],
    ['redacted', 'password=*** is wrong', 'token: ***'],
    ['full', 'password=hunter2 is wrong', 'token: hunter2'],
    ['off', '', 'token: ***'],
  ])('with evidence-logs %s tells what pods say as: %s', async (words, own, ofKubelet) => {
    const end = { exitCode: 1, reason: 'Error', message: 'password=hunter2 is wrong' }
    const said = { reason: 'x', message: 'token: hunter2' }
    const pod = aPod('pod-2', 'new', {
      status: {
        phase: 'Running',
        conditions: [
          { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: said.message },
        ],
        initContainerStatuses: [{ name: 'fetch', state: { terminated: end } }],
        containerStatuses: [{ name: 'serve', state: { waiting: said }, lastState: { terminated: end } }],
      },
    })
    const quota = { type: 'ReplicaFailure', status: 'True', ...said }
    const seen = await look(
      cluster(deployment({ conditions: [quota] }), [rs('new', 2), pod]),
      'deployment',
      words,
    )
    expect(seen).toMatchObject({ createFailure: ofKubelet, pods: [{ unschedulable: ofKubelet }] })
    expect(seen?.pods[0]?.containers).toMatchObject([
      { name: 'fetch', message: own, endMessage: own },
      { name: 'serve', message: ofKubelet, endMessage: own },
    ])
  })

  test.each<[string, object, object, object]>([
    ['nothing', {}, {}, { available: undefined, held: undefined }],
    ['minReadySeconds', { minReadySeconds: 9 }, { availableReplicas: 2 }, { available: 2 }],
    ['a pause', { paused: true }, {}, { held: 'paused' }],
  ])('respects %s', async (_title, spec, status, expected) => {
    const owner = deployment(status)
    Object.assign(owner.spec, spec)
    expect(await look(cluster(owner, [rs('new', 2)]))).toMatchObject({ template: 'new', ...expected })
  })

  test('that is not there is undefined', async () => {
    expect(await look(cluster(undefined, []))).toBeUndefined()
  })
})

test('pods of a StatefulSet are fresh by its update revision', async () => {
  const workload = { ...deployment(), kind: 'StatefulSet' }
  Object.assign(workload.status, { updateRevision: 'digits-b' })
  const revision = (name: string) => ({
    kind: 'ControllerRevision',
    ...owned(name, name, 'dep'),
    revision: 1,
  })
  const labelled = (name: string, hash: string) =>
    aPod(name, 'dep', { metadata: { labels: { 'controller-revision-hash': hash } } })
  const items = [
    revision('digits-a'),
    revision('digits-b'),
    labelled('pod-1', 'digits-a'),
    labelled('pod-2', 'digits-b'),
  ]
  const seen = await look(cluster(workload, items), 'statefulset')
  expect(seen?.pods.map(({ fresh }) => fresh)).toEqual([false, true])
})

test('pods of a DaemonSet are fresh by the hash of its highest revision', async () => {
  const workload = { ...deployment({ desiredNumberScheduled: 2 }), kind: 'DaemonSet' }
  const revision = (name: string, number: number) => ({
    kind: 'ControllerRevision',
    ...owned(`digits-${name}`, name, 'dep', { labels: { 'controller-revision-hash': name } }),
    revision: number,
  })
  const labelled = (name: string, hash: string) =>
    aPod(name, 'dep', { metadata: { labels: { 'controller-revision-hash': hash } } })
  const items = [revision('a', 2), revision('b', 1), labelled('pod-1', 'a'), labelled('pod-2', 'b')]
  const seen = await look(cluster(workload, items), 'daemonset')
  expect(seen).toMatchObject({ desired: 2, pods: [{ fresh: true }, { fresh: false }] })
})

describe('what has no conditions', () => {
  const created = (second: number) => ({ creationTimestamp: `2026-01-01T00:00:0${second}Z` })
  const refused = (second: number) => ({
    reason: 'FailedCreate',
    message: `exceeded quota at ${second}`,
    lastTimestamp: `2026-01-01T00:00:0${second}Z`,
    involvedObject: { kind: 'StatefulSet', name: 'digits' },
  })
  const see = async (events: object[], pods: object[], status = {}) => {
    const workload = { ...deployment({ updateRevision: 'digits-b', ...status }), kind: 'StatefulSet' }
    workload.spec.replicas = 2
    const { get } = cluster(workload, pods)
    const kubectl = {
      ...cluster(workload, pods),
      get: async (args: readonly string[]) => (args[0] === 'events' ? { items: events } : get(args)),
    }
    return (await look(kubectl, 'statefulset'))?.createFailure
  }

  test('says by its newest event why pods cannot be made', async () => {
    const pods = [aPod('pod-1', 'dep', { metadata: created(1) })]
    expect(await see([refused(3), refused(4), refused(2)], pods)).toBe('exceeded quota at 4')
  })

  test('does not, where one was made since, or all are there', async () => {
    const pods = [aPod('pod-1', 'dep', { metadata: created(5) })]
    expect(await see([refused(4)], pods)).toBeUndefined()
    expect(await see([refused(9)], [...pods, aPod('pod-2', 'dep')])).toBeUndefined()
    expect(await see([], [])).toBeUndefined()
  })

  test.each([
    ['on-delete', { type: 'OnDelete' }],
    ['partition', { type: 'RollingUpdate', rollingUpdate: { partition: 2 } }],
    [undefined, { type: 'RollingUpdate', rollingUpdate: { partition: 0 } }],
  ])('is held by its update strategy: %s', async (held, updateStrategy) => {
    const workload = { ...deployment({ updateRevision: 'digits-b' }), kind: 'StatefulSet' }
    Object.assign(workload.spec, { updateStrategy })
    expect((await look(cluster(workload, []), 'statefulset'))?.held).toBe(held)
  })
})

describe('in which container the model runs', () => {
  const named = { env: [{ name: 'MODEL_VERSION', value: '8' }] }
  const status = (name: string) => ({ name, state: { running: {} } })
  const see = async (containers: object[], where: VersionFrom, ignored: string[] = []) => {
    const pod = {
      ...aPod('pod-1', 'new'),
      spec: { containers, initContainers: [{ name: 'proxy', restartPolicy: 'Always' }, { name: 'fetch' }] },
      status: {
        phase: 'Running',
        initContainerStatuses: [status('proxy'), status('fetch')],
        containerStatuses: (containers as { name: string }[]).map(({ name }) => status(name)),
      },
    }
    const kubectl = cluster(deployment(), [rs('new', 2), pod])
    const ref = { kind: 'deployment', name: 'digits', namespace: undefined }
    return (await observe(kubectl, ref, where, 'full', ignored))?.pods[0]?.containers ?? []
  }
  const env: VersionFrom = { from: 'env', name: 'MODEL_VERSION' }
  const http: VersionFrom = { from: 'http', port: '8080', path: '/', field: 'v' }
  const serve = { name: 'serve', ...named, ports: [{ containerPort: 8080 }], readinessProbe: {} }
  const log = { name: 'log' }

  test.each<[string, object[], VersionFrom, string[], string[]]>([
    ['the only main one', [log], env, [], ['log']],
    ['the only main one that counts', [{ name: 'a' }, log], { from: 'label', key: 'x' }, ['a'], ['log']],
    ['the one that names the version', [log, serve], env, [], ['serve']],
    ['the one that is asked', [log, serve], http, [], ['serve']],
    ['the one whose image is meant', [serve, log], { from: 'image-tag' }, [], ['serve']],
    ['nobody knows', [log, serve], { from: 'label', key: 'x' }, [], []],
  ])('%s', async (_title, containers, where, ignored, expected) => {
    const seen = await see(containers, where, ignored)
    expect(seen.filter(({ serves }) => serves).map(({ name }) => name)).toEqual(expected)
    expect(seen.filter((each) => each.ignored).map(({ name }) => name)).toEqual(ignored)
  })

  test('an init container that is always restarted is a sidecar, and a probe is seen', async () => {
    const seen = await see([serve, log], env)
    expect(seen.map(({ name, init, probed }) => [name, init, probed])).toEqual([
      ['proxy', false, false],
      ['fetch', true, false],
      ['serve', false, true],
      ['log', false, false],
    ])
  })
})
