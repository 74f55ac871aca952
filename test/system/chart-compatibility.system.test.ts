import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tagInNode } from '../../rig/kubernetes/node/node.ts'
import { createChartRelease, type ForeignChart } from './support/cluster/chart-release.ts'
import type { HelmName } from './support/cluster/namespace.ts'
import { openTestEnvironment, type TestEnvironment } from './support/cluster/test-environment.ts'

let cluster: TestEnvironment
beforeAll(async () => {
  cluster = await openTestEnvironment()
  // Each model has its own image; version 3 was never pushed.
  for (const version of ['1', '2']) await tagInNode(cluster.rig.image, `retrain-actions/baked:${version}`)
  for (const tag of ['rig', 'v1', 'v2']) await tagInNode(cluster.rig.image, `retrain-actions/placed:${tag}`)
})
afterAll(() => cluster.close())

interface ChartCase extends ForeignChart {
  helm: HelmName
  /** The input of helm-deploy, for a chart that takes the version elsewhere. */
  versionValues?: string
  /** The values of a version that cannot serve, and the expected reason. */
  broken: object
  reason: string
  /** The workload in the serving proof. */
  seen: RegExp
}

const CRASHES = ['/bin/sh', '-c', 'echo no weights; exit 3']
const chartCases: ChartCase[] = [
  {
    chart: 'ranker',
    helm: 'helm3',
    'version-from': 'annotation:models.example.com/version',
    broken: { command: CRASHES },
    reason: 'CrashLoopBackOff',
    seen: /2 pods of statefulset\/\S+ ready/,
  },
  {
    chart: 'baked',
    helm: 'helm4',
    'version-from': 'image-tag',
    broken: {},
    reason: 'ImagePullBackOff',
    seen: /1 pod of deployment\/\S+ ready/,
  },
  {
    chart: 'sidecars',
    helm: 'helm3',
    'version-from': 'http:8080/health#model.version',
    // A leftover of an earlier download: the pods are ready, and serve another model than requested.
    broken: { fetch: `printf '{"version":"1"}' > /models/model.json` },
    reason: 'WrongVersion',
    seen: /1 pod of deployment\/\S+ ready/,
  },
  {
    chart: 'split',
    helm: 'helm4',
    'version-from': 'label:models.example.com/version',
    broken: { api: { command: CRASHES } },
    reason: 'CrashLoopBackOff',
    seen: /2 pods of deployment\/\S+-api ready/,
  },
  {
    chart: 'nodes',
    helm: 'helm3',
    'version-from': 'env:SERVED_MODEL_VERSION',
    broken: { command: CRASHES },
    reason: 'CrashLoopBackOff',
    seen: /1 pod of daemonset\/\S+ ready/,
  },
  {
    chart: 'placed',
    helm: 'helm3',
    'version-from': 'image-tag',
    versionValues: 'image.tag: v{{version}}',
    broken: {},
    reason: 'ImagePullBackOff',
    seen: /1 pod of deployment\/\S+ ready/,
  },
  {
    chart: 'placed',
    helm: 'helm4',
    'version-from': 'annotation:models.example.com/version',
    versionValues: `
      podAnnotations["models.example.com/version"]: {{version}}
      extraEnv[1].value: {{version}}
      extraEnv[0].value: models:/{{name}}/{{version}}#{{digest}}`,
    broken: { serve: 'echo no weights; exit 3' },
    reason: 'CrashLoopBackOff',
    seen: /1 pod of deployment\/\S+ ready/,
  },
]

describe.concurrent('a chart with another structure passes the whole life cycle', () => {
  test.each(chartCases)('$chart, with $helm', async (chartCase) => {
    const { helm, broken, reason, seen, versionValues, ...foreignChart } = chartCase
    const placed = versionValues === undefined ? {} : { 'version-values': versionValues }
    const [model, release] = [
      `${chartCase.chart}-${randomUUID()}`,
      `${chartCase.chart}-${randomUUID().slice(0, 4)}`,
    ]
    const workload = chartCase.chart === 'split' ? { workload: `deployment/${release}-api` } : {}
    const chartRelease = createChartRelease(cluster, helm, { ...foreignChart, ...workload }, release, model)
    for (const number of ['1', '2', '3']) expect((await cluster.registerVersion(model)).number).toBe(number)

    for (const version of ['1', '2']) {
      const up = await chartRelease.deploy(version, {}, placed)
      expect(up.failure).toBeUndefined()
      expect(up.outputs).toMatchObject({ outcome: 'deployed', 'live-model-version': version })
      const { outputs, summary } = await chartRelease.promote({ 'model-version': version })
      expect(outputs).toMatchObject({ 'champion-version': version, changed: 'true' })
      expect(summary).toMatch(seen)
    }
    if (versionValues !== undefined)
      expect((await chartRelease.deploy('2', {}, placed)).outputs).toMatchObject({ outcome: 'unchanged' })
    const down = await chartRelease.deploy('3', broken, placed)
    expect(down.failure?.message).toContain('it is serving')
    expect(down.outputs).toMatchObject({
      outcome: 'rolled-back',
      'failure-reason': reason,
      'live-model-version': '2',
    })
    expect((await chartRelease.promote({ 'model-version': '3' })).failure?.message).toMatch(
      /serve version 2, not 3/,
    )

    const back = await chartRelease.rollBack('2')
    expect(back.outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': '1' })
    expect((await chartRelease.demote('2')).outputs).toMatchObject({ 'champion-version': '1' })
    expect(await cluster.readAliases(model)).toEqual({ champion: '1' })
    const { outputs } = await chartRelease.reconcile()
    expect(outputs).toMatchObject({ consistent: 'true', 'release-version': '1', 'live-model-version': '1' })
  })
})
