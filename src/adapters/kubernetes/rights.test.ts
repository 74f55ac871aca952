import { expect, test } from 'vitest'
import { Fault } from '../../domain/failure.ts'
import type { Rule } from '../../domain/rollout-rights.ts'
import type { UpgradeOrder } from '../helm/arguments.ts'
import { ReleaseHeld } from '../helm/helm.ts'
import type { ClusterConnection } from './connection.ts'
import { renderingsBy } from './renderings.ts'
import { checkRights } from './rights.ts'

const manifest = `
{apiVersion: apps/v1, kind: Deployment, metadata: {name: digits}}
---
{apiVersion: v1, kind: Service, metadata: {name: digits, namespace: front}}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: digits}}
`
const everything: Rule = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] }
const plan = { asksPods: false, driver: undefined }

/** A user with these rules in each namespace; null: the API server cannot tell. */
function user(rules: Record<string, Rule[] | null>) {
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

const told = (rules: Record<string, Rule[] | null>) =>
  checkRights(user(rules), plan, [Promise.resolve(manifest)]).then(
    () => '',
    (error: unknown) => String(error),
  )

test('who may do all is asked no more', async () => {
  expect(await told({ ml: [everything], front: [everything] })).toBe('')
})

test('each namespace of the chart has a Role of its own, and the whole cluster none', async () => {
  const role = { ...everything, apiGroups: ['', 'apps'] }
  expect(await told({ ml: [role], front: [] })).toBe(
    `UserError: The kubeconfig's user lacks rights in namespace front. Add to its Role there:
- {apiGroups: [""], resources: ["services"], verbs: ["get", "create", "patch", "delete"]}
The kubeconfig's user lacks rights on objects of the whole cluster that the chart holds. Take them out of it, for an administrator to install, or let the user have a ClusterRole with:
- {apiGroups: ["rbac.authorization.k8s.io"], resources: ["clusterroles"], verbs: ["get", "create", "patch", "delete"]}`,
  )
})

test('an API server that cannot tell is believed in nothing', async () => {
  expect(await told({ ml: null })).toBe('')
  expect(await told({ ml: [everything], front: null })).toBe('')
})

const order: UpgradeOrder = {
  release: 'digits',
  chart: 'chart',
  chartVersion: undefined,
  valuesFiles: [],
  timeout: 1,
}
const forbidden = new Fault({
  system: 'Helm',
  call: 'helm upgrade digits',
  said: 'secrets is forbidden: User "ci" cannot list resource "secrets" in API group "" in the namespace "ml"',
  next: '',
})

test.each([forbidden, new ReleaseHeld('held')])(
  'where Helm may not look, or not now, the chart alone tells what it holds',
  async (error) => {
    const helm = { preview: () => Promise.reject(error), template: async () => manifest }
    expect(await renderingsBy({ helm } as unknown as ClusterConnection).objects(order)).toBe(manifest)
  },
)

test('a chart that does not render is told as such', async () => {
  const helm = { preview: () => Promise.reject(new Error('nil pointer')), template: async () => manifest }
  await expect(renderingsBy({ helm } as unknown as ClusterConnection).objects(order)).rejects.toThrow(
    'nil pointer',
  )
})

test('Helm is asked once, and again where that failed', async () => {
  const answers = [
    Promise.reject(new ReleaseHeld('held')),
    Promise.resolve({ manifest, hooks: '', values: {} }),
  ]
  let asked = 0
  const helm = { preview: () => answers[asked++], template: async () => '' }
  const renderings = renderingsBy({ helm } as unknown as ClusterConnection)
  await expect(renderings.preview(order)).rejects.toThrow(ReleaseHeld)
  await renderings.preview(order)
  await renderings.objects(order)
  expect(asked).toBe(2)
})
