import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { tagInNode } from '../../rig/kubernetes/node/node.ts'
import { createChartRelease, type ForeignChart } from './support/cluster/chart-release.ts'
import type { HelmName } from './support/cluster/namespace.ts'
import { openTestEnvironment, type TestEnvironment } from './support/cluster/test-environment.ts'

let cluster: TestEnvironment
beforeAll(async () => {
  cluster = await openTestEnvironment()
  for (const version of ['1', '2']) await tagInNode(cluster.rig.image, `retrain-actions/baked:${version}`)
})
afterAll(() => cluster.close())

/** A release of a chart with three versions to deploy. */
async function createRelease(chart: ForeignChart, helm: HelmName = 'helm4') {
  const [model, name] = [`${chart.chart}-${randomUUID()}`, `${chart.chart}-${randomUUID().slice(0, 4)}`]
  for (const number of ['1', '2', '3']) expect((await cluster.registerVersion(model)).number).toBe(number)
  const readLastRevision = async () => (await cluster.listRevisions(helm, name)).length
  return {
    name,
    model,
    readLastRevision,
    with: (more: Partial<ForeignChart>) =>
      createChartRelease(cluster, helm, { ...chart, ...more }, name, model),
  }
}

const LABEL = 'label:models.example.com/version'

test.concurrent('with two Deployments, the input workload must name the one that serves', async () => {
  const {
    name,
    readLastRevision,
    with: openChartRelease,
  } = await createRelease({ chart: 'split', 'version-from': LABEL })
  const api = openChartRelease({ workload: `deployment/${name}-api` })
  await api.deploy('1')
  await api.promote({ 'model-version': '1' })
  await expect(openChartRelease({}).deploy('2')).rejects.toThrow(/Input workload: .* several .*-api.*-worker/)
  await expect(openChartRelease({ workload: 'deployment/api' }).deploy('2')).rejects.toThrow(
    /has no deployment\/api; it has /,
  )
  await expect(openChartRelease({}).promote({ 'model-version': '1' })).rejects.toThrow(/Input workload/)

  const worker = await openChartRelease({ workload: `deployment/${name}-worker` }).deploy('2')
  expect(worker.outputs.outcome).toBe('refused')
  expect(worker.failure?.message).toContain('would name no model version')
  const other = await openChartRelease({
    workload: `deployment/${name}-api`,
    'version-from': 'env:MODEL_VERSION',
  }).deploy('2')
  expect(other.failure?.message).toContain('Input version-from: by env:MODEL_VERSION')
  expect(await readLastRevision()).toBe(1)

  // A workload without a model cannot be rolled back.
  const worse = { worker: { command: ['/bin/sh', '-c', 'exit 1'] } }
  const up = await api.deploy('2', worse)
  expect(up.outputs).toMatchObject({ outcome: 'deployed', 'live-model-version': '2' })
  expect(up.summary).toMatch(/-worker has 0 of 1 new pods ready .*It serves no model/)
})

test.concurrent('a chart that renames its workload and splits it in two is deployed and rolled back', async () => {
  const { name, with: openChartRelease } = await createRelease({ chart: 'split', 'version-from': LABEL })
  const before = openChartRelease({})
  const alone = { fullnameOverride: `${name}-old`, worker: { enabled: false } }
  expect((await before.deploy('1', alone)).outputs.outcome).toBe('deployed')
  await before.promote({ 'model-version': '1' })

  const after = openChartRelease({ workload: `deployment/${name}-api` })
  const down = await after.deploy('2', { image: { tag: 'never-built' } })
  expect(down.outputs).toMatchObject({
    outcome: 'rolled-back',
    'failure-reason': 'ImagePullBackOff',
    'live-model-version': '1',
  })
  const up = await after.deploy('2')
  expect(up.outputs).toMatchObject({
    outcome: 'deployed',
    'live-model-version': '2',
    'previous-model-version': '1',
  })
  await after.promote({ 'model-version': '2' })
  const back = await after.rollBack('2')
  expect(back.outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': '1' })
  expect((await after.demote('2')).outputs).toMatchObject({ 'champion-version': '1' })
})

test.concurrent('with a model in the image, a tag other than the version is rejected, even if its pods become ready', async () => {
  const { readLastRevision, with: openChartRelease } = await createRelease({
    chart: 'baked',
    'version-from': 'image-tag',
  })
  const chartRelease = openChartRelease({})
  const first = await chartRelease.deploy('2', { image: { tag: '1' } })
  expect(first.outputs).toMatchObject({ outcome: 'refused', 'live-revision': '' })
  expect(first.failure?.message).toContain('by image-tag, the new pods of release')
  expect((await chartRelease.deploy('1', { image: { tag: '1' } })).outputs.outcome).toBe('deployed')
  await chartRelease.promote({ 'model-version': '1' })
  const stale = await chartRelease.deploy('2', { image: { tag: '1' } })
  expect(stale.outputs.outcome).toBe('refused')
  expect(stale.failure?.message).toContain('by image-tag, the new pods of release')
  expect(await readLastRevision()).toBe(1)
})

test.concurrent('a StatefulSet with OnDelete that keeps its old pods is rolled back with the reason', async () => {
  const chart: ForeignChart = { chart: 'ranker', 'version-from': 'annotation:models.example.com/version' }
  const { name, with: openChartRelease } = await createRelease(chart, 'helm3')
  const chartRelease = openChartRelease({ workload: `statefulset/${name}` })
  await chartRelease.deploy('1')
  await chartRelease.promote({ 'model-version': '1' })
  const partition = { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } } }
  const held = await chartRelease.deploy('2', partition, { timeout: '45s' })
  expect(held.outputs).toMatchObject({
    outcome: 'rolled-back',
    'failure-reason': 'RolloutPaused',
    'live-model-version': '1',
  })
  expect(held.failure?.message).toContain('partition')

  // Scaled to zero: the live version is unknown, and no new version can be verified.
  const none = await chartRelease.deploy('2', { replicaCount: 0 })
  expect(none.outputs).toMatchObject({ outcome: 'refused', 'live-model-version': '1' })
  expect(none.failure?.message).toContain('replicas: 0')
  await cluster.kubectl('scale', `statefulset/${name}`, '--replicas=0')
  await cluster.kubectl(
    'wait',
    '--for=delete',
    'pod',
    '--selector',
    `app.kubernetes.io/instance=${name}`,
    '--timeout=60s',
  )
  const unknown = await chartRelease.promote({ 'model-version': '1' })
  expect(unknown.failure?.message).toMatch(/unknown what .*: no pod of statefulset\//)
  const up = await chartRelease.deploy('2')
  expect(up.outputs).toMatchObject({
    outcome: 'deployed',
    'live-model-version': '2',
    'previous-model-version': '',
  })
})
