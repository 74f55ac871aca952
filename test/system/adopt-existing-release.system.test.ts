import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tagInNode } from '../../rig/kubernetes/node/node.ts'
import { repository } from '../../rig/paths.ts'
import { type Tags, versionTags } from '../../src/domain/registry/version-tags.ts'
import { createChartRelease, type ForeignChart } from './support/cluster/chart-release.ts'
import { type HelmName, tinyChart } from './support/cluster/namespace.ts'
import { openTestEnvironment, type TestEnvironment } from './support/cluster/test-environment.ts'

let cluster: TestEnvironment
beforeAll(async () => {
  cluster = await openTestEnvironment()
  await tagInNode(cluster.rig.image, 'retrain-actions/baked:1')
})
afterAll(() => cluster.close())

const BAD = { serve: 'echo no weights; exit 3' }
const tiny: ForeignChart = { chart: 'tiny', 'version-from': 'env:MODEL_VERSION' }

/** A registry with three accepted but unpromoted versions, and a release that another tool created. */
async function deployByHand(helm: HelmName, name: string, chart: ForeignChart = tiny) {
  const [model, release] = [`${name}-${randomUUID()}`, `${name}-${randomUUID().slice(0, 4)}`]
  for (const number of ['1', '2', '3']) expect((await cluster.registerVersion(model)).number).toBe(number)
  const set = (version: string, more = '') => [
    '--set-string',
    `model.name=${model},model.version=${version}${more}`,
    '--wait',
    // A rollout that cannot succeed waits for the whole timeout.
    more.includes('exit') ? '--timeout=12s' : '--timeout=55s',
  ]
  return {
    model,
    release,
    set,
    ...createChartRelease(cluster, helm, chart, release, model),
    helm: (...args: string[]) => cluster.helm(helm, ...args),
    /** The Helm history as the cluster stores it. */
    manifest: (revision: string | undefined) =>
      cluster.helm(helm, 'get', 'manifest', release, '--revision', revision ?? ''),
    stages: async () =>
      (await cluster.mlflow.listVersions(model))
        .sort((one, other) => Number(one.number) - Number(other.number))
        .map(({ stage }) => stage),
  }
}

describe.concurrent.each(['helm3', 'helm4'] as const)(
  'a release that %s created without the suite',
  (helm) => {
    test('is refused, then adopted once, and is the rollback target when the first deployment fails', async () => {
      const chartRelease = await deployByHand(helm, 'bare')
      await chartRelease.helm(
        'install',
        chartRelease.release,
        tinyChart,
        ...chartRelease.set('1', ',env.THREADS=4'),
      )
      const early = await chartRelease.deploy('2')
      expect(early.outputs.outcome).toBe('refused')
      expect(early.failure?.message).toContain('adopt: true')

      const { outputs } = await chartRelease.promote({ adopt: 'true' })
      expect(outputs).toEqual({ 'champion-version': '1', 'previous-version': 'none', changed: 'true' })
      const tags: Tags = (await cluster.mlflow.getVersion(chartRelease.model, '1'))?.tags ?? {}
      expect(tags[versionTags.adopted]).toMatch(/ by /)

      const down = await chartRelease.deploy('2', BAD)
      expect(down.outputs).toMatchObject({
        outcome: 'rolled-back',
        'live-model-version': '1',
        'live-revision': '3',
      })
      expect(await chartRelease.manifest('3')).toBe(await chartRelease.manifest('1'))
      expect(await cluster.readVariable(chartRelease.release, 'THREADS')).toBe('4')
      expect((await chartRelease.promote({ adopt: 'true' })).outputs).toMatchObject({ changed: 'false' })
      expect(await cluster.readAliases(chartRelease.model)).toEqual({ champion: '1' })
    })

    test('is adopted after a failed upgrade, when its deployed revision is not the newest', async () => {
      const chartRelease = await deployByHand(helm, 'newest')
      await chartRelease.helm('install', chartRelease.release, tinyChart, ...chartRelease.set('1'))
      const upgrade = chartRelease.helm(
        'upgrade',
        chartRelease.release,
        tinyChart,
        ...chartRelease.set('2', ',serve=exit 3'),
      )
      await expect(upgrade).rejects.toThrow()

      expect((await chartRelease.promote({ adopt: 'true' })).outputs).toMatchObject({
        'champion-version': '1',
      })
      const down = await chartRelease.deploy('3', BAD)
      expect(down.outputs).toMatchObject({
        outcome: 'rolled-back',
        'live-model-version': '1',
        'live-revision': '4',
      })
      expect(down.failure?.message).toContain('to revision 1 (version 1); it is serving')
      expect(await chartRelease.manifest('4')).toBe(await chartRelease.manifest('1'))
    })
  },
)

test.concurrent('a release with failed revisions and rollbacks of --atomic is adopted', async () => {
  const chartRelease = await deployByHand('helm3', 'atomic')
  await chartRelease.helm('install', chartRelease.release, tinyChart, ...chartRelease.set('1'))
  const upgrade = chartRelease.helm(
    'upgrade',
    chartRelease.release,
    tinyChart,
    '--atomic',
    ...chartRelease.set('2', ',serve=exit 3'),
  )
  await expect(upgrade).rejects.toThrow(/has been rolled back/)
  expect(await cluster.listRevisions('helm3', chartRelease.release)).toContain('Rollback to 1')

  expect((await chartRelease.promote({ adopt: 'true' })).outputs).toMatchObject({ 'champion-version': '1' })
  const down = await chartRelease.deploy('3', BAD)
  expect(down.outputs).toMatchObject({
    outcome: 'rolled-back',
    'live-model-version': '1',
    'live-revision': '5',
  })
  expect(down.failure?.message).toContain('to revision 3 (version 1); it is serving')
  const up = await chartRelease.deploy('2')
  expect(up.outputs).toMatchObject({ outcome: 'deployed', 'previous-model-version': '1' })
  await chartRelease.promote({ 'model-version': '2' })
  expect((await chartRelease.rollBack('2')).outputs).toMatchObject({
    outcome: 'rolled-back',
    'live-model-version': '1',
  })
})

test.concurrent('with a chart without model.version, only the pods prove the version', async () => {
  const baked: ForeignChart = { chart: 'baked', 'version-from': 'image-tag' }
  const chartRelease = await deployByHand('helm4', 'unnamed', baked)
  const chart = join(repository, 'test/system/charts/baked')
  await chartRelease.helm('install', chartRelease.release, chart, '--set-string', 'image.tag=1', '--wait')

  const wrong = await chartRelease
    .promote({ adopt: 'true', 'version-from': 'env:MODEL_VERSION' })
    .catch(String)
  expect(wrong).toContain('name no version')
  const plain = await chartRelease.promote({ 'model-version': '1' })
  expect(plain.failure?.message).toContain('say version (none), but its pods serve 1')
  expect(await cluster.readAliases(chartRelease.model)).toEqual({})
  expect((await chartRelease.promote({ adopt: 'true' })).outputs).toMatchObject({ 'champion-version': '1' })

  // The tag of 3 was never pushed.
  const down = await chartRelease.deploy('3')
  expect(down.outputs).toMatchObject({
    outcome: 'rolled-back',
    'live-model-version': '1',
    'live-revision': '3',
  })
  expect(await chartRelease.manifest('3')).toBe(await chartRelease.manifest('1'))
})

test.concurrent('a registry with stages: the version in Production is the champion, and the stages stay mirrored', async () => {
  const chartRelease = await deployByHand('helm3', 'staged')
  await cluster.mlflow.setStage(chartRelease.model, '1', 'Production')
  await chartRelease.helm('install', chartRelease.release, tinyChart, ...chartRelease.set('1'))
  const mirror = { 'mirror-stages': 'true' }

  // Nothing to adopt: the registry names the live version.
  const up = await chartRelease.deploy('2')
  expect(up.outputs).toMatchObject({ outcome: 'deployed', 'previous-model-version': '1' })
  const moved = await chartRelease.promote({ 'model-version': '2', 'expected-champion': '1', ...mirror })
  expect(moved.outputs).toEqual({ 'champion-version': '2', 'previous-version': '1', changed: 'true' })
  expect(await chartRelease.stages()).toEqual(['Archived', 'Production', 'None'])

  expect((await chartRelease.rollBack('live')).outputs).toMatchObject({
    outcome: 'rolled-back',
    'live-model-version': '1',
  })
  for (const changed of ['true', 'false']) {
    expect((await chartRelease.demote('2', mirror)).outputs).toMatchObject({
      'champion-version': '1',
      changed,
    })
    expect(await chartRelease.stages()).toEqual(['Production', 'Archived', 'None'])
  }
})
