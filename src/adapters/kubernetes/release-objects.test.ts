import { expect, test } from 'vitest'
import type { Kubectl } from './kubectl.ts'
import { objectsIn, resourcesOf } from './release-objects.ts'

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
function answering(asked: string[]): Kubectl {
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

test('what a release holds, as the API server names it', async () => {
  const asked: string[] = []
  const found = await resourcesOf(answering(asked), objectsIn(manifest), 'ml')
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
    // The kind that nobody knows is left to Helm.
    ['gateway.example.com', 'gateways', 'ml', false],
  ])
  expect(asked).toEqual(['get --raw /apis/gateway.example.com/v1beta1'])
})

test.each(['', '---\n', 'a: 1', '- 1', '"text"', 'kind: List', 'apiVersion: 7'])(
  'no object in %j',
  (text) => {
    expect(objectsIn(text)).toEqual([])
  },
)
