import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openRelease } from '../../src/adapters/kubernetes/release/release.ts'
import { UnwatchedWorkloadError } from '../../src/adapters/kubernetes/rollout/workload.ts'
import { errorMessage } from '../../src/domain/core/errors.ts'
import { createJob } from './support/action-call.ts'
import { type HelmName, type Namespace, openNamespace } from './support/cluster/namespace.ts'

let cluster: Namespace
beforeAll(async () => {
  cluster = await openNamespace()
})
afterAll(() => cluster.close())

/** Deploys and returns why it was refused. */
async function refusal(helm: HelmName, inputs: Record<string, string>): Promise<string> {
  try {
    const { outputs, failure } = await cluster.deploy(helm, inputs)
    expect(outputs, JSON.stringify(inputs)).toMatchObject({ outcome: 'refused', 'failure-reason': '' })
    return failure?.message ?? ''
  } catch (error) {
    // A problem of an input, which has no outputs of its own.
    return errorMessage(error)
  }
}

const readRevisions = async (helm: HelmName, release: string): Promise<number[]> => {
  const history = await cluster.helm(helm, 'history', release, '--output', 'json').catch(() => '[]')
  return JSON.parse(history).map(({ revision }: { revision: number }) => revision)
}

const otherDeployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: other}
spec: {selector: {matchLabels: {app: other}}, template: {metadata: {labels: {app: other}}, spec: {containers: [{name: a, image: a}]}}}
`
const invalidHook = `apiVersion: batch/v1
kind: Job
metadata: {name: migrate, annotations: {helm.sh/hook: "pre-install,pre-upgrade"}}
spec: {template: {spec: {restartPolicy: Sometimes, containers: [{name: a, image: a}]}}}
`
/** Values of the tiny chart that no deployment can use, and what is said of them. */
const refused: [values: object, said: RegExp][] = [
  [
    { replicas: 'two' },
    /^The API server refuses Deployment \S+: spec\.replicas "two": expected numeric .*, got string\. /,
  ],
  [
    { memory: 'much' },
    /^The API server refuses Deployment \S+: .*limits\.memory "much": quantities must match/,
  ],
  [{ image: 'acme/Digits:rig' }, /serve\]\.image is "acme\/Digits:rig" \(no image has such a name\)/],
  [{ env: { TOKEN: '<YOUR-TOKEN>' } }, /env\[TOKEN\]\.value is "<YOUR-TOKEN>" \(a placeholder\)/],
  [{ env: { MODEL_VERSION: 'latest' } }, /sets the variable MODEL_VERSION twice/],
  [{ objects: otherDeployment }, /^Input workload: .*several workloads.*deployment\/other/],
  [{ objects: invalidHook }, /^The API server refuses Job migrate: .*restartPolicy "Sometimes"/],
  [{ model: 'acme/base' }, /^Input values: sets model to "acme\/base"\. .*version-values/],
]

test.concurrent.each<HelmName>(['helm3', 'helm4'])(
  '%s: what a dry run shows is refused before a first install, and before an upgrade',
  async (helm) => {
    const release = `shown-${helm}`
    const checkAll = async (version: string) => {
      for (const [values, said] of refused)
        expect(
          await refusal(helm, { release, 'model-version': version, values: JSON.stringify(values) }),
        ).toMatch(said)
    }
    await checkAll('1')
    expect(await readRevisions(helm, release)).toEqual([])
    await cluster.deploy(helm, { release, 'model-version': '1' })
    await checkAll('2')
    expect(await readRevisions(helm, release)).toEqual([1])
  },
)

const group = 'dry-run.retrain-actions.test'
/** Another kind for each Helm, since a CRD has no namespace. */
const kinds = { helm3: 'InferenceService', helm4: 'InferenceTask' }
const customResource = (helm: HelmName, namespaced = '') =>
  `apiVersion: ${group}/v1\nkind: ${kinds[helm]}\nmetadata: {name: fraud${namespaced}}\n`

function writeCustomResourceDefinition(helm: HelmName): string {
  const kind = kinds[helm]
  const plural = `${kind.toLowerCase()}s`
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }
  const versions = [{ name: 'v1', served: true, storage: true, schema }]
  return JSON.stringify({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: { group, scope: 'Namespaced', names: { kind, plural }, versions },
  })
}

/** A chart whose only objects are those of its value `objects`. */
function writeChart(crd?: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'objects-chart-'))
  mkdirSync(join(folder, 'templates'))
  writeFileSync(join(folder, 'Chart.yaml'), 'apiVersion: v2\nname: objects\nversion: 1.0.0\n')
  writeFileSync(join(folder, 'templates/objects.yaml'), '{{ tpl .Values.objects . }}\n')
  if (crd === undefined) return folder
  mkdirSync(join(folder, 'crds'))
  writeFileSync(join(folder, 'crds/crd.yaml'), crd)
  return folder
}

const server = `apiVersion: apps/v1
kind: Deployment
metadata: {name: "{{ .Release.Name }}"}
spec:
  selector: {matchLabels: {app: "{{ .Release.Name }}"}}
  template:
    metadata: {labels: {app: "{{ .Release.Name }}"}}
    spec:
      terminationGracePeriodSeconds: 0
      automountServiceAccountToken: false
      containers:
        - name: serve
          image: retrain-actions/digits:rig
          imagePullPolicy: Never
          command: [sleep, "3600"]
          env: [{name: MODEL_VERSION, value: "{{ .Values.model.version }}"}]
`

test.concurrent.each<HelmName>(['helm3', 'helm4'])(
  '%s: a CRD of the folder crds/ is no reason to refuse a first install; a target without a workload is',
  async (helm) => {
    const release = `crds-${helm}`
    const crd = writeCustomResourceDefinition(helm)
    const objects = `${server}---\n${customResource(helm)}`
    const inTemplates = { release, 'model-version': '1', chart: writeChart() }
    const values = JSON.stringify({ objects: `${objects}---\n${crd}` })
    expect(await refusal(helm, { ...inTemplates, values })).toMatch(
      /the cluster has no kind .* from the templates to the folder crds\//,
    )
    const { outputs } = await cluster.deploy(helm, {
      release,
      'model-version': '1',
      chart: writeChart(crd),
      values: JSON.stringify({ objects }),
    })
    expect(outputs.outcome).toBe('deployed')

    // With its CRD, Helm would install it, and nothing could watch it.
    const unwatched = `unwatched-${helm}`
    const only = { objects: customResource(helm, '-2') }
    const said = `has no Deployment, StatefulSet or DaemonSet; it has ${kinds[helm]} fraud-2, which this suite cannot watch yet.`
    const target = { release: unwatched, 'model-version': '1', chart: writeChart() }
    expect(await refusal(helm, { ...target, values: JSON.stringify(only) })).toContain(said)
    expect(await readRevisions(helm, unwatched)).toEqual([])
    const file = join(writeChart(), 'values.json')
    writeFileSync(file, JSON.stringify(only))
    await cluster.helm(helm, 'install', unwatched, target.chart, '--values', file)
    const inputs = { release: unwatched, namespace: cluster.namespace, 'version-from': 'image-tag' }
    const kubeconfig = cluster.rig.kubernetes.kubeconfig
    const job = createJob({ env: cluster.environment(helm) })
    const opened = await openRelease({ ...inputs, kubeconfig }, job)
    await expect(opened.readLive()).rejects.toThrow(UnwatchedWorkloadError)
    opened.close()
    await cluster.kubectl('delete', 'crd', `${kinds[helm].toLowerCase()}s.${group}`, '--wait=false')
  },
)

/** A bare pod, which no node runs, and its ServiceAccount of the same name. */
const podWithAccount = (name: string, annotations = '{}') => `apiVersion: v1
kind: ServiceAccount
metadata: {name: ${name}, annotations: ${annotations}}
---
apiVersion: v1
kind: Pod
metadata: {name: ${name}, annotations: ${annotations}}
spec: {serviceAccountName: ${name}, nodeSelector: {nowhere: "true"}, containers: [{name: a, image: a}]}
`

test.concurrent.each<[HelmName, port: number]>([
  ['helm3', 31983],
  ['helm4', 31984],
])('%s: what only the upgrade makes is no reason to refuse it, or its rollback', async (helm, port) => {
  const release = `made-${helm}`
  const hook = '{helm.sh/hook: "post-install,post-upgrade"}'
  const objects = `${server}---
apiVersion: v1
kind: Service
metadata: {name: ${release}, annotations: ${hook}}
spec: {type: NodePort, ports: [{port: 80, nodePort: ${port}}]}
---
apiVersion: v1
kind: Secret
metadata: {name: ${release}}
`
  const chart = writeChart()
  const writeValues = (text: string) => {
    const file = join(writeChart(), 'values.json')
    writeFileSync(file, JSON.stringify({ model: { version: '1' }, objects: text }))
    return file
  }
  await cluster.helm(helm, 'install', release, chart, '--values', writeValues(objects))
  const added = `${objects}type: Opaque\n---\n${podWithAccount(release)}---\n${podWithAccount(`${release}-hook`, hook)}`
  const kubeconfig = cluster.rig.kubernetes.kubeconfig
  const inputs = { release, namespace: cluster.namespace, 'version-from': 'env:MODEL_VERSION', kubeconfig }
  const opened = await openRelease(inputs, createJob({ env: cluster.environment(helm) }))
  const request = { release, chart, valuesFiles: [writeValues(added)], timeout: 60_000 }
  expect((await opened.compare(request, 1)).refusals).toEqual([])
  expect(await opened.findRollbackObstacles(1, request)).toEqual([])
  opened.close()
})

test.concurrent.each<HelmName>(['helm3', 'helm4'])(
  '%s: objects of another owner are named, with what to do',
  async (helm) => {
    const release = `owned-${helm}`
    const objects = ['one', 'two'].map((name) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `${helm}-${name}` },
    }))
    for (const object of objects) await cluster.apply(object)
    const values = (labels: Record<string, string>) =>
      JSON.stringify({
        objects: objects
          .map((object) => JSON.stringify({ ...object, metadata: { ...object.metadata, labels } }))
          .join('\n---\n'),
      })
    const inputs = { release, 'model-version': '1', values: values({}) }
    const said = await refusal(helm, inputs)
    expect(said).toMatch(
      /^Input release: ConfigMap \S+-one, ConfigMap \S+-two exist already, made by kubectl apply/,
    )

    // The commands of the message.
    for (const [, command = ''] of said.matchAll(/"kubectl ([^"]+)"/g))
      await cluster.kubectl(...command.split(' '))
    const [one] = objects
    const tracking = `fraud:/ConfigMap:${cluster.namespace}/${one?.metadata.name}`
    const annotation = `argocd.argoproj.io/tracking-id=${tracking}`
    await cluster.kubectl('annotate', 'configmap', one?.metadata.name ?? '', annotation)
    const { outputs, context } = await cluster.deploy(helm, inputs)
    expect(outputs.outcome).toBe('deployed')
    expect(context.messages.join('\n')).toMatch(
      /Application argocd\/fraud of Argo CD, which this job cannot read/,
    )

    // Flux labels what it renders. Where its kind is not there, the HelmRelease may be in another cluster.
    const flux = { 'helm.toolkit.fluxcd.io/name': release, 'helm.toolkit.fluxcd.io/namespace': 'flux' }
    const labelled = { ...inputs, values: values(flux) }
    await cluster.deploy(helm, labelled)
    const again = await cluster.deploy(helm, { ...labelled, 'model-version': '2' })
    expect(again.context.messages.join('\n')).toMatch(
      /HelmRelease flux\/owned-helm\d of Flux, .* "flux suspend helmrelease owned-helm\d --namespace flux"/,
    )
  },
)
