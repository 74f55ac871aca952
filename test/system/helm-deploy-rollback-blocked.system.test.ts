import { randomUUID } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
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
const headless = (name: string) => `
apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec: { clusterIP: None, ports: [{ port: 80 }] }
`
const store = (name: string, storage: string) => `
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: ${name} }
spec:
  replicas: 0
  serviceName: ${name}
  selector: { matchLabels: { store: ${name} } }
  template:
    metadata: { labels: { store: ${name} } }
    spec: { containers: [{ name: store, image: x }] }
  volumeClaimTemplates:
    - metadata: { name: data }
      spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: ${storage} } } }
`
/** Denies ConfigMaps with the label `denied` of a release. */
const denyLabel = (name: string, release: string) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name },
  spec: {
    matchConstraints: {
      resourceRules: [
        { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['configmaps'] },
      ],
    },
    validations: [
      {
        expression: `!has(object.metadata.labels) || !('denied' in object.metadata.labels) || object.metadata.labels['denied'] != '${release}'`,
      },
    ],
  },
})
/** Sends ConfigMaps with the label `hooked` of a release to a Service that does not exist. */
const deadWebhook = (name: string, namespace: string, release: string) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name },
  webhooks: [
    {
      name: 'gone.example.com',
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      timeoutSeconds: 2,
      clientConfig: { service: { name: 'gone', namespace } },
      objectSelector: { matchLabels: { hooked: release } },
      rules: [
        { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['configmaps'] },
      ],
    },
  ],
})
const bindPolicy = (name: string, namespace: string) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  metadata: { name },
  spec: {
    policyName: name,
    validationActions: ['Deny'],
    matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } },
  },
})
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

  test('a rollback that is blocked adds no revision, and is made once a person has run the command', async () => {
    const release = `blocked-${helm}`
    const name = `${release}-fetch`
    const workload = { workload: `deployment/${release}` }
    const objects = [job(name), headless(name), store(name, '1Gi')].join('---')
    expect((await deploy(release, '1', { objects }, workload)).outputs.outcome).toBe('deployed')
    expect((await deploy(release, '2', {}, workload)).outputs.outcome).toBe('deployed')
    // What was made since under the same names, by Helm's field manager: no field is another one's.
    const others = [
      job(name, 'completions: 2'),
      headless(name).replace('clusterIP: None, ', ''),
      store(name, '2Gi'),
    ].join('---')
    const file = join(mkdtempSync(join(tmpdir(), 'others-')), 'others.yaml')
    writeFileSync(file, others.replaceAll('{{ .Values.model.version }}', 'other'))
    await cluster.kubectl('apply', '--server-side', '--field-manager=helm', '--filename', file)
    const before = await cluster.listRevisions(helm, release)
    const blocked = await cluster.rollBackVersion(helm, release, '2', workload)
    expect(blocked.outputs).toMatchObject({ outcome: 'refused', 'live-model-version': '2' })
    const { namespace } = cluster
    for (const text of [
      `Job ${name}: spec.`,
      `Service ${name}: spec.clusterIP`,
      `StatefulSet ${name}: spec: updates to statefulset spec`,
      `"kubectl delete job ${name} --namespace ${namespace}"`,
      `"kubectl delete service ${name} --namespace ${namespace}"`,
      `"kubectl delete statefulset ${name} --namespace ${namespace} --cascade=orphan"`,
    ])
      expect(blocked.failure?.message).toContain(text)
    expect(await cluster.listRevisions(helm, release)).toEqual(before)

    await cluster.kubectl('delete', 'job,service,statefulset', name)
    const { outputs } = await cluster.rollBackVersion(helm, release, '2', workload)
    expect(outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': '1' })
  })

  test('a webhook that does not answer is reported before anything is touched', async () => {
    const release = `hooked-${helm}`
    const objects = `
apiVersion: v1
kind: ConfigMap
metadata: { name: ${release}, labels: { hooked: ${release} } }
data: { version: "{{ .Values.model.version }}" }
`
    expect((await deploy(release, '1', { objects })).outputs.outcome).toBe('deployed')
    const webhook = `${release}-${cluster.namespace}`
    await cluster.apply(deadWebhook(webhook, cluster.namespace, release))
    try {
      // The API server reads its webhooks with a delay.
      await sleep(3000)
      const { outputs, failure } = await deploy(release, '2', { objects })
      expect(outputs).toMatchObject({ outcome: 'refused', 'live-model-version': '1' })
      expect(failure?.message).toContain('every object that webhook "gone.example.com" checks')
      expect(await cluster.listRevisions(helm, release)).toHaveLength(1)
    } finally {
      await cluster.kubectl('delete', 'validatingwebhookconfiguration', webhook)
    }
  })

  test('a target that a policy denies by now is passed over for an older one', async () => {
    const release = `denied-${helm}`
    const config = `
apiVersion: v1
kind: ConfigMap
metadata: { name: "{{ .Release.Name }}", labels: { denied: "{{ .Release.Name }}" } }
`
    for (const [version, objects] of [
      ['1', ''],
      ['2', config],
      ['3', ''],
    ] as const)
      expect((await deploy(release, version, { objects })).outputs.outcome).toBe('deployed')
    const policy = `${release}-${cluster.namespace}`
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'List',
      items: [denyLabel(policy, release), bindPolicy(policy, cluster.namespace)],
    })
    try {
      const isDenied = () =>
        cluster
          .apply({
            apiVersion: 'v1',
            kind: 'ConfigMap',
            // kubectl sends nothing for an object that it applied before.
            metadata: { name: `${release}-${randomUUID()}`, labels: { denied: release } },
          })
          .then(
            () => false,
            () => true,
          )
      while (!(await isDenied())) await sleep(500)
      const { outputs, summary } = await cluster.rollBackVersion(helm, release, '3')
      expect(outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': '1' })
      expect(summary?.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))).toMatch(
        new RegExp(`revision 2 \\(version 2\\): \\S+ ${release}: .*denied request`),
      )
    } finally {
      await cluster.kubectl('delete', 'validatingadmissionpolicy,validatingadmissionpolicybinding', policy)
    }
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
  /** The API server follows the definition after some time. */
  const waitUntil = async (isServed: boolean) => {
    const read = () =>
      cluster.kubectl('get', '--raw', `/apis/${group}/v1beta1`).then(
        () => true,
        () => false,
      )
    while ((await read()) !== isServed) await sleep(200)
    await sleep(1000)
  }
  afterAll(() => cluster.kubectl('delete', 'crd', `adapters.${group}`, '--wait=false'))

  test('is passed over, or the rollback is refused; a release that is wedged already is unlocked', async () => {
    await serve('v1', 'v1beta1')
    await waitUntil(true)
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
    await waitUntil(false)
    const expectRefused = async (helm: HelmName) => {
      const release = `api-${helm}`
      const { outputs, failure } = await cluster.rollBackVersion(helm, release, '5')
      expect(outputs).toMatchObject({ outcome: 'refused', 'live-model-version': '5', 'live-revision': '2' })
      expect(failure?.message).toMatch(
        new RegExp(
          `revision 1 \\(version 1\\): Adapter ${release}: the cluster has no kind Adapter in version ${group}/v1beta1`,
        ),
      )
      expect(await cluster.listRevisions(helm, release)).toHaveLength(2)
    }
    // kubectl has the API version in its discovery cache still.
    await Promise.all(both.map(expectRefused))

    // What Helm leaves that is started all the same, by a job that is killed then.
    vi.stubEnv('KUBECACHEDIR', mkdtempSync(join(tmpdir(), 'discovery-')))
    for (const helm of both) {
      const release = `api-${helm}`
      for (let time = 0; time < 2; time += 1)
        await expect(cluster.helm(helm, 'rollback', release, '1')).rejects.toThrow(/unable to build/)
      expect(await cluster.listRevisions(helm, release)).toHaveLength(4)
      const operation = {
        release,
        namespace: cluster.namespace,
        previousRevision: 2,
        isInstall: false,
        version: '1',
        rollbackTarget: 1,
      }
      const annotation = `retrain-actions.github.io/operation=${JSON.stringify(operation)}`
      await cluster.kubectl('annotate', 'lease', `retrain-actions.${release}`, annotation)
    }
    vi.unstubAllEnvs()
    await Promise.all(
      both.map(async (helm) => {
        await expectRefused(helm)
        // The new revision needs no such kind, and revision 2 is a rollback target.
        expect((await deploy(helm, `api-${helm}`, '6', 'v1')).outputs.outcome).toBe('deployed')
      }),
    )
    await serve('v1', 'v1beta1')
    await waitUntil(true)
    await Promise.all(
      both.map(async (helm) => {
        const more = { 'to-revision': '1' }
        const { outputs } = await cluster.rollBackVersion(helm, `api-${helm}`, '6', more)
        expect(outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': '1' })
      }),
    )
  })
})
