import { expect, test } from 'vitest'
import { cureFor } from './cures.ts'

// What Helm 3, Helm 4 and kubectl really say.
test.each([
  [
    'create: failed to create: secrets "sh.helm.release.v1.q.v1" is forbidden: exceeded quota: q, requested: secrets=1, used: secrets=0, limited: secrets=0',
    'history-max',
  ],
  [
    'create: failed to create: Secret "sh.helm.release.v1.q.v1" is invalid: data: Too long: may not be more than 1048576 bytes',
    '.helmignore',
  ],
  ['create: failed to create: Request entity too large: limit is 3145728', '.helmignore'],
  [
    'UPGRADE FAILED: cannot patch "digits" with kind Deployment: Deployment.apps "digits" is invalid: spec.selector: Invalid value: {}: field is immutable',
    'another name',
  ],
  [
    'Kubernetes cluster unreachable: the server has asked for the client to provide credentials',
    'new kubeconfig',
  ],
  ['error: You must be logged in to the server (Unauthorized)', 'new kubeconfig'],
  [
    'kubernetes cluster unreachable: Get "https://127.0.0.1:1/version": dial tcp 127.0.0.1:1: connect: connection refused',
    'does not reach',
  ],
  [
    'The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?',
    'does not reach',
  ],
  [
    'Unable to connect to the server: tls: failed to verify certificate: x509: certificate signed by unknown authority',
    'certificate-authority-data',
  ],
  [
    'UPGRADE FAILED: failed to create resource: admission webhook "validate.example.com" denied the request: no limits',
    'policy',
  ],
  [
    'pods is forbidden: User "ci" cannot list resource "pods" in API group "" in the namespace "ml"',
    '{apiGroups: [""], resources: ["pods"], verbs: ["list"]}',
  ],
])('%s', (said, cure) => {
  expect(cureFor(said)).toContain(cure)
})

test('of what nobody knows nothing is said', () => {
  expect(cureFor('UPGRADE FAILED: context deadline exceeded')).toBeUndefined()
})
