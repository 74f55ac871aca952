import { describe, expect, test } from 'vitest'
import { Fault, UserError } from '../../src/domain/core/errors.ts'
import { findOwnRevision } from '../../src/release/rollout/upgrade.ts'
import { fakeContext } from '../../test/fakes/context.ts'
import {
  fakeRegistry,
  hoursAgo,
  runHelmRollback,
  verifiedReleaseWith,
} from '../../test/fakes/helm-rollback.ts'
import type { FakeRelease } from '../../test/fakes/release.ts'
import { post } from './post.ts'

describe('a re-run', () => {
  test('finds that the release is already rolled back', async () => {
    const fake = verifiedReleaseWith(['7', '8'])
    const mlflow = fakeRegistry({ 7: {}, 8: {} })
    await runHelmRollback(fake, {}, { mlflow })
    fake.calls.length = 0
    const { outputs, failure } = await runHelmRollback(fake, {}, { mlflow })
    expect(failure).toBeUndefined()
    expect(outputs).toMatchObject({
      outcome: 'unchanged',
      'bad-model-version': '8',
      'live-model-version': '7',
    })
    expect(fake.calls).toEqual(['close'])
  })

  test('verifies the rollback of a run that was killed before it saw the pods', async () => {
    const fake = verifiedReleaseWith(['7', '8'])
    await fake.release.rollback(1)
    fake.calls.length = 0
    const { outputs } = await runHelmRollback(fake, {}, { mlflow: fakeRegistry({ 7: {}, 8: {} }) })
    expect(outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': '7', 'live-revision': '3' })
    expect(fake.calls).toEqual(['watch 7', 'verified 3', 'close'])
    expect(fake.verifiedRevisions.get(3)).toMatchObject({
      version: '7',
      digest: 'digest-of-run7',
      model: 'fraud',
    })
  })

  test('with live does not roll back twice', async () => {
    const fake = verifiedReleaseWith(['6', '7', '8'])
    const mlflow = fakeRegistry({ 6: {}, 7: {}, 8: {} })
    const live = { 'bad-model-version': 'live' }
    expect((await runHelmRollback(fake, live, { mlflow })).outputs['bad-model-version']).toBe('8')
    const again = await runHelmRollback(fake, live, { mlflow })
    expect(again.outputs).toMatchObject({
      outcome: 'unchanged',
      'bad-model-version': '8',
      'live-model-version': '7',
    })
  })
})

/** Its next rollback leaves the revision pending; `end` throws what the caller of helm gets. */
function killHelmDuringRollback({ release, revisions }: FakeRelease, end: () => never): void {
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
  test('does nothing if main finished', async () => {
    const fake = verifiedReleaseWith(['7', '8'])
    const { inputs, context, adapters } = await runHelmRollback(fake)
    fake.calls.length = 0
    await post(context.state, inputs, context, adapters)
    expect(fake.calls).toEqual([])
  })

  test('finishes the rollback of a cancelled main whose helm was killed', async () => {
    const cancel = new AbortController()
    const fake = verifiedReleaseWith(['7', '8'])
    killHelmDuringRollback(fake, () => {
      cancel.abort()
      throw new UserError('The job was cancelled.')
    })
    const killed = await runHelmRollback(fake, {}, { cancelled: cancel.signal })
    expect(killed.outputs.outcome).toBe('rollback-failed')
    expect(killed.failure?.message).toContain('the post step finishes it')
    expect(killed.context.state.rollback).toBe('8')

    fake.calls.length = 0
    const { inputs, adapters } = killed
    await post(killed.context.state, inputs, fakeContext({ temp: killed.temp }), adapters)
    expect(fake.calls).toContain('rollback 1')
    expect(fake.verifiedRevisions.get(4)).toMatchObject({ version: '7' })
  })

  test('records the revision of a rollback whose job was cancelled meanwhile', async () => {
    const cancel = new AbortController()
    const fake = verifiedReleaseWith(['7', '8'])
    const { recordVerifiedRevision } = fake.release
    fake.release.recordVerifiedRevision = async () => {
      cancel.abort()
      fake.release.recordVerifiedRevision = recordVerifiedRevision
      throw new UserError('The job was cancelled.')
    }
    const killed = await runHelmRollback(fake, {}, { cancelled: cancel.signal })
    expect(killed.outputs.outcome).toBe('rollback-failed')
    expect(killed.failure?.message).toContain('the post step records the revision as verified')
    expect(fake.verifiedRevisions.get(3)).toBeUndefined()

    const { inputs, adapters } = killed
    await post(killed.context.state, inputs, fakeContext({ temp: killed.temp }), adapters)
    expect(fake.verifiedRevisions.get(4)).toMatchObject({ version: '7' })
  })

  test('finds the revision of a killed helm even if its values name no version', async () => {
    const fake = verifiedReleaseWith(['7', '8'])
    // Revision 1 was adopted: only its pods name a version.
    fake.release.readModelVersion = async (revision) => (revision === 2 ? '8' : undefined)
    killHelmDuringRollback(fake, () => {
      throw new Fault({ system: 'Helm', call: 'helm rollback', detail: 'signal: killed', hint: 'Look.' })
    })
    const { inputs, temp, context, adapters } = await runHelmRollback(fake)
    fake.calls.length = 0
    await post(context.state, inputs, fakeContext({ temp }), adapters)
    expect(fake.calls).toEqual(['watch 7', 'evidence', 'rollback 1', 'watch 7', 'verified 4', 'close'])
  })
})

describe('the own revision of an interrupted rollback', () => {
  const line = (status: string, isRollback: boolean, rollbackOf?: number) => ({
    status,
    isRollback,
    rollbackOf,
  })
  test.each([
    ['Helm wrote it', line('deployed', true, 1), 3],
    ['Helm was killed', line('pending-rollback', true, 1), 3],
    ['Helm failed', line('failed', true), 3],
    ['another job rolled back elsewhere', line('deployed', true, 2), undefined],
    ['another job deployed', line('deployed', false), undefined],
  ])('%s', async (_title, last, own) => {
    const fake = verifiedReleaseWith(['7', '8', '7'])
    Object.assign(fake.revisions[2] ?? {}, last)
    const begun = {
      release: 'digits',
      namespace: 'ml',
      isInstall: false,
      previousRevision: 2,
      version: '7',
      rollbackTarget: 1,
    }
    expect(await findOwnRevision(fake.release, begun)).toBe(own)
  })
})
