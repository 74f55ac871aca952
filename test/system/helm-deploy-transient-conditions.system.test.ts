import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { repository } from '../../rig/paths.ts'
import {
  BECOME_READY,
  type DeployRequest,
  deployTo,
  newReleaseName,
  startImageRegistry,
} from './support/cluster/failing-releases.ts'
import { type HelmName, type Namespace, openNamespace } from './support/cluster/namespace.ts'

const ranker = join(repository, 'test/system/charts/ranker')
const ANNOTATION = 'annotation:models.example.com/version'

let cluster: Namespace
/** A quota without room for any pod. */
let quotaSpace: Namespace
beforeAll(async () => {
  ;[cluster, quotaSpace] = await Promise.all([openNamespace(), openNamespace()])
  await quotaSpace.apply({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'no-pods' },
    spec: { hard: { pods: '0' } },
  })
})
afterAll(() => Promise.all([cluster.close(), quotaSpace.close()]))
const deploy = (helm: HelmName, wanted: DeployRequest) => deployTo(cluster, helm, wanted)

describe.concurrent('a condition that may still resolve gets the whole timeout, and then a diagnosis', () => {
  // Long enough for a busy kubelet to start the pod and report its probe.
  const timeout = '30s'

  test.each<[string, HelmName, Record<string, string>, RegExp]>([
    ['a Deployment', 'helm4', {}, /^ReplicaSet\//],
    ['a StatefulSet', 'helm3', { chart: ranker, 'version-from': ANNOTATION }, /^StatefulSet\//],
  ])('no room in the quota for %s: evidence without a pod', async (_title, helm, given, object) => {
    const { outputs, evidence } = await deployTo(quotaSpace, helm, {
      values: {},
      timeout,
      extraInputs: given,
    })
    expect(outputs).toMatchObject({ outcome: 'uninstalled', 'failure-reason': 'FailedCreate' })
    expect(evidence?.diagnosis?.message).toContain('exceeded quota')
    expect(evidence?.observation?.pods).toEqual([])
    expect(evidence?.events.map((each) => each.object)).toContainEqual(expect.stringMatching(object))
  })

  test('a StatefulSet with OnDelete whose pods stay', async () => {
    const release = newReleaseName()
    const values = { replicaCount: 1, updateStrategy: { type: 'OnDelete', rollingUpdate: null } }
    const given = { chart: ranker, 'version-from': ANNOTATION }
    const first = await deploy('helm4', { release, values, extraInputs: given })
    expect(first.outputs.outcome).toBe('deployed')
    const next = await deploy('helm4', { release, version: '2', values, extraInputs: given, timeout: '30s' })
    expect(next.outputs).toMatchObject({
      outcome: 'rolled-back',
      'failure-reason': 'RolloutPaused',
      'live-model-version': '1',
    })
    expect(next.message).toContain('only replaced when it is deleted')
  })

  test.each<[string, HelmName, object, string, RegExp]>([
    ['no node for it', 'helm3', { nodeSelector: { 'no/such': 'node' } }, 'Unschedulable', /0\/1 nodes/],
    [
      'a readiness probe',
      'helm4',
      { serve: BECOME_READY, readiness: 'echo "not loaded"; false' },
      'ReadinessProbeFailed',
      /Readiness probe failed: not loaded/,
    ],
  ])('%s', async (_title, helm, values, reason, said) => {
    const { outputs, message, seconds } = await deploy(helm, { values, timeout })
    expect(outputs['failure-reason']).toBe(reason)
    expect(message).toMatch(said)
    expect(seconds).toBeGreaterThan(30)
  })

  test('a readiness gate that nothing sets', async () => {
    const values = { serve: BECOME_READY, readinessGate: 'example.com/lb' }
    const { outputs, message } = await deploy('helm3', { values, timeout })
    expect(outputs['failure-reason']).toBe('ReadinessGatesNotReady')
    expect(message).toContain('but not its readiness gate example.com/lb (no controller has set it)')
  })

  test('a pod that is evicted, and its successor', async () => {
    const release = newReleaseName()
    // The kubelet would overwrite the status of a pod that it runs.
    const deployed = deploy('helm4', { release, values: { nodeSelector: { 'no/such': 'node' } }, timeout })
    const path = 'jsonpath={.items[*].metadata.name}'
    const listPods = () => cluster.kubectl('get', 'pods', '--selector', `app=${release}`, '--output', path)
    let pod = ''
    for (; pod === ''; await sleep(500)) pod = await listPods()
    const status = { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' }
    await cluster.kubectl(
      'patch',
      'pod',
      pod,
      '--subresource',
      'status',
      '--patch',
      JSON.stringify({ status }),
    )
    const { outputs, message, evidence } = await deployed
    expect(outputs['failure-reason']).toBe('PodFailed')
    expect(message).toContain(`PodFailed in pod ${pod}: Evicted: The node was low on resource: memory.`)
    expect(evidence?.observation?.inactivePods).toMatchObject([{ name: pod, end: { reason: 'Evicted' } }])
  })

  test('a pod of a StatefulSet that does not end', async () => {
    const release = newReleaseName()
    const given = { chart: ranker, 'version-from': ANNOTATION }
    const values = { replicaCount: 1 }
    const first = await deploy('helm3', { release, values, extraInputs: given })
    expect(first.outputs.outcome).toBe('deployed')
    const path = 'jsonpath={.items[0].metadata.name}'
    const selector = `app.kubernetes.io/instance=${release}`
    const pod = await cluster.kubectl('get', 'pods', '--selector', selector, '--output', path)
    const hold = (finalizers: string[]) =>
      cluster.kubectl(
        'patch',
        'pod',
        pod,
        '--type=merge',
        '--patch',
        JSON.stringify({ metadata: { finalizers } }),
      )
    await hold(['example.com/hold'])
    try {
      const next = await deploy('helm3', {
        release,
        version: '2',
        values,
        extraInputs: given,
        timeout: '15s',
      })
      expect(next.outputs).toMatchObject({
        outcome: 'rollback-failed',
        'failure-reason': 'PodTerminating',
      })
      expect(next.message).toMatch(
        /PodTerminating in pod \S+-0: it is being deleted since 20.*example.com\/hold/,
      )
      expect(next.summary).toContain(pod)
      expect(next.evidence?.observation?.inactivePods).toMatchObject([{ name: pod, updated: false }])
    } finally {
      await hold([])
    }
  })

  test('an image that is being pulled', async () => {
    const { image, server } = await startImageRegistry(undefined)
    const values = { image, pullPolicy: 'IfNotPresent' }
    const { outputs, message } = await deploy('helm3', { values, timeout })
    server.closeAllConnections()
    server.close()
    expect(outputs['failure-reason']).toBe('Timeout')
    expect(message).toContain(`still pulling image "${image}" since 20`)
  })

  test('a busy image registry', async () => {
    const { image, server } = await startImageRegistry(503)
    const values = { image, pullPolicy: 'IfNotPresent' }
    const { outputs, message, seconds } = await deploy('helm4', { values, timeout })
    server.close()
    expect(outputs['failure-reason']).toBe('ImagePullBackOff')
    expect(message).toContain('503')
    expect(seconds).toBeGreaterThan(30)
  })

  test('a sidecar of ignore-containers that crashes', async () => {
    const { outputs, message, seconds } = await deploy('helm4', {
      values: { serve: BECOME_READY, sidecar: 'exit 5' },
      extraInputs: { 'ignore-containers': 'sidecar' },
      timeout: '40s',
    })
    expect(outputs['failure-reason']).toBe('Timeout')
    expect(message).toContain('container sidecar is not ready, and is one of ignore-containers')
    expect(seconds).toBeGreaterThan(40)
  })
})

describe.concurrent('a slow rollout that succeeds is never stopped', () => {
  const once = `test -f /state/once || { touch /state/once; exit 1; }; ${BECOME_READY}`

  test.each<[string, HelmName, object]>([
    ['one crash, then good', 'helm3', { serve: once }],
    [
      'one failure of the init container, then good',
      'helm4',
      { serve: BECOME_READY, init: once.replace(BECOME_READY, 'true') },
    ],
    ['twenty seconds of start', 'helm4', { serve: `sleep 20; ${BECOME_READY}` }],
    [
      'pods that are slow while a hook waits for them',
      'helm3',
      { serve: `sleep 5; ${BECOME_READY}`, hook: 'sleep 8', hookOn: 'post-install' },
    ],
  ])('%s', async (_title, helm, values) => {
    expect((await deploy(helm, { values })).outputs.outcome).toBe('deployed')
  })

  test('a Secret that is created late', async () => {
    const name = `late-${randomUUID().slice(0, 8)}`
    const deployed = deploy('helm3', { values: { serve: BECOME_READY, secret: name } })
    await sleep(12_000)
    await cluster.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: { key: 'x' } })
    expect((await deployed).outputs.outcome).toBe('deployed')
  })

  test('no matching node, and then one', async () => {
    const label = `room-${randomUUID().slice(0, 8)}`
    const deployed = deploy('helm4', { values: { serve: BECOME_READY, nodeSelector: { [label]: 'yes' } } })
    await sleep(12_000)
    await cluster.kubectl('label', 'nodes', '--all', `${label}=yes`)
    try {
      expect((await deployed).outputs.outcome).toBe('deployed')
    } finally {
      await cluster.kubectl('label', 'nodes', '--all', `${label}-`)
    }
  })
})
