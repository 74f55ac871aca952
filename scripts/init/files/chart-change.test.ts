import { expect, test } from 'vitest'
import { createdChart, moveFiles } from '../../../test/fakes/user-repositories.ts'
import { findCharts } from '../inspect/charts.ts'
import { planChartChange } from './chart-change.ts'

function plan(changes: Record<string, string>, versionFrom = 'env:MODEL_VERSION') {
  const repository = {
    name: 'shop',
    files: new Map(Object.entries(moveFiles({ ...createdChart, ...changes }, 'chart'))),
  }
  const [chart] = findCharts(repository)
  if (!chart) throw new Error('no chart')
  return planChartChange(repository, chart, versionFrom)
}

const template = createdChart['templates/deployment.yaml'] ?? ''

test('the layout of helm create gets a patch of two files', () => {
  const change = plan({})
  if (change.kind !== 'edit') throw new Error(change.kind)
  expect([...change.files.keys()]).toEqual(['chart/templates/deployment.yaml', 'chart/values.yaml'])
  expect(change.patch).toMatch(/^--- a\/chart\/templates\/deployment.yaml\n/)
})

test.each(['StatefulSet', 'DaemonSet'])('a %s, too', (kind) => {
  expect(
    plan({ 'templates/deployment.yaml': template.replace('kind: Deployment', `kind: ${kind}`) }).kind,
  ).toBe('edit')
})

test('another variable', () => {
  const change = plan({}, 'env:VERSION')
  if (change.kind !== 'edit') throw new Error(change.kind)
  expect(change.patch).toContain('+            - name: VERSION\n')
})

test('a value "model" with another meaning: by hand', () => {
  expect(plan({ 'values.yaml': 'model: resnet\n' })).toMatchObject({
    kind: 'manual',
    reason: 'chart/values.yaml: its value "model" is not a block of keys',
  })
})

test('a label: by hand', () => {
  const change = plan({}, 'label:version')
  if (change.kind !== 'manual') throw new Error(change.kind)
  expect(change.text).toMatch(/put the version where `version-from: label:version` reads it/)
})

test('the model in the image: only the tag changes', () => {
  const change = plan({}, 'image-tag')
  if (change.kind !== 'edit') throw new Error(change.kind)
  expect(change.patch).toContain('.Values.image.repository }}:{{ .Values.model.version }}"')
  expect(change.patch).not.toContain('fetch-model')
})

test('another layout gets the lines, and where each belongs', () => {
  const change = plan({
    'templates/deployment.yaml': template.replace('containers:', 'initContainers: []\n      containers:'),
  })
  if (change.kind !== 'manual') throw new Error(change.kind)
  expect(change.reason).toBe('chart/templates/deployment.yaml: it has init containers already')
  expect(change.text).toMatch(
    /In chart\/values.yaml[\s\S]*version: ''[\s\S]*In chart\/templates\/deployment.yaml/,
  )
  expect(change.text).toContain('- name: fetch-model')
  expect(change.text).toContain(
    'image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}" # the image of the server',
  )
})

test.each([
  ['image: {{ .Values.image }} # pinned', 'image: {{ .Values.image }} # the image of the server'],
  ['image: app@sha256:1', 'image: app@sha256:1 # the image of the server'],
])('the lines to place repeat %s', (image, expected) => {
  const other = template
    .replace(/image: ".*/, image)
    .replace('containers:', 'initContainers:\n        - image: other:1\n      containers:')
  const change = plan({ 'templates/deployment.yaml': other })
  if (change.kind !== 'manual') throw new Error(change.kind)
  expect(change.text).toContain(expected)
})

test.each([
  ['several workloads', { 'templates/worker.yaml': template }, /several workloads/],
  [
    'no workload',
    { 'templates/deployment.yaml': 'kind: Rollout\n' },
    /no Deployment, StatefulSet or DaemonSet/,
  ],
])('%s: by hand', (_, changes, reason) => {
  expect(plan(changes)).toMatchObject({ kind: 'manual', reason: expect.stringMatching(reason) })
})

test('a server that reports its version itself needs no change', () => {
  expect(plan({}, 'http:8080/health#version')).toEqual({ kind: 'none' })
})
