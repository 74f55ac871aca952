import { expect, test } from 'vitest'
import { findPodAddressProblem, isLoopbackAddress } from './pod-address.ts'

test.each([
  ['http://localhost:5000', true],
  ['http://mlflow.localhost', true],
  ['http://127.0.0.1:5000/mlflow', true],
  ['https://127.8.9.1', true],
  ['http://[::1]:5000', true],
  ['http://0.0.0.0:5000', true],
  ['http://10.0.0.1:5000', false],
  ['https://localhost.example.com', false],
  ['https://mlflow.example.com', false],
  ['models:/x', false],
])('%s is a loopback address: %s', (uri, expected) => {
  expect(isLoopbackAddress(uri)).toBe(expected)
})

const uri = 'http://127.0.0.1:5000'
const manifest = `env: [{name: MLFLOW_TRACKING_URI, value: "${uri}"}]`

test.each([
  ['a loopback address in the pods', uri, manifest, true],
  ['an address of the network', 'http://mlflow:5000', manifest.replace(uri, 'http://mlflow:5000'), false],
  ['a chart that does not use the address', uri, 'env: []', false],
  ['pods in the network of their node', uri, `hostNetwork: true\n${manifest}`, false],
  ['pods that are not', uri, `hostNetwork: false\n${manifest}`, true],
])('%s', (_what, address, text, isProblem) => {
  const problem = findPodAddressProblem(address, text)
  if (isProblem)
    expect(problem).toMatch(/http:\/\/127\.0\.0\.1:5000, which is the pod itself\. Set pod-tracking-uri/)
  else expect(problem).toBeUndefined()
})
