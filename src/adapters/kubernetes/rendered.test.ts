import { expect, test } from 'vitest'
import { versionFromText } from './pod-version.ts'
import { foretoldVersion, leavesReplicas } from './rendered.ts'

const manifest = `---
apiVersion: v1
kind: Service
metadata: { name: digits }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: side }
spec: { template: { spec: { containers: [{ name: c, image: 'x:other' }] } } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: digits, labels: { version: chart } }
spec:
  template:
    metadata: { labels: { version: '8' }, annotations: { ml/version: '9' } }
    spec:
      initContainers: [{ name: fetch, image: x, env: [{ name: MODEL_VERSION, value: '7' }] }]
      containers: [{ name: serve, image: 'x:rig', env: [{ name: LATER, valueFrom: {} }] }]
`
const ref = { kind: 'deployment', name: 'digits', namespace: undefined }

test.each([
  ['env:MODEL_VERSION', { kind: 'named', version: '7' }],
  ['env:LATER', { kind: 'named', version: undefined }],
  ['label:version', { kind: 'named', version: '8' }],
  ['annotation:ml/version', { kind: 'named', version: '9' }],
  ['image-tag', { kind: 'named', version: 'rig' }],
  ['http:8080/health#version', { kind: 'unknown' }],
])('the pods of a rendered workload will name by %s', (text, foretold) => {
  expect(foretoldVersion(manifest, ref, versionFromText(text))).toEqual(foretold)
})

test.each([
  ['', true],
  ['replicas: null', true],
  ['replicas: 1', false],
  ['replicas: 0', false],
])('with "%s" in its spec a workload leaves its number of pods to an autoscaler: %s', (replicas, leaves) => {
  const text = `---
kind: Deployment
metadata: { name: side }
spec: { ${leaves ? 'replicas: 3' : ''} }
---
kind: Deployment
metadata: { name: digits }
spec: { paused: false, ${replicas} }
`
  expect(leavesReplicas(text, ref)).toBe(leaves)
  expect(leavesReplicas(text.replaceAll('Deployment', 'DaemonSet'), { ...ref, kind: 'daemonset' })).toBe(
    false,
  )
})

test('a template that the cluster would refuse is left to the cluster', () => {
  const numbers = manifest.replace("value: '7'", 'value: 7')
  expect(foretoldVersion(numbers, ref, versionFromText('env:MODEL_VERSION'))).toEqual({ kind: 'unknown' })
})
