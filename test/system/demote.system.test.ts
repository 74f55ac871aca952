import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ledger, type Tags } from '../../src/domain/ledger.ts'
import { openSpace, type Space } from './rollback-space.ts'

let space: Space
beforeAll(async () => {
  space = await openSpace()
})
afterAll(() => space.close())

test('a failed start, a bad version, a killed rollback: the registry follows what serves', async () => {
  const [model, release, helm] = [`demote-${randomUUID()}`, 'demoted', 'helm4'] as const
  const uri = { 'tracking-uri': space.trainer.uri, 'model-name': model }
  const weights = { 'weights.bin': 'these very weights' }
  const tagsOf = async (version: string): Promise<Tags> =>
    (await space.mlflow.version(model, version))?.tags ?? {}
  for (const files of [{}, weights]) {
    const { number } = await space.registered(model, files)
    await space.deployed(helm, release, number, {}, model)
    await space.promoted(helm, release, number, model)
  }

  // A version that cannot start is taken back by the deployment: its ledger says why, and no alias moves.
  const third = (await space.registered(model)).number
  const failed = await space.deployed(helm, release, third, { serve: 'echo no weights; exit 3' }, model)
  expect(failed.outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': '2' })
  expect(failed.summary).toContain('no weights')
  expect(await space.aliases(model)).toEqual({ champion: '2', previous: '1' })
  expect(await tagsOf(third)).toMatchObject({
    [ledger.deployFailed]: expect.stringMatching(/^\d{4}-.*Z: CrashLoopBackOff \(exit code 3\)/),
    [ledger.runUrl]: failed.context.run.url,
    [ledger.quarantined]: expect.stringContaining('CrashLoopBackOff'),
  })

  // An alert names 2. Nothing is written while 2 serves.
  await expect(space.demoted(helm, release, '2', model)).rejects.toThrow(/version 2 still serves/)
  const { outputs } = await space.rolledBack(helm, release, '2', uri)
  expect(outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': '1' })
  expect(await space.aliases(model)).toEqual({ champion: '2', previous: '1' })

  // Killed here, and run again, by version and as a person would: it finds the release gone back.
  for (const bad of ['2', 'live']) {
    const again = await space.rolledBack(helm, release, bad, uri)
    expect(again.outputs).toMatchObject({
      outcome: 'unchanged',
      'bad-model-version': '2',
      'live-model-version': '1',
    })
  }
  const demoted = await space.demoted(helm, release, '2', model)
  expect(demoted.outputs).toEqual({
    'champion-version': '1',
    'previous-version': 'none',
    'quarantined-version': '2',
    changed: 'true',
  })
  expect(await space.aliases(model)).toEqual({ champion: '1' })
  const tags = await tagsOf('2')
  expect(tags).toMatchObject({
    [ledger.quarantined]: 'accuracy 0.61',
    [ledger.demotedTo]: '1',
    [ledger.demotedReason]: 'accuracy 0.61',
    [ledger.runUrl]: failed.context.run.url,
  })
  expect((await space.demoted(helm, release, '2', model)).outputs).toMatchObject({ changed: 'false' })
  expect(await tagsOf('2')).toEqual(tags)

  // The same files under a new number are known.
  const { number } = await space.registered(model, weights)
  const back = await space.deployed(helm, release, number, {}, model)
  expect(back.outputs.outcome).toBe('refused')
  expect(back.failure?.message).toContain('as version 2, which has the same files: accuracy 0.61')

  // A better one leads forward again, and what was taken back is never `previous`.
  const fifth = (await space.registered(model)).number
  await space.deployed(helm, release, fifth, {}, model)
  await space.promoted(helm, release, fifth, model)
  expect(await space.aliases(model)).toEqual({ champion: fifth, previous: '1' })
})
