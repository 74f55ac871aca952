import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HelmName } from './support/cluster/namespace.ts'
import { openTestEnvironment, type TestEnvironment } from './support/cluster/test-environment.ts'

const CRASH = { serve: 'echo "no such column: age"; exit 3' }

let cluster: TestEnvironment
beforeAll(async () => {
  cluster = await openTestEnvironment()
})
afterAll(() => cluster.close())

/** A Job that runs until it is deleted, so that it changes with the version. */
const job = (name: string, spec = '') => `
apiVersion: batch/v1
kind: Job
metadata: { name: ${name} }
spec:
  suspend: true
  ${spec}
  template:
    spec:
      restartPolicy: Never
      containers: [{ name: fetch, image: x, command: [echo, "{{ .Values.model.version }}"] }]
`
const adapter = (group: string, version: string) => `
apiVersion: ${group}/${version}
kind: Adapter
metadata: { name: "{{ .Release.Name }}" }
`

describe.concurrent.each(['helm3', 'helm4'] as const)('with %s', (helm) => {
  const deploy = (release: string, version: string, values: object, more: Record<string, string> = {}) =>
    cluster.deploy(helm, { release, 'model-version': version, values: JSON.stringify(values), ...more })

  test('a Job that a failed rollout would leave in the way of its rollback is refused before anything is touched', async () => {
    const release = `job-${helm}`
    const name = `${release}-fetch`
    const objects = job(name)
    expect((await deploy(release, '1', { objects })).outputs.outcome).toBe('deployed')
    // As its ttl does.
    await cluster.kubectl('delete', 'job', name)
    const { outputs, failure } = await deploy(release, '2', { objects, ...CRASH })
    expect(outputs).toMatchObject({ outcome: 'refused', 'live-model-version': '1', 'live-revision': '1' })
    expect(failure?.message).toMatch(
      new RegExp(
        `revision 1 \\(version 1\\): Job ${name}: spec.template: is immutable.*helm.sh/hook.*rollback-on-failure`,
      ),
    )
    expect(await cluster.listRevisions(helm, release)).toHaveLength(1)
    expect(await cluster.kubectl('get', 'jobs', '--output', 'name')).not.toContain(name)

    // A Job that deletes itself in time is waited for.
    const expiring = job(name, 'ttlSecondsAfterFinished: 1')
      .replace('suspend: true', 'backoffLimit: 0')
      .replace('image: x', 'image: retrain-actions/digits:rig, imagePullPolicy: Never')
    const bad = await deploy(release, '2', { objects: expiring, ...CRASH })
    expect(bad.outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': '1' })
  })

  test('a rollback that is blocked adds no revision, and goes on once one command of a person removed what blocks it', async () => {
    const release = `blocked-${helm}`
    const name = `${release}-fetch`
    const values = { objects: '' }
    expect((await deploy(release, '1', { objects: job(name) })).outputs.outcome).toBe('deployed')
    expect((await deploy(release, '2', values)).outputs.outcome).toBe('deployed')
    // The Job of another owner, with other content.
    await cluster.apply({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name },
      spec: {
        suspend: true,
        template: { spec: { restartPolicy: 'Never', containers: [{ name: 'other', image: 'x' }] } },
      },
    })
    const before = await cluster.listRevisions(helm, release)
    const blocked = await cluster.rollBackVersion(helm, release, '2')
    expect(blocked.outputs).toMatchObject({ outcome: 'refused', 'live-model-version': '2' })
    expect(blocked.failure?.message).toMatch(
      new RegExp(`Job ${name}: spec.template.*"kubectl delete job ${name} --namespace ${cluster.namespace}"`),
    )
    expect(await cluster.listRevisions(helm, release)).toEqual(before)

    await cluster.kubectl('delete', 'job', name)
    const { outputs } = await cluster.rollBackVersion(helm, release, '2')
    expect(outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': '1' })
  })
})

describe('an API version that is gone', () => {
  /** A unique name, because a definition is cluster-wide. */
  const group = `g${randomUUID().slice(0, 8)}.example.com`
  const serve = (...served: string[]) => {
    const schema = {
      openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    }
    const versions = ['v1', 'v1beta1'].map((name) => ({
      name,
      served: served.includes(name),
      storage: name === 'v1',
      schema,
    }))
    return cluster.apply({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `adapters.${group}` },
      spec: { group, scope: 'Namespaced', names: { plural: 'adapters', kind: 'Adapter' }, versions },
    })
  }
  const deploy = (helm: HelmName, release: string, version: string, api: string, more = {}) =>
    cluster.deploy(helm, {
      release,
      'model-version': version,
      values: JSON.stringify({ objects: adapter(group, api), ...more }),
    })
  const waitForApi = () =>
    cluster.kubectl('wait', '--for=condition=Established', 'crd', `adapters.${group}`, '--timeout=20s')
  afterAll(() => cluster.kubectl('delete', 'crd', `adapters.${group}`, '--wait=false'))

  test('is passed over, or the rollback is refused; a release that is wedged already is unlocked', async () => {
    await serve('v1', 'v1beta1')
    await waitForApi()
    const both = ['helm3', 'helm4'] as const
    await Promise.all(
      both.map(async (helm) => {
        const release = `api-${helm}`
        for (const [version, api] of [
          ['1', 'v1beta1'],
          ['5', 'v1'],
        ] as const)
          expect((await deploy(helm, release, version, api)).outputs.outcome).toBe('deployed')
      }),
    )
    await serve('v1')
    await Promise.all(
      both.map(async (helm) => {
        const release = `api-${helm}`
        const before = await cluster.listRevisions(helm, release)
        const { outputs, failure } = await cluster.rollBackVersion(helm, release, '5')
        expect(outputs).toMatchObject({ outcome: 'refused', 'live-model-version': '5' })
        expect(failure?.message).toMatch(
          new RegExp(`Adapter ${release}: the cluster has no kind Adapter in version ${group}/v1beta1`),
        )
        expect(await cluster.listRevisions(helm, release)).toEqual(before)
      }),
    )
  })
})
