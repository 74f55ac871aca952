import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Tags, versionTags } from '../../src/domain/registry/version-tags.ts'
import { openTestEnvironment, type TestEnvironment } from './support/cluster/test-environment.ts'

let cluster: TestEnvironment
beforeAll(async () => {
  cluster = await openTestEnvironment()
})
afterAll(() => cluster.close())

test('the registry follows the serving version after a failed start, a bad version and a killed rollback', async () => {
  const [model, release, helm] = [`demote-${randomUUID()}`, 'demoted', 'helm4'] as const
  const uri = { 'tracking-uri': cluster.trainer.uri, 'model-name': model }
  const weights = { 'weights.bin': 'these very weights' }
  const tagsOf = async (version: string): Promise<Tags> =>
    (await cluster.mlflow.getVersion(model, version))?.tags ?? {}
  for (const files of [{}, weights]) {
    const { number } = await cluster.registerVersion(model, files)
    await cluster.deployVersion(helm, release, number, {}, model)
    await cluster.promoteVersion(helm, release, number, model)
  }

  // The deployment rolls back a version that cannot start: its tags record why, and no alias moves.
  const third = (await cluster.registerVersion(model)).number
  const failed = await cluster.deployVersion(
    helm,
    release,
    third,
    { serve: 'echo weights.bin is truncated; exit 3' },
    model,
  )
  expect(failed.outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': '2' })
  expect(failed.summary).toContain('weights.bin is truncated')
  expect(await cluster.readAliases(model)).toEqual({ champion: '2', previous: '1' })
  expect(await tagsOf(third)).toMatchObject({
    [versionTags.deployFailed]: expect.stringMatching(/^\d{4}-.*Z: CrashLoopBackOff \(exit code 3\)/),
    [versionTags.runUrl]: failed.context.run.url,
    [versionTags.quarantined]: expect.stringContaining('CrashLoopBackOff'),
  })

  // An alert names 2. demote writes nothing while 2 serves.
  await expect(cluster.demoteVersion(helm, release, '2', model)).rejects.toThrow(/version 2 still serves/)
  const { outputs } = await cluster.rollBackVersion(helm, release, '2', uri)
  expect(outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': '1' })
  expect(await cluster.readAliases(model)).toEqual({ champion: '2', previous: '1' })

  // The job is killed here and re-run, with and without a version: it finds the release rolled back.
  for (const bad of ['2', 'live']) {
    const again = await cluster.rollBackVersion(helm, release, bad, uri)
    expect(again.outputs).toMatchObject({
      outcome: 'unchanged',
      'bad-model-version': '2',
      'live-model-version': '1',
    })
  }
  const demoted = await cluster.demoteVersion(helm, release, '2', model)
  expect(demoted.outputs).toEqual({
    'champion-version': '1',
    'previous-version': 'none',
    'quarantined-version': '2',
    changed: 'true',
  })
  expect(await cluster.readAliases(model)).toEqual({ champion: '1' })
  const tags = await tagsOf('2')
  expect(tags).toMatchObject({
    [versionTags.quarantined]: 'accuracy 0.61',
    [versionTags.demotedTo]: '1',
    [versionTags.demotedReason]: 'accuracy 0.61',
    [versionTags.runUrl]: failed.context.run.url,
  })
  expect((await cluster.demoteVersion(helm, release, '2', model)).outputs).toMatchObject({ changed: 'false' })
  expect(await tagsOf('2')).toEqual(tags)

  // The same files are recognized under a new number.
  const { number } = await cluster.registerVersion(model, weights)
  const back = await cluster.deployVersion(helm, release, number, {}, model)
  expect(back.outputs.outcome).toBe('refused')
  expect(back.failure?.message).toContain('as version 2, which has the same files: accuracy 0.61')

  // A better version is promoted, and a rolled back version never becomes `previous`.
  const fifth = (await cluster.registerVersion(model)).number
  await cluster.deployVersion(helm, release, fifth, {}, model)
  await cluster.promoteVersion(helm, release, fifth, model)
  expect(await cluster.readAliases(model)).toEqual({ champion: fifth, previous: '1' })
})
