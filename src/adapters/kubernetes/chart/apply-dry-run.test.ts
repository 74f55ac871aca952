import { expect, test } from 'vitest'
import { Fault } from '../../../domain/core/errors.ts'
import { formatApiRefusal } from '../../../domain/release/api-refusal.ts'
import type { ClusterConnection } from '../client/connection.ts'
import { dryRunChart } from './apply-dry-run.ts'

const manifest = `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  replicas: two
  template: {spec: {containers: [{name: serve, imagePullPolicy: never, resources: {limits: {memory: much}}}]}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
`
const hook = `{apiVersion: batch/v1, kind: Job, metadata: {name: h, annotations: {helm.sh/hook: pre-upgrade}}}`
const accountHook =
  '{apiVersion: v1, kind: ServiceAccount, metadata: {name: account, annotations: {helm.sh/hook: pre-upgrade}}}'
const testHook = `{apiVersion: v1, kind: Pod, metadata: {name: t, annotations: {helm.sh/hook: test}}}`

interface World {
  /** Errors of kubectl; left out: it succeeds. */
  apply?: string
  create?: string
  major?: '3' | '4'
  /** The release uses server-side apply; undefined: as its Helm does. */
  serverSide?: boolean
  hooks?: string
  isInstall?: boolean
  /** The error of an apply of one object. */
  applyAlone?: (object: string) => string
}

async function run({ major = '4', hooks = '', isInstall = false, ...world }: World) {
  const calls: string[] = []
  const kubectl = {
    async run(args: readonly string[], stdin = '') {
      calls.push(`${args[0]}${args.includes('--force-conflicts') ? ' force' : ''}`)
      const error =
        args[0] === 'create' ? world.create : stdin === manifest ? world.apply : world.applyAlone?.(stdin)
      if (!error)
        return JSON.stringify({ kind: 'List', items: [{ kind: 'ConfigMap', metadata: { name: 'a' } }] })
      throw new Fault({ system: 'Kubernetes', call: 'kubectl', detail: error, hint: '' })
    },
  }
  const helm = {
    major,
    forcesConflicts: false,
    usesServerSideApply: async () => major === '4' && (world.serverSide ?? true),
  }
  const cluster = { helm, kubectl, release: 'r' } as unknown as ClusterConnection
  const { refusals, conflict, objects } = await dryRunChart(cluster, { manifest, hooks }, isInstall)
  return { calls, said: refusals.map(formatApiRefusal), conflict: conflict?.message, objects }
}

const typed =
  'Error from server: failed to create typed patch object (ml/a; apps/v1, Kind=Deployment): .spec.'
const two = `${typed}replicas: expected numeric (int or float), got string`
const duplicate = `${typed}template.spec.containers[name="serve"].env: duplicate entries for key [name="A"]`
const handlers =
  'The Deployment "a" is invalid: spec.template.spec.containers[0].livenessProbe.httpGet: Forbidden: may not specify more than 1 handler type'
const notCreated =
  'Error from server (BadRequest): error when creating "STDIN": Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32'
const exists =
  'Error from server (AlreadyExists): error when creating "STDIN": deployments.apps "a" already exists'
const webhook = 'Error from server: admission webhook "no.example.com" denied the request: not on Fridays'
const noAccount = (pod: string, account: string) =>
  `Error from server (Forbidden): error when creating "STDIN": pods "${pod}" is forbidden: error looking up service account ml/${account}: serviceaccount "${account}" not found`
const conflict = 'error: Apply failed with 1 conflict: conflict with "hpa" using apps/v1: .spec.replicas\n'

test('objects that the API server accepts: one call', async () => {
  const { calls, said, objects } = await run({})
  expect({ calls, said }).toEqual({ calls: ['apply'], said: [] })
  expect(objects).toMatchObject([{ kind: 'ConfigMap', metadata: { name: 'a', labels: {}, annotations: {} } }])
})

test.each<[string, World, string[]]>([
  [
    'the ServiceAccount that no object of the chart is',
    { apply: noAccount('p', 'other') },
    ['pods p: error looking up service account ml/other: serviceaccount "other" not found'],
  ],
  [
    'the value of a field',
    { apply: two },
    ['Deployment a: spec.replicas "two": expected numeric (int or float), got string'],
  ],
  [
    'the value by the name of an item',
    { apply: `${typed}template.spec.containers[name="serve"].imagePullPolicy: no` },
    ['Deployment a: spec.template.spec.containers[name="serve"].imagePullPolicy "never": no'],
  ],
  [
    'a quantity that the API server does not name',
    {
      apply:
        "Error from server: failed to convert new object (ml/a; apps/v1, Kind=Deployment) to proper version: unable to convert unstructured object to apps/v1, Kind=Deployment: quantities must match the regular expression 'x'",
    },
    [
      'Deployment a: spec.template.spec.containers[serve].resources.limits.memory "much": quantities must match the regular expression \'x\'',
    ],
  ],
  [
    'the object that a webhook denies',
    { apply: webhook, applyAlone: (object) => (object.includes('ConfigMap') ? webhook : '') },
    ['ConfigMap a: admission webhook "no.example.com" denied the request: not on Fridays'],
  ],
  [
    'the object that a policy denies',
    {
      apply: `The deployments "a" is invalid: : ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no`,
    },
    ["Deployment a: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no"],
  ],
  [
    'Helm 4: a duplicate',
    { apply: duplicate },
    [`Deployment a: spec.template.spec.containers[name="serve"].env: duplicate entries for key [name="A"]`],
  ],
  [
    'Helm 3: the same field, as the apply names it',
    { major: '3', apply: two, create: notCreated },
    ['Deployment a: spec.replicas "two": expected numeric (int or float), got string'],
  ],
  [
    'Helm 3: what only a create shows',
    { major: '3', apply: duplicate, create: notCreated },
    ['Deployment a: spec.replicas "two": expected int32, got string'],
  ],
  [
    'Helm 3: a webhook',
    { major: '3', apply: webhook, applyAlone: () => webhook },
    ['Deployment', 'ConfigMap'].map((kind) => webhook.replace('Error from server', `${kind} a`)),
  ],
  [
    'a hook',
    { hooks: hook, create: 'The Job "h" is invalid: spec.x: Required value' },
    ['Job h: spec.x: required value'],
  ],
])('names %s', async (_title, world, said) => {
  expect((await run(world)).said).toEqual(said)
})

test.each<[string, World]>([
  [
    'a kind whose CRD is not installed yet',
    { apply: 'error: no matches for kind "Adapter" in version "example.com/v1"' },
  ],
  ['a namespace that the chart makes', { apply: 'Error from server (NotFound): namespaces "x" not found' }],
  ['a webhook without dry run', { apply: 'admission webhook "x.io" does not support dry run' }],
  [
    'a missing permission',
    {
      apply:
        'deployments.apps "a" is forbidden: User "ci" cannot patch resource "deployments" in API group "apps" in the namespace "ml"',
    },
  ],
  [
    'an object that the chart creates before',
    { isInstall: true, apply: 'admission webhook "keda.sh" denied the request: deployment "a" not found' },
  ],
  [
    'a bare pod whose PriorityClass the first install makes',
    { isInstall: true, apply: 'pods "p" is forbidden: no PriorityClass with name high was found' },
  ],
  ['a pod of an upgrade whose ServiceAccount has its name', { apply: noAccount('p', 'a') }],
  [
    'a hook whose ServiceAccount is a hook that Helm deleted',
    { hooks: `${hook}\n---\n${accountHook}`, create: noAccount('h', 'account') },
  ],
  [
    'the port of a hook, which Helm deletes before',
    {
      hooks: hook,
      create:
        'The Service "h" is invalid: spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated',
    },
  ],
  ['Helm 3: a duplicate', { major: '3', apply: duplicate }],
  ['Helm 3: a field that the apply keeps', { major: '3', apply: handlers, create: exists }],
  [
    'Helm 4, over a release of Helm 3: a field that the apply keeps',
    { serverSide: false, apply: handlers, create: exists },
  ],
  [
    'Helm 3: the port of a Service that exists',
    {
      major: '3',
      apply: handlers,
      create:
        'The Service "s" is invalid: spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated',
    },
  ],
  [
    'a hook that exists',
    { hooks: hook, create: 'Error from server (AlreadyExists): jobs.batch "h" already exists' },
  ],
  ['a cluster that does not answer', { apply: 'context deadline exceeded' }],
])('is silent about %s', async (_title, world) => {
  expect((await run(world)).said).toEqual([])
})

test('a conflict counts where Helm applies on the server, and hides nothing elsewhere', async () => {
  expect((await run({ apply: conflict })).conflict).toMatch(/\.spec\.replicas \(set by "hpa"\)/)
  const client = await run({ apply: conflict, serverSide: false })
  expect(client).toMatchObject({ conflict: undefined, calls: ['apply', 'apply force'] })
  expect((await run({ major: '3' })).calls).toEqual(['apply force'])
})

test('hooks need one call more, except those of helm test', async () => {
  expect((await run({ hooks: testHook })).calls).toEqual(['apply'])
  expect((await run({ hooks: `${hook}\n---\n${testHook}` })).calls).toEqual(['apply', 'create'])
})
