import { describe, expect, test } from 'vitest'
import { findInputError, formatPermissionHint, hintFor, parseMissingPermission } from './error-hints.ts'

// Real errors of Helm 3, Helm 4 and kubectl.
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
    'UPGRADE FAILED: unable to build kubernetes objects from current release manifest: resource mapping not found for name: "a" namespace: "" from "": no matches for kind "Adapter" in version "x.io/v1beta1"\nensure CRDs are installed first',
    'helm mapkubeapis',
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
])('%s', (stderr, hint) => {
  expect(hintFor(stderr)).toContain(hint)
})

test('an unknown error has no hint', () => {
  expect(hintFor('UPGRADE FAILED: context deadline exceeded')).toBeUndefined()
})

test.each([
  [
    'Error in configuration: context was not found for specified context: nope',
    /^Input kube-context: .*"nope"/,
  ],
  [
    'Error: Kubernetes cluster unreachable: context "nope" does not exist',
    /^Input kube-context: .*get-contexts/,
  ],
  [
    'Error: create: failed to create: namespaces "ml" not found',
    /^Input namespace: .*"ml".*kubectl create namespace ml/,
  ],
  [
    'The connection to the server localhost:8080 was refused - did you specify the right host or port?',
    /^Input kubeconfig: none was found/,
  ],
  [
    'Error: Kubernetes cluster unreachable: Get "http://localhost:8080/version": dial tcp 127.0.0.1:8080: connect: connection refused',
    /^Input kubeconfig: none was found/,
  ],
  [
    'error: error loading config file "/tmp/x": couldn\'t get version/kind; json parse error: token: hunter2',
    /^Input kubeconfig: .*couldn't get version.*token: \*\*\*/,
  ],
])('%s', (stderr, message) => {
  expect(findInputError(stderr, 'ml')?.message).toMatch(message)
})

test.each([
  'Error: UPGRADE FAILED: namespaces "of-the-chart" not found',
  'error: the server does not allow this',
])('no input causes: %s', (stderr) => {
  expect(findInputError(stderr, 'ml')).toBeUndefined()
})

describe('a missing permission', () => {
  test.each([
    [
      'Error from server (Forbidden): pods is forbidden: User "ci" cannot list resource "pods" in API group "" in the namespace "ml"',
      'Add to the Role of the kubeconfig\'s user in namespace ml: {apiGroups: [""], resources: ["pods"], verbs: ["list"]}',
    ],
    [
      'Error: query: failed to query with labels: secrets is forbidden: User "system:serviceaccount:a:b" cannot list resource "secrets" in API group "" in the namespace "a"',
      'Add to the Role of the kubeconfig\'s user in namespace a: {apiGroups: [""], resources: ["secrets"], verbs: ["list"]}',
    ],
    [
      'deployments.apps "x" is forbidden: User "ci" cannot patch resource "deployments" in API group "apps" in the namespace "ml"',
      'Add to the Role of the kubeconfig\'s user in namespace ml: {apiGroups: ["apps"], resources: ["deployments"], verbs: ["patch"]}',
    ],
  ])('%s', (stderr, hint) => {
    const missing = parseMissingPermission(stderr)
    expect(missing && formatPermissionHint(missing)).toBe(hint)
  })
  test('another error names no permission', () => {
    expect(parseMissingPermission('connection refused')).toBeUndefined()
  })
})
