import { expect, test } from 'vitest'
import { conflictIn, FieldConflict, helmDiagnosis } from './field-conflict.ts'

const one =
  'UPGRADE FAILED: conflict occurred while applying object ml/digits apps/v1, Kind=Deployment: Apply failed with 1 conflict: conflict with "kube-controller-manager" with subresource "scale" using apps/v1: .spec.replicas'
const several = `Apply failed with 3 conflicts: conflicts with "kubectl-client-side-apply" using v1:
- .data.a
- .data.b
conflicts with "other: one" using v1:
- .spec.containers[name="serve"].image`

test('one field of one owner', () => {
  expect(conflictIn(one)).toEqual({
    object: 'ml/digits, Deployment',
    owners: [{ owner: 'kube-controller-manager', fields: ['.spec.replicas'] }],
  })
})

test('several fields of several owners', () => {
  expect(conflictIn(several)?.owners).toEqual([
    { owner: 'kubectl-client-side-apply', fields: ['.data.a', '.data.b'] },
    { owner: 'other: one', fields: ['.spec.containers[name="serve"].image'] },
  ])
})

test.each([
  '',
  'UPGRADE FAILED: context deadline exceeded',
  'conflict with "x"',
  'Apply failed with 1 conflict',
])('what is no conflict is none: %j', (said) => {
  expect(conflictIn(said)).toBeUndefined()
})

test('however much it is, a message stays short and is made fast', () => {
  const owners = Array.from(
    { length: 500 },
    (_, at) => `conflicts with "${'x'.repeat(5000)}${at}":\n- .a${'b'.repeat(5000)}`,
  )
  const found = conflictIn(`Apply failed with 500 conflicts: ${owners.join('\n')}`)
  expect(new FieldConflict('digits', found ?? { object: '', owners: [] }).message.length).toBeLessThan(2500)
})

test('the cure names the field, and the input', () => {
  const error = new FieldConflict('digits', conflictIn(one) ?? { object: '', owners: [] })
  expect(error.message).toBe(
    'Helm does not overwrite what others have set in release digits: .spec.replicas (set by "kube-controller-manager") of ml/digits, Deployment. Leave .spec.replicas out of the chart where an autoscaler or a person sets it; or let the chart win with the input force-conflicts: true.',
  )
  expect(helmDiagnosis(error).reason).toBe('FieldConflict')
  expect(helmDiagnosis(new Error('anything else')).reason).toBe('HelmFailed')
})
