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

test('a claim is never to be deleted', () => {
  expect(apiRefusalHint(immutable('PersistentVolumeClaim'), 'ml')).not.toContain('delete')
})
