import { describe, expect, test } from 'vitest'
import { Fault } from '../../../domain/core/errors.ts'
import { NotOwnedError } from '../../../domain/preflight/ownership.ts'
import type { Rule } from '../../../domain/preflight/rbac.ts'
import type { UpgradeRequest } from '../../helm/arguments.ts'
import { ReleaseLockedError } from '../../helm/helm-errors.ts'
import type { ClusterConnection } from '../client/connection.ts'
import { createDryRun } from './dry-run.ts'
import { checkPermissions } from './permissions.ts'

const manifest = `
{apiVersion: apps/v1, kind: Deployment, metadata: {name: digits}}
---
{apiVersion: v1, kind: Service, metadata: {name: digits, namespace: front}}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: digits}}
`
const everything: Rule = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] }
const plan = { readsVersionOverHttp: false, driver: undefined }

/** A user with these rules in each namespace; null: the API server cannot tell. */
function fakeCluster(rules: Record<string, Rule[] | null>) {
  const kubectl = {
    async create(question: unknown) {
      const { namespace } = (question as { spec: { namespace: string } }).spec
      const resourceRules = rules[namespace]
      return { status: { incomplete: resourceRules === null, resourceRules: resourceRules ?? [] } }
    },
  }
  const cluster = { helm: { major: '4' }, kubectl, namespace: 'ml', release: 'digits' }
  return cluster as unknown as ClusterConnection
}

const findMissingPermissions = (rules: Record<string, Rule[] | null>) =>
  checkPermissions(fakeCluster(rules), plan, [Promise.resolve(manifest)]).then(
    () => '',
    (error: unknown) => String(error),
  )

test('a user with all permissions passes', async () => {
  expect(await findMissingPermissions({ ml: [everything], front: [everything] })).toBe('')
})

test('each namespace of the chart needs a Role, and cluster-scoped objects a ClusterRole', async () => {
  const role = { ...everything, apiGroups: ['', 'apps', 'coordination.k8s.io'] }
  expect(await findMissingPermissions({ ml: [role], front: [] })).toBe(
    `UserError: The kubeconfig's user lacks permissions in namespace front. Add to its Role there:
- {apiGroups: [""], resources: ["services"], verbs: ["get", "create", "patch", "delete"]}
The kubeconfig's user lacks permissions on cluster-scoped objects of the chart. Move them out of the chart, for an administrator to install, or grant the user a ClusterRole with:
- {apiGroups: ["rbac.authorization.k8s.io"], resources: ["clusterroles"], verbs: ["get", "create", "patch", "delete"]}`,
  )
})

test('an incomplete list of rules is ignored', async () => {
  expect(await findMissingPermissions({ ml: null })).toBe('')
  expect(await findMissingPermissions({ ml: [everything], front: null })).toBe('')
})

const order: UpgradeRequest = {
  release: 'digits',
  chart: 'chart',
  valuesFiles: [],
  timeout: 1,
}
const forbiddenFault = new Fault({
  system: 'Helm',
  call: 'helm upgrade digits',
  detail:
    'secrets is forbidden: User "ci" cannot list resource "secrets" in API group "" in the namespace "ml"',
  hint: '',
})

test.each([forbiddenFault, new ReleaseLockedError('locked')])(
  'without a dry run (forbidden, or locked) helm template renders the objects',
  async (error) => {
    const helm = { preview: () => Promise.reject(error), template: async () => manifest }
    expect(await createDryRun({ helm } as unknown as ClusterConnection).renderObjects(order)).toBe(manifest)
  },
)

test('a chart that does not render is an error', async () => {
  const helm = { preview: () => Promise.reject(new Error('nil pointer')), template: async () => manifest }
  await expect(createDryRun({ helm } as unknown as ClusterConnection).renderObjects(order)).rejects.toThrow(
    'nil pointer',
  )
})

test('a dry run is kept, and repeated where it failed', async () => {
  const answers = [
    Promise.reject(new ReleaseLockedError('locked')),
    Promise.resolve({ manifest, hooks: '', values: {} }),
  ]
  let asked = 0
  const helm = { preview: () => answers[asked++], template: async () => '' }
  const renderings = createDryRun({ helm } as unknown as ClusterConnection)
  await expect(renderings.preview(order)).rejects.toThrow(ReleaseLockedError)
  await renderings.preview(order)
  await renderings.renderObjects(order)
  expect(asked).toBe(2)
})

describe('a dry run that fails', () => {
  const missing = (where: string) =>
    new Fault({
      system: 'Helm',
      call: 'helm upgrade digits',
      detail: `unable to build kubernetes objects from ${where}: resource mapping not found for name: "x" namespace: "" from "": no matches for kind "Adapter" in version "example.com/v1"`,
      hint: '',
    })
  const crd = `{kind: CustomResourceDefinition, spec: {group: example.com, names: {kind: Adapter}, versions: [{name: v1}]}}`
  const preview = (error: Error, rendered: { crds?: string; manifest?: string } = {}, existing = '') => {
    const helm = {
      preview: () => Promise.reject(error),
      templateWithCrds: async () => ({ crds: '', manifest, hooks: 'hooks', ...rendered }),
      template: async () => manifest,
    }
    const kubectl = { run: async () => existing }
    return createDryRun({ helm, kubectl } as unknown as ClusterConnection).preview(order)
  }

  test('for the CRDs of crds/, before a first install: what helm template renders counts', async () => {
    const found = await preview(missing('release manifest'), { crds: crd })
    expect(found).toMatchObject({ manifest, hooks: 'hooks' })
  })

  test.each([
    [missing('release manifest'), {}, /^Input chart: Adapter x: .* Install its CRD, or use an API version/],
    [
      missing('release manifest'),
      { manifest: `${manifest}\n---\n${crd}` },
      /from the templates to the folder crds\//,
    ],
    [
      missing('new release manifest'),
      { crds: crd },
      /with its first install only: run "kubectl apply --filename"/,
    ],
    [
      missing('release manifest'),
      { manifest: '{apiVersion: serving.kserve.io/v1, kind: InferenceService, metadata: {name: fraud}}' },
      /it has InferenceService fraud, which this suite cannot watch yet/,
    ],
    [missing('current release manifest'), { crds: crd }, /^Helm: helm upgrade digits failed/],
  ])('for another reason: %s', async (error, rendered, said) => {
    await expect(preview(error, rendered)).rejects.toThrow(said)
  })

  test('for objects of others: all of them are named', async () => {
    const existing = JSON.stringify({
      kind: 'List',
      items: ['a', 'b'].map((name) => ({ kind: 'Service', metadata: { name } })),
    })
    const error = new NotOwnedError({ release: 'digits', namespace: 'ml' }, { kind: 'Service', name: 'a' })
    await expect(preview(error, {}, existing)).rejects.toThrow(
      /^Input release: Service a, Service b exist already/,
    )
    await expect(preview(error)).rejects.toThrow(/^Input release: Service a exists already/)
  })
})
