import { expect, test } from 'vitest'
import type { Kubectl } from '../client/kubectl.ts'
import { parseObjects, resolveResources } from './permissions.ts'

const manifest = `---
# Source: digits/templates/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: digits}
---
apiVersion: v1
kind: Service
metadata: {name: digits, namespace: elsewhere}
---
# nothing but a comment
---
apiVersion: batch/v1
kind: Job
metadata: {name: before, annotations: {helm.sh/hook: pre-upgrade}}
---
apiVersion: v1
kind: ConfigMapList
items:
  - apiVersion: v1
    kind: ConfigMap
    metadata: {name: one}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: digits}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: digits}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: digits}
---
apiVersion: gateway.example.com/v1beta1
kind: Gateway
metadata: {name: digits}
---
apiVersion: gateway.example.com/v1beta1
kind: Mesh
metadata: {name: digits}
`

/** An API server that knows one custom group, and counts how often it is asked. */
function fakeKubectl(asked: string[]): Kubectl {
  const gateway = { name: 'gateways', kind: 'Gateway', namespaced: true }
  const resources = [{ ...gateway, name: 'gateways/status' }, gateway]
  return {
    async run(args) {
      asked.push(args.join(' '))
      return JSON.stringify({ resources })
    },
    create: async () => undefined,
    get: async () => undefined,
  }
}

test('the resources of a release', async () => {
  const asked: string[] = []
  const found = await resolveResources(fakeKubectl(asked), parseObjects(manifest), 'ml')
  expect(
    found.map(({ apiGroup, resource, namespace, hook }) => [apiGroup, resource, namespace, hook]),
  ).toEqual([
    ['apps', 'deployments', 'ml', false],
    ['', 'services', 'elsewhere', false],
    ['batch', 'jobs', 'ml', true],
    ['', 'configmaps', 'ml', false],
    ['networking.k8s.io', 'networkpolicies', 'ml', false],
    ['networking.k8s.io', 'ingresses', 'ml', false],
    ['rbac.authorization.k8s.io', 'clusterroles', undefined, false],
    // An unknown kind is left to Helm.
    ['gateway.example.com', 'gateways', 'ml', false],
  ])
  expect(asked).toEqual(['get --raw /apis/gateway.example.com/v1beta1'])
})

test.each(['', '---\n', 'a: 1', '- 1', '"text"', 'kind: List', 'apiVersion: 7'])(
  'no object in %j',
  (text) => {
    expect(parseObjects(text)).toEqual([])
  },
)

test.each([
  ['test', []],
  ['test-success', []],
  ['test, test-failure', []],
  ['pre-install, test', ['t']],
  ['post-install', ['t']],
])('an object with the hook %j: %j, since helm upgrade creates no tests', (hook, names) => {
  const text = JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 't', annotations: { 'helm.sh/hook': hook } },
  })
  expect(parseObjects(text).map(({ name }) => name)).toEqual(names)
})
