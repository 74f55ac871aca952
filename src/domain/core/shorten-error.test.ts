import { expect, test } from 'vitest'
import { shortenError } from './shorten-error.ts'

const JSON_TEMPLATE = '{"spec":{"containers":[{"command":["sh","-c","echo \\"} is invalid: {\\""]}]}}'

test.each([
  [
    `Job.batch "a" is invalid: spec.template: Invalid value: ${JSON_TEMPLATE}: field is immutable`,
    'Job.batch "a" is invalid: spec.template: field is immutable',
  ],
  [
    'Job.batch "a" is invalid: spec.template: Invalid value: core.PodTemplateSpec{ObjectMeta:v1.ObjectMeta{Name:""}, Spec:core.PodSpec{}}: field is immutable',
    'Job.batch "a" is invalid: spec.template: field is immutable',
  ],
  [
    'Deployment.apps "a" is invalid: [spec.replicas: Invalid value: -1: must be at least 0, spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: field is immutable]',
    'Deployment.apps "a" is invalid: [spec.replicas: Invalid value: -1: must be at least 0, spec.selector: field is immutable]',
  ],
  [
    `The request is invalid: patch: Invalid value: "{\\"spec\\":{\\"replicas\\":\\"two\\"}}": cannot convert string to int`,
    'The request is invalid: patch: cannot convert string to int',
  ],
  [
    'spec: Forbidden: spec is immutable after creation\n  core.PersistentVolumeClaimSpec{\n- \tStorageClassName: nil,\n+ \tStorageClassName: &"a",\n  }',
    'spec: Forbidden: spec is immutable after creation\n{…}',
  ],
  [`an object ${JSON.stringify({ a: 'b'.repeat(300) })} of a chart`, 'an object {…} of a chart'],
  [
    'attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}',
    'attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}',
  ],
  // Cut by the API server.
  ['spec.template: Invalid value: {"a":{"b":"c: field is immutable', 'spec.template: field is immutable'],
  // Repetitions.
  ['a paragraph\n\nanother one\n\na paragraph\n', 'a paragraph\nanother one'],
  [
    'UPGRADE FAILED: cannot patch "a" with kind X: no && cannot patch "a" with kind X: no',
    'UPGRADE FAILED: cannot patch "a" with kind X: no',
  ],
  [
    'failed to create: dial tcp 10.0.0.1:443: connect: connection refused: dial tcp 10.0.0.1:443: connect: connection refused',
    'failed to create: dial tcp 10.0.0.1:443: connect: connection refused',
  ],
  ['a "x" is invalid: b: c, a "y" is invalid: b: c', 'a "x" is invalid: b: c, a "y" is invalid: b: c'],
])('%s', (message, expected) => {
  expect(shortenError(message)).toBe(expected)
})

test('a long error keeps its start, and its end with the cause', () => {
  const message = shortenError(`UPGRADE FAILED: ${'x y '.repeat(5000)}the cause`)
  expect(message).toMatch(/^UPGRADE FAILED: x y .*…[^…]* the cause$/)
  expect(message.length).toBe(1000)
})

test.each(['{', '"', 'Invalid value: "', 'Invalid value: {"', 'a: ', 'a, b; ', 'x', 'v1.A{', '&&[]', '\n'])(
  '512 KiB of %j end before the time limit of a test',
  (text) => {
    shortenError(text.repeat(Math.ceil((512 * 1024) / text.length)))
  },
)
