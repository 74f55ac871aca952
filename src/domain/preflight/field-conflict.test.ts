import { expect, test } from 'vitest'
import { diagnoseHelmError, FieldConflictError, parseConflict } from './field-conflict.ts'

const one =
  'UPGRADE FAILED: conflict occurred while applying object ml/digits apps/v1, Kind=Deployment: Apply failed with 1 conflict: conflict with "kube-controller-manager" with subresource "scale" using apps/v1: .spec.replicas'
const several = `Apply failed with 3 conflicts: conflicts with "kubectl-client-side-apply" using v1:
- .data.a
- .data.b
conflicts with "other: one" using v1:
- .spec.containers[name="serve"].image`

test('one field of one owner', () => {
  expect(parseConflict(one)).toEqual({
    object: 'ml/digits, Deployment',
    owners: [{ owner: 'kube-controller-manager', fields: ['.spec.replicas'] }],
  })
})

test('several fields of several owners', () => {
  expect(parseConflict(several)?.owners).toEqual([
    { owner: 'kubectl-client-side-apply', fields: ['.data.a', '.data.b'] },
    { owner: 'other: one', fields: ['.spec.containers[name="serve"].image'] },
  ])
})

test.each([
  '',
  'UPGRADE FAILED: context deadline exceeded',
  'conflict with "x"',
  'Apply failed with 1 conflict',
])('no conflict: %j', (message) => {
  expect(parseConflict(message)).toBeUndefined()
})

test('a message about many conflicts stays short', () => {
  const owners = Array.from(
    { length: 500 },
    (_, at) => `conflicts with "${'x'.repeat(5000)}${at}":\n- .a${'b'.repeat(5000)}`,
  )
  const found = parseConflict(`Apply failed with 500 conflicts: ${owners.join('\n')}`)
  expect(new FieldConflictError('digits', found ?? { object: '', owners: [] }).message.length).toBeLessThan(
    2500,
  )
})

test('the hint names the field and the input', () => {
  const error = new FieldConflictError('digits', parseConflict(one) ?? { object: '', owners: [] })
  expect(error.message).toBe(
    'Helm does not overwrite fields of other managers in release digits: .spec.replicas (set by "kube-controller-manager") of ml/digits, Deployment. Leave .spec.replicas out of the chart if an autoscaler or a person sets it; or let the chart win with the input force-conflicts: true.',
  )
  expect(diagnoseHelmError(error).reason).toBe('FieldConflict')
  expect(diagnoseHelmError(new Error('anything else')).reason).toBe('HelmFailed')
})
