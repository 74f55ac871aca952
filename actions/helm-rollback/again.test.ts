import { describe, expect, test } from 'vitest'
import { Fault, UserError } from '../../src/domain/failure.ts'
import { quietContext } from '../../test/fakes/context.ts'
import { hoursAgo, registry, rollBack, served } from '../../test/fakes/helm-rollback.ts'
import type { FakeRelease } from '../../test/fakes/release.ts'
import { ownRevision } from '../helm-deploy/rolling.ts'
import { post } from './post.ts'

describe('run again', () => {
  test('the same alert finds that the release has gone back', async () => {
    const fake = served(['7', '8'])
    const mlflow = registry({ 7: {}, 8: {} })
    await rollBack(fake, {}, { mlflow })
    fake.calls.length = 0
    const { outputs, failure } = await rollBack(fake, {}, { mlflow })
    expect(failure).toBeUndefined()
    expect(outputs).toMatchObject({
      outcome: 'unchanged',
      'bad-model-version': '8',
      'live-model-version': '7',
    })
    expect(fake.calls).toEqual(['close'])
  })

  test('after it was killed before the pods were seen, it is finished', async () => {
    const fake = served(['7', '8'])
    await fake.release.rollback(1)
    fake.calls.length = 0
    const { outputs } = await rollBack(fake, {}, { mlflow: registry({ 7: {}, 8: {} }) })
    expect(outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': '7', 'live-revision': '3' })
    expect(fake.calls).toEqual(['watch 7', 'mark 3', 'close'])
    expect(fake.marks.get(3)).toMatchObject({ version: '7', digest: 'digest-of-run7', model: 'fraud' })
  })

  test('with live it does not go back once more', async () => {
    const fake = served(['6', '7', '8'])
    const mlflow = registry({ 6: {}, 7: {}, 8: {} })
    const live = { 'bad-model-version': 'live' }
    expect((await rollBack(fake, live, { mlflow })).outputs['bad-model-version']).toBe('8')
    const again = await rollBack(fake, live, { mlflow })
    expect(again.outputs).toMatchObject({
      outcome: 'unchanged',
      'bad-model-version': '8',
      'live-model-version': '7',
    })
  })
})

/** Its next way back leaves the revision pending; `end` says what helm's caller hears. */
function killsHelm({ release, revisions }: FakeRelease, end: () => never): void {
  const { rollback } = release
  release.rollback = async (revision) => {
    await rollback(revision)
    const [, bad, pending] = revisions
    if (bad && pending) Object.assign(pending, { status: 'pending-rollback', updated: hoursAgo(0) })
    if (bad) bad.status = 'deployed'
    release.rollback = rollback
    end()
  }
}

describe('the post step', () => {
  test('does nothing where main came to its end', async () => {
    const fake = served(['7', '8'])
    const { inputs, context, adapters } = await rollBack(fake)
    fake.calls.length = 0
    await post({ rollback: '' }, inputs, context, adapters)
    expect(fake.calls).toEqual([])
  })

  test('finishes what a cancelled main began, also where its helm was killed', async () => {
    const cancel = new AbortController()
    const fake = served(['7', '8'])
    killsHelm(fake, () => {
      cancel.abort()
      throw new UserError('The job was cancelled.')
    })
    const killed = await rollBack(fake, {}, { cancelled: cancel.signal })
    expect(killed.outputs.outcome).toBe('rollback-failed')
    expect(killed.failure?.message).toContain('the post step sees to it')
    expect(killed.context.state.rollback).toBe('8')

    fake.calls.length = 0
    const { inputs, adapters } = killed
    await post(
      { rollback: killed.context.state.rollback ?? '' },
      inputs,
      quietContext({ temp: killed.temp }),
      adapters,
    )
    expect(fake.calls).toContain('rollback 1')
    expect(fake.marks.get(4)).toMatchObject({ version: '7' })
  })

  test('knows the revision of a killed helm also where its values name no version', async () => {
    const fake = served(['7', '8'])
    // Revision 1 was adopted: only its pods name what it serves.
    fake.release.versionIn = async (revision) => (revision === 2 ? '8' : undefined)
    killsHelm(fake, () => {
      throw new Fault({ system: 'Helm', call: 'helm rollback', said: 'signal: killed', next: 'Look.' })
    })
    const { inputs, temp, context, adapters } = await rollBack(fake)
    fake.calls.length = 0
    await post({ rollback: context.state.rollback ?? '' }, inputs, quietContext({ temp }), adapters)
    expect(fake.calls).toEqual(['watch 7', 'evidence', 'rollback 1', 'watch 7', 'mark 4', 'close'])
  })
})

describe('what another job wrote since a rollback was begun is none of its own', () => {
  const line = (status: string, description: string) => ({ status, description })
  test.each([
    ['Helm wrote it', line('deployed', 'Rollback to 1'), 3],
    ['Helm was killed', line('pending-rollback', 'Rollback to 1'), 3],
    ['Helm failed', line('failed', 'Rollback "digits" failed: quota'), 3],
    ['someone went elsewhere', line('deployed', 'Rollback to 2'), undefined],
    ['someone deployed', line('deployed', 'Upgrade complete'), undefined],
  ])('%s', async (_title, last, own) => {
    const fake = served(['7', '8', '7'])
    Object.assign(fake.revisions[2] ?? {}, last)
    const begun = { release: 'digits', namespace: 'ml', first: false, before: 2, version: '7', backTo: 1 }
    expect(await ownRevision(fake.release, begun)).toBe(own)
  })
})
