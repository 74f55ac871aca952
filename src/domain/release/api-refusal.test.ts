import { expect, test } from 'vitest'
import { type ApiRefusal, apiRefusalHint } from './api-refusal.ts'

const immutable = (kind: string): ApiRefusal => ({
  reason: 'ImmutableField',
  kind,
  name: 'a',
  field: 'spec',
  value: '',
  message: '',
})

test.each([
  ['Job', 'kubectl delete job a --namespace ml'],
  ['StatefulSet', 'kubectl delete statefulset a --namespace ml --cascade=orphan'],
  ['Service', 'kubectl delete service a --namespace ml'],
])('the hint for an immutable field of a %s has the command', (kind, command) => {
  expect(apiRefusalHint(immutable(kind), 'ml')).toContain(`"${command}"`)
})

test.each(['PersistentVolumeClaim', 'PersistentVolume', 'Cluster', 'CustomResourceDefinition', 'Namespace'])(
  'a %s may hold data, so it is never to be deleted',
  (kind) => {
    expect(apiRefusalHint(immutable(kind), 'ml')).not.toContain('delete')
  },
)
