import { expect, test } from 'vitest'
import { parseVersionFrom } from '../rollout/version-from.ts'
import { describeChart, omitsReplicas, predictVersion } from './rendered-chart.ts'

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
  ['env:MODEL_VERSION', { kind: 'known', version: '7' }],
  ['env:LATER', { kind: 'known', version: undefined }],
  ['label:version', { kind: 'known', version: '8' }],
  ['annotation:ml/version', { kind: 'known', version: '9' }],
  ['image-tag', { kind: 'known', version: 'rig' }],
  ['http:8080/health#version', { kind: 'unknown' }],
])('the predicted version by %s', (text, predicted) => {
  expect(predictVersion(manifest, ref, parseVersionFrom(text))).toEqual(predicted)
})

test.each([
  ['', true],
  ['replicas: null', true],
  ['replicas: 1', false],
  ['replicas: 0', false],
])('with "%s" in its spec a workload omits replicas: %s', (replicas, leaves) => {
  const text = `---
kind: Deployment
metadata: { name: side }
spec: { ${leaves ? 'replicas: 3' : ''} }
---
kind: Deployment
metadata: { name: digits }
spec: { paused: false, ${replicas} }
`
  expect(omitsReplicas(text, ref)).toBe(leaves)
  expect(omitsReplicas(text.replaceAll('Deployment', 'DaemonSet'), { ...ref, kind: 'daemonset' })).toBe(false)
})

test('an invalid template has an unknown version', () => {
  const numbers = manifest.replace("value: '7'", 'value: 7')
  expect(predictVersion(numbers, ref, parseVersionFrom('env:MODEL_VERSION'))).toEqual({ kind: 'unknown' })
})

const rendered = (container: object, spec: object = {}) =>
  JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'digits' },
    spec: { ...spec, template: { spec: { containers: [{ name: 'serve', image: 'x:1', ...container }] } } },
  })
const describeRendered = (manifest: string) =>
  describeChart(manifest, 'digits', {
    versionFrom: parseVersionFrom('env:MODEL_VERSION'),
    workload: undefined,
  })

test.each([
  [
    'twice in one list: the last one is what a container gets',
    {
      env: [
        { name: 'MODEL_VERSION', value: 'latest' },
        { name: 'MODEL_VERSION', value: '7' },
      ],
    },
    { version: '7', duplicate: 'MODEL_VERSION' },
  ],
  [
    'by a key of a ConfigMap',
    { env: [{ name: 'MODEL_VERSION', valueFrom: { configMapKeyRef: { name: 'settings', key: 'v' } } }] },
    { version: undefined, reference: 'ConfigMap settings' },
  ],
  [
    'by a whole ConfigMap',
    { envFrom: [{ secretRef: { name: 'token' } }, { configMapRef: { name: 'settings' } }] },
    { version: undefined, reference: 'ConfigMap settings' },
  ],
  [
    'by a Secret',
    { envFrom: [{ secretRef: { name: 'token' } }] },
    { version: undefined, reference: 'Secret token' },
  ],
  ['nowhere', {}, { version: undefined }],
])('the version is set %s', (_title, container, predicted) => {
  expect(describeRendered(rendered(container)).predictedVersion).toEqual({ kind: 'known', ...predicted })
})

test.each([
  [{ replicas: 0 }, 'replicas: 0'],
  [{ paused: true }, 'paused: true'],
  [{ replicas: 1, paused: false }, undefined],
  [{}, undefined],
])('with %j, what stops new pods is %s', (spec, field) => {
  expect(describeRendered(rendered({}, spec)).stoppedBy).toBe(field)
})

test('texts that cannot be meant are found with their place', () => {
  const container = {
    image: `acme/\${TAG}`,
    env: [{ name: 'MODEL', value: 'map[name:fraud version:1]' }],
    args: ['--model', '{{ .Values.model.name }}'],
  }
  expect(
    describeRendered(rendered(container)).unusableTexts?.map(({ place, problem }) => [place, problem]),
  ).toEqual([
    ['template.spec.containers[serve].image', 'image'],
    ['template.spec.containers[serve].env[MODEL].value', 'map'],
    ['template.spec.containers[serve].args[1]', 'template'],
  ])
  expect(describeRendered(rendered({})).unusableTexts).toEqual([])
})

test.each<[string, string, boolean | undefined]>([
  ['no probe', "{ name: c, image: 'x:8' }", false],
  ['a liveness probe only', "{ name: c, image: 'x:8', livenessProbe: { tcpSocket: { port: 1 } } }", false],
  ['a readiness probe', "{ name: c, image: 'x:8', readinessProbe: { tcpSocket: { port: 1 } } }", true],
  ['a startup probe', "{ name: c, image: 'x:8', startupProbe: { tcpSocket: { port: 1 } } }", true],
])('a container with %s', (_, container, shows) => {
  const chart = `apiVersion: apps/v1
kind: Deployment
metadata: { name: digits }
spec: { template: { spec: { containers: [${container}] } } }
`
  const describe = (from: string) =>
    describeChart(chart, 'digits', { versionFrom: parseVersionFrom(from), workload: undefined })
  expect(describe('image-tag').showsReadiness).toBe(shows)
  expect(describe('http:8080/health#version').showsReadiness).toBe(true)
})
