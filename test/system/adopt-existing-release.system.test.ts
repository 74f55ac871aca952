import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tagInNode } from '../../rig/kubernetes/node/node.ts'
import { repository } from '../../rig/paths.ts'
import { type Tags, versionTags } from '../../src/domain/registry/version-tags.ts'
import { createChartRelease, type ForeignChart } from './support/cluster/chart-release.ts'
import { type HelmName, tinyChart } from './support/cluster/namespace.ts'
import { openTestEnvironment, type TestEnvironment } from './support/cluster/test-environment.ts'

let space: TestEnvironment
beforeAll(async () => {
  space = await openTestEnvironment()
  await tagInNode(space.rig.image, 'retrain-actions/baked:1')
})
afterAll(() => space.close())

const BAD = { serve: 'echo no weights; exit 3' }
const tiny: ForeignChart = { chart: 'tiny', 'version-from': 'env:MODEL_VERSION' }

/** A registry with three accepted but unpromoted versions, and a release that another tool created. */
async function deployByHand(helm: HelmName, name: string, chart: ForeignChart = tiny) {
  const [model, release] = [`${name}-${randomUUID()}`, `${name}-${randomUUID().slice(0, 4)}`]
  for (const number of ['1', '2', '3']) expect((await space.registered(model)).number).toBe(number)
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
    ...createChartRelease(space, helm, chart, release, model),
    helm: (...args: string[]) => space.helm(helm, ...args),
    /** The Helm history as the cluster stores it. */
    manifest: (revision: string | undefined) =>
      space.helm(helm, 'get', 'manifest', release, '--revision', revision ?? ''),
    stages: async () =>
      (await space.mlflow.listVersions(model))
        .sort((one, other) => Number(one.number) - Number(other.number))
        .map(({ stage }) => stage),
  }
}

describe.concurrent.each(['helm3', 'helm4'] as const)('a release that plain %s created', (helm) => {
  test('is refused, then adopted once, and is the rollback target when the first deployment fails', async () => {
    const own = await deployByHand(helm, 'bare')
    await own.helm('install', own.release, tinyChart, ...own.set('1', ',env.THREADS=4'))
    const early = await own.deploy('2')
    expect(early.outputs.outcome).toBe('refused')
    expect(early.failure?.message).toContain('adopt: true')

    const { outputs } = await own.promote({ adopt: 'true' })
    expect(outputs).toEqual({ 'champion-version': '1', 'previous-version': 'none', changed: 'true' })
    const tags: Tags = (await space.mlflow.getVersion(own.model, '1'))?.tags ?? {}
    expect(tags[versionTags.adopted]).toMatch(/ by /)

    const down = await own.deploy('2', BAD)
    expect(down.outputs).toMatchObject({
      outcome: 'rolled-back',
      'live-model-version': '1',
      'live-revision': '3',
    })
    expect(await own.manifest('3')).toBe(await own.manifest('1'))
    expect(await space.readVariable(own.release, 'THREADS')).toBe('4')
    expect((await own.promote({ adopt: 'true' })).outputs).toMatchObject({ changed: 'false' })
    expect(await space.readAliases(own.model)).toEqual({ champion: '1' })
  })

  test('whose last upgrade failed, so that its deployed revision is not the newest', async () => {
    const own = await deployByHand(helm, 'newest')
    await own.helm('install', own.release, tinyChart, ...own.set('1'))
    const upgrade = own.helm('upgrade', own.release, tinyChart, ...own.set('2', ',serve=exit 3'))
    await expect(upgrade).rejects.toThrow()

    expect((await own.promote({ adopt: 'true' })).outputs).toMatchObject({ 'champion-version': '1' })
    const down = await own.deploy('3', BAD)
    expect(down.outputs).toMatchObject({
      outcome: 'rolled-back',
      'live-model-version': '1',
      'live-revision': '4',
    })
    expect(down.failure?.message).toContain('to revision 1 (version 1); it is serving')
    expect(await own.manifest('4')).toBe(await own.manifest('1'))
  })
})

test.concurrent('a history of --atomic with failed revisions and rollbacks', async () => {
  const own = await deployByHand('helm3', 'atomic')
  await own.helm('install', own.release, tinyChart, ...own.set('1'))
  const upgrade = own.helm('upgrade', own.release, tinyChart, '--atomic', ...own.set('2', ',serve=exit 3'))
  await expect(upgrade).rejects.toThrow(/has been rolled back/)
  expect(await space.listRevisions('helm3', own.release)).toContain('Rollback to 1')

  expect((await own.promote({ adopt: 'true' })).outputs).toMatchObject({ 'champion-version': '1' })
  const down = await own.deploy('3', BAD)
  expect(down.outputs).toMatchObject({
    outcome: 'rolled-back',
    'live-model-version': '1',
    'live-revision': '5',
  })
  expect(down.failure?.message).toContain('to revision 3 (version 1); it is serving')
  const up = await own.deploy('2')
  expect(up.outputs).toMatchObject({ outcome: 'deployed', 'previous-model-version': '1' })
  await own.promote({ 'model-version': '2' })
  expect((await own.rollBack('2')).outputs).toMatchObject({
    outcome: 'rolled-back',
    'live-model-version': '1',
  })
})

test.concurrent('a chart without model.version: only the pods prove the version', async () => {
  const baked: ForeignChart = { chart: 'baked', 'version-from': 'image-tag' }
  const own = await deployByHand('helm4', 'unnamed', baked)
  const chart = join(repository, 'test/system/charts/baked')
  await own.helm('install', own.release, chart, '--set-string', 'image.tag=1', '--wait')

  const wrong = await own.promote({ adopt: 'true', 'version-from': 'env:MODEL_VERSION' }).catch(String)
  expect(wrong).toContain('name no version')
  const plain = await own.promote({ 'model-version': '1' })
  expect(plain.failure?.message).toContain('say version (none), but its pods serve 1')
  expect(await space.readAliases(own.model)).toEqual({})
  expect((await own.promote({ adopt: 'true' })).outputs).toMatchObject({ 'champion-version': '1' })

  // The tag of 3 was never pushed.
  const down = await own.deploy('3')
  expect(down.outputs).toMatchObject({
    outcome: 'rolled-back',
    'live-model-version': '1',
    'live-revision': '3',
  })
  expect(await own.manifest('3')).toBe(await own.manifest('1'))
})

test.concurrent('a registry with stages: the version in Production is the champion, and the stages stay mirrored', async () => {
  const own = await deployByHand('helm3', 'staged')
  await space.mlflow.setStage(own.model, '1', 'Production')
  await own.helm('install', own.release, tinyChart, ...own.set('1'))
  const mirror = { 'mirror-stages': 'true' }

  // Nothing to adopt: the registry names the live version.
  const up = await own.deploy('2')
  expect(up.outputs).toMatchObject({ outcome: 'deployed', 'previous-model-version': '1' })
  const moved = await own.promote({ 'model-version': '2', 'expected-champion': '1', ...mirror })
  expect(moved.outputs).toEqual({ 'champion-version': '2', 'previous-version': '1', changed: 'true' })
  expect(await own.stages()).toEqual(['Archived', 'Production', 'None'])

  expect((await own.rollBack('live')).outputs).toMatchObject({
    outcome: 'rolled-back',
    'live-model-version': '1',
  })
  for (const changed of ['true', 'false']) {
    expect((await own.demote('2', mirror)).outputs).toMatchObject({ 'champion-version': '1', changed })
    expect(await own.stages()).toEqual(['Production', 'Archived', 'None'])
  }
})
