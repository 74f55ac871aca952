import { expect, test } from 'vitest'
import { misnamed } from './misnamed.ts'

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
])('%s', (said, told) => {
  expect(misnamed(said, 'ml')?.message).toMatch(told)
})

test.each([
  'Error: UPGRADE FAILED: namespaces "of-the-chart" not found',
  'error: the server does not allow this',
])('is no mistake in an input: %s', (said) => {
  expect(misnamed(said, 'ml')).toBeUndefined()
})
