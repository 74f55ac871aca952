import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { repository } from '../../rig/places.ts'
import type { Evidence } from '../../src/domain/rollout-evidence.ts'
import { type HelmName, type Namespace, openNamespace } from './helm-releases.ts'

const chart = join(repository, 'test/system/charts/bench')
const ranker = join(repository, 'test/system/charts/ranker')
const ANNOTATION = 'annotation:models.example.com/version'
const READY = 'touch /tmp/ready; exec sleep 3600'

let space: Namespace
/** One without room for any pod. */
let narrow: Namespace
/** A registry that has nothing, and one that is not to be spoken to. */
let registries: { empty: Server; busy: Server }
beforeAll(async () => {
  ;[space, narrow] = await Promise.all([openNamespace(), openNamespace()])
  registries = { empty: await registry(404), busy: await registry(503) }
  await narrow.apply({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'no-pods' },
    spec: { hard: { pods: '0' } },
  })
})
afterAll(async () => {
  for (const server of Object.values(registries)) server.close()
  await Promise.all([space.close(), narrow.close()])
})

async function registry(status: number): Promise<Server> {
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/v2/' ? 200 : status).end()
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return server
}

function imageOf(server: Server): string {
  return `127.0.0.1:${(server.address() as AddressInfo).port}/nowhere:1`
}

interface Wanted {
  release?: string
  version?: string
  /** Of the chart. */
  values: object
  timeout?: string
  given?: Record<string, string>
  in?: Namespace
}

/** Deploys what is wanted, a first install unless a release is named, and reads the evidence where there is some. */
async function deploy(helm: HelmName, { values, timeout = '90s', given = {}, ...wanted }: Wanted) {
  const release = wanted.release ?? `r-${randomUUID().slice(0, 8)}`
  const began = Date.now()
  const done = await (wanted.in ?? space).deploy(helm, {
    release,
    chart,
    'model-version': wanted.version ?? '1',
    values: JSON.stringify(values),
    timeout,
    ...given,
  })
  const file = join(done.outputs.evidence ?? '', 'evidence.json')
  const evidence: Evidence | undefined = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
  const seconds = (Date.now() - began) / 1000
  return { ...done, release, evidence, seconds, message: done.failure?.message ?? '' }
}

/** Seconds from the second end of the container that failed until that was called its failure. */
function afterSecondEnd({ diagnosis, observation, at }: Partial<Evidence> = {}): number {
  const pod = observation?.pods.find(({ name }) => name === diagnosis?.pod)
  const seen = pod?.containers.find(({ name }) => name === diagnosis?.container)
  // Down after one restart: so this was its second end, and not a later one.
  expect(seen).toMatchObject({ restarts: 1 })
  return (Date.parse(at ?? '') - Date.parse(seen?.endedAt ?? '')) / 1000
}

describe.concurrent('a failure is called with its reason, long before the time is over', () => {
  test('a server that crashes: within ten seconds of its second crash, and what served before serves again', async () => {
    const release = `r-${randomUUID().slice(0, 8)}`
    const good = await deploy('helm4', { release, values: { serve: READY } })
    expect(good.outputs.outcome).toBe('deployed')
    const serve = 'echo "::error::no module named pandas"; exit 3'
    const bad = await deploy('helm4', { release, version: '2', values: { serve } })
    expect(bad.outputs).toMatchObject({
      outcome: 'rolled-back',
      'failure-reason': 'CrashLoopBackOff',
      'live-model-version': '1',
    })
    expect(afterSecondEnd(bad.evidence)).toBeLessThan(10)
    expect(bad.evidence).toMatchObject({
      diagnosis: { container: 'serve', exitCode: 3 },
      observation: { conditions: expect.arrayContaining([expect.objectContaining({ type: 'Progressing' })]) },
    })
    expect(bad.evidence?.logs.map(({ previous }) => previous).sort()).toEqual([false, true])
    expect(bad.evidence?.events.map(({ reason }) => reason)).toContain('BackOff')
  })

  test('an init container that fails', async () => {
    const { outputs, evidence, message } = await deploy('helm3', {
      values: { init: 'echo "version 1 has no MLmodel file"; exit 2' },
    })
    expect(outputs).toMatchObject({ outcome: 'uninstalled', 'failure-reason': 'InitContainerFailed' })
    expect(afterSecondEnd(evidence)).toBeLessThan(10)
    expect(message).toContain('last words: "version 1 has no MLmodel file"')
  })

  test('a server that wants more memory than it may have', async () => {
    const { outputs, evidence } = await deploy('helm3', {
      values: { serve: 'exec tail /dev/zero', memory: '32Mi' },
    })
    expect(outputs['failure-reason']).toBe('OOMKilled')
    expect(afterSecondEnd(evidence)).toBeLessThan(10)
  })

  test('a server that the kubelet ends, with the probe that it did not answer', async () => {
    const values = { serve: READY, liveness: 'echo "no answer"; false', readiness: 'false' }
    const { outputs, message } = await deploy('helm4', { values })
    expect(outputs['failure-reason']).toBe('CrashLoopBackOff')
    expect(message).toMatch(/failed liveness probe.*Liveness probe failed: no answer/)
  })

  test('an image that the registry does not have', async () => {
    const { outputs, seconds, message } = await deploy('helm3', {
      values: { image: imageOf(registries.empty), pullPolicy: 'IfNotPresent' },
    })
    expect(outputs['failure-reason']).toBe('ImagePullBackOff')
    expect(message).toContain('not found')
    expect(seconds).toBeLessThan(60)
  })

  test('a Secret that nobody brings', async () => {
    const { outputs, seconds, message } = await deploy('helm4', {
      values: { serve: READY, secret: 'nobody' },
    })
    expect(outputs['failure-reason']).toBe('CreateContainerConfigError')
    expect(message).toContain('secret "nobody" not found')
    expect(seconds).toBeGreaterThan(30)
    expect(seconds).toBeLessThan(100)
  })

  test('a sidecar that crashes: named, and not taken for the model', async () => {
    const { evidence } = await deploy('helm3', { values: { serve: READY, sidecar: 'exit 5' } })
    expect(evidence?.diagnosis).toMatchObject({
      reason: 'CrashLoopBackOff',
      container: 'sidecar',
      sidecar: true,
      exitCode: 5,
    })
  })
})

describe.concurrent('a hook', () => {
  test.each(['helm3', 'helm4'] as const)(
    'of %s that fails is the reason, its log the evidence',
    async (helm) => {
      const { outputs, evidence, message } = await deploy(helm, {
        values: { serve: READY, hook: 'echo "no such table"; exit 4', hookOn: 'pre-install' },
      })
      expect(outputs).toMatchObject({ outcome: 'uninstalled', 'failure-reason': 'HookFailed' })
      expect(evidence?.diagnosis).toMatchObject({ container: 'hook', exitCode: 4 })
      expect(message).toContain('last words: "no such table"')
    },
  )

  test.each(['helm3', 'helm4'] as const)(
    'that makes %s wait on pods that crash: helm is ended, and the pods are the reason',
    async (helm) => {
      const { outputs, evidence, message, seconds } = await deploy(helm, {
        timeout: '150s',
        values: { serve: 'echo bad; exit 3', hook: 'exec sleep 600', hookOn: 'post-install' },
      })
      expect(outputs).toMatchObject({ outcome: 'uninstalled', 'failure-reason': 'CrashLoopBackOff' })
      expect(evidence?.diagnosis).toMatchObject({ container: 'serve', exitCode: 3 })
      expect(seconds).toBeLessThan(100)
      expect(message).not.toMatch(/signal|killed|ended by us/)
    },
  )
})

describe.concurrent('what may still mend gets all of its time, and then its reason', () => {
  const timeout = '12s'

  test.each<[string, HelmName, Record<string, string>, RegExp]>([
    ['a Deployment', 'helm4', {}, /^ReplicaSet\//],
    ['a StatefulSet', 'helm3', { chart: ranker, 'version-from': ANNOTATION }, /^StatefulSet\//],
  ])(
    'no room in the quota for %s: there is no pod, and still evidence',
    async (_title, helm, given, object) => {
      const { outputs, evidence } = await deploy(helm, { values: {}, in: narrow, timeout, given })
      expect(outputs).toMatchObject({ outcome: 'uninstalled', 'failure-reason': 'FailedCreate' })
      expect(evidence?.diagnosis?.said).toContain('exceeded quota')
      expect(evidence?.observation?.pods).toEqual([])
      expect(evidence?.events.map((each) => each.object)).toContainEqual(expect.stringMatching(object))
    },
  )

  test('a StatefulSet whose pods nobody deletes, though its strategy is OnDelete', async () => {
    const release = `r-${randomUUID().slice(0, 8)}`
    const values = { replicaCount: 1, updateStrategy: { type: 'OnDelete', rollingUpdate: null } }
    const given = { chart: ranker, 'version-from': ANNOTATION }
    const first = await deploy('helm4', { release, values, given })
    expect(first.outputs.outcome).toBe('deployed')
    const next = await deploy('helm4', { release, version: '2', values, given, timeout })
    expect(next.outputs).toMatchObject({
      outcome: 'rolled-back',
      'failure-reason': 'RolloutHeld',
      'live-model-version': '1',
    })
    expect(next.message).toContain('only replaced when someone deletes it')
  })

  test.each<[string, HelmName, object, string, RegExp]>([
    ['no node for it', 'helm3', { nodeSelector: { 'no/such': 'node' } }, 'Unschedulable', /0\/1 nodes/],
    [
      'a readiness probe',
      'helm4',
      { serve: READY, readiness: 'echo "not loaded"; false' },
      'ReadinessProbeFailed',
      /Readiness probe failed: not loaded/,
    ],
    ['a registry that is busy', 'helm4', { pullPolicy: 'IfNotPresent' }, 'ImagePullBackOff', /503/],
  ])('%s', async (_title, helm, values, reason, said) => {
    const image = reason === 'ImagePullBackOff' ? { image: imageOf(registries.busy) } : {}
    const { outputs, message, seconds } = await deploy(helm, { values: { ...values, ...image }, timeout })
    expect(outputs['failure-reason']).toBe(reason)
    expect(message).toMatch(said)
    expect(seconds).toBeGreaterThan(12)
  })

  test('a sidecar of ignore-containers that crashes', async () => {
    const { outputs, message, seconds } = await deploy('helm4', {
      values: { serve: READY, sidecar: 'exit 5' },
      given: { 'ignore-containers': 'sidecar' },
      timeout,
    })
    expect(outputs['failure-reason']).toBe('Timeout')
    expect(message).toContain('ignore-containers')
    expect(seconds).toBeGreaterThan(12)
  })
})

describe.concurrent('what is slow, and good, is never ended', () => {
  const once = `test -f /state/once || { touch /state/once; exit 1; }; ${READY}`

  test.each<[string, HelmName, object]>([
    ['one crash, then good', 'helm3', { serve: once }],
    [
      'one failure of the init container, then good',
      'helm4',
      { serve: READY, init: once.replace(READY, 'true') },
    ],
    ['twenty seconds of start', 'helm4', { serve: `sleep 20; ${READY}` }],
    [
      'pods that are slow while a hook waits for them',
      'helm3',
      { serve: `sleep 5; ${READY}`, hook: 'sleep 8', hookOn: 'post-install' },
    ],
  ])('%s', async (_title, helm, values) => {
    expect((await deploy(helm, { values })).outputs.outcome).toBe('deployed')
  })

  test('a Secret that comes late', async () => {
    const name = `late-${randomUUID().slice(0, 8)}`
    const deployed = deploy('helm3', { values: { serve: READY, secret: name } })
    await sleep(12_000)
    await space.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: { key: 'x' } })
    expect((await deployed).outputs.outcome).toBe('deployed')
  })

  test('no node for it, and then one', async () => {
    const label = `room-${randomUUID().slice(0, 8)}`
    const deployed = deploy('helm4', { values: { serve: READY, nodeSelector: { [label]: 'yes' } } })
    await sleep(12_000)
    await space.kubectl('label', 'nodes', '--all', `${label}=yes`)
    try {
      expect((await deployed).outputs.outcome).toBe('deployed')
    } finally {
      await space.kubectl('label', 'nodes', '--all', `${label}-`)
    }
  })
})
