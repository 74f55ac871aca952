import { describe, expect, test } from 'vitest'
import {
  expiredLease,
  foreignLease,
  holderIdentity,
  leaseRequest,
  operation,
  readUnreleasedLease,
  setLease,
} from '../../test/fakes/leases.ts'
import { fakeRelease } from '../../test/fakes/release.ts'
import { Fault, UserError } from '../domain/core/errors.ts'
import { runPostStep } from './post-step.ts'
import { RecoveryInterruptedError, recover } from './recovery/recover.ts'
import { withLease } from './with-lease.ts'

describe('the interrupted operation of an expired holder', () => {
  async function left() {
    const fake = fakeRelease(['7'])
    fake.verifiedRevisions.set(1, { ...mark, revision: 1, updated: 't1' })
    fake.deployByOtherJob('8')
    return setLease(fake, expiredLease({ operation }))
  }
  const mark = { model: 'fraud', version: '7', digest: '', run: '', verifiedAt: '' }

  test('is recovered before the work, and described in its notes', async () => {
    const fake = await left()
    const notes = await withLease(fake.release, leaseRequest(), async (ours) => {
      expect((await fake.release.lease.read())?.operation).toBeUndefined()
      return ours.notes
    })
    expect(notes).toEqual([
      expect.stringMatching(
        /runs\/70.*did not finish its work.*rolled back to revision 1 \(version 7\) and serves it: revision 2 is not verified/,
      ),
    ])
    expect(fake.calls).toEqual(['watch 8', 'evidence', 'rollback 1', 'watch 7', 'verified 3'])
  })

  test('is recovered once only', async () => {
    const fake = await left()
    await withLease(fake.release, leaseRequest(), async () => undefined)
    fake.calls.length = 0
    expect(await withLease(fake.release, leaseRequest(), async ({ recovered }) => recovered)).toBeUndefined()
    expect(fake.calls).toEqual([])
  })

  test('stays in the lease while its recovery is interrupted', async () => {
    const fake = await left()
    const silent = new Fault({ system: 'Helm', call: 'helm rollback', detail: 'EOF', hint: 'Look.' })
    const { rollback } = fake.release
    fake.release.rollback = async () => {
      throw silent
    }
    const broken = withLease(fake.release, leaseRequest(), async () => 'never')
    // The release may be changed.
    await expect(broken).rejects.toThrow(RecoveryInterruptedError)
    await expect(broken).rejects.toMatchObject({
      cause: silent,
      message: expect.stringMatching(
        /recovery of an interrupted operation failed: Helm: helm rollback failed: EOF.*Re-run the job/,
      ),
    })
    expect((await fake.release.lease.read())?.operation).toEqual(operation)
    fake.release.rollback = rollback
    // The next step of the same job finds it.
    await withLease(fake.release, leaseRequest(), async () => undefined)
    expect(fake.calls).toContain('rollback 1')
  })

  test('that requires manual intervention does not stop the work, which decides', async () => {
    const fake = await left()
    fake.verifiedRevisions.clear()
    const end = await withLease(fake.release, leaseRequest(), async ({ recovered }) => recovered?.error)
    expect(end).toBeInstanceOf(UserError)
    expect(String(end)).toMatch(/manual intervention required.*helm rollback digits REVISION/)
    expect(await readUnreleasedLease(fake.release)).toBeUndefined()
  })
})

describe('a recovery that the cluster does not accept', () => {
  const obstacle = { text: 'Job a: spec.template: field is immutable', hint: 'Run "kubectl delete job a".' }
  const failure = { model: 'fraud', version: '8', tags: {}, failedAt: '2026-01-01T00:00:00Z' }
  function blockedRelease() {
    const fake = fakeRelease(['7'])
    const mark = { model: 'fraud', version: '7', digest: '', run: '', verifiedAt: '' }
    fake.verifiedRevisions.set(1, { ...mark, revision: 1, updated: 't1' })
    fake.deployByOtherJob('8')
    fake.obstacles.set(1, [obstacle])
    return setLease(fake, expiredLease({ operation: { ...operation, failure } }))
  }
  const recoverBy = (fake: ReturnType<typeof fakeRelease>, request = leaseRequest()) =>
    withLease(fake.release, request, async ({ recovered }) => recovered?.error?.message)

  test('starts no Helm, however often it is tried, and goes on once the object is gone', async () => {
    const fake = blockedRelease()
    for (let job = 0; job < 5; job += 1)
      expect(await recoverBy(fake)).toMatch(/revision 1 \(version 7\): Job a: .*"kubectl delete job a"/)
    expect(fake.calls).toEqual([])
    expect(fake.revisions).toHaveLength(2)
    fake.obstacles.clear()
    expect(await recoverBy(fake)).toBeUndefined()
    expect(fake.calls).toEqual(['watch 8', 'evidence', 'rollback 1', 'watch 7', 'verified 3'])
    expect(await readUnreleasedLease(fake.release)).toBeUndefined()
  })

  test('writes the failure of the version once', async () => {
    const fake = blockedRelease()
    const written: string[] = []
    const registry = { setVersionTags: async (_model: string, version: string) => void written.push(version) }
    for (let job = 0; job < 3; job += 1) await recoverBy(fake, leaseRequest({ registry: () => registry }))
    expect(written).toEqual(['8'])
  })

  test('leaves nothing to the post step', async () => {
    const fake = blockedRelease()
    const request = leaseRequest({ registry: () => ({ setVersionTags: async () => undefined }) })
    const saved = new Map<string, string>()
    request.context.saveState = (name: string, value: string) => void saved.set(name, value)
    await recoverBy(fake, request)
    expect(saved.get('lease')).toBe('')
  })

  test('is written off by what the next job does instead', async () => {
    const fake = blockedRelease()
    await withLease(fake.release, leaseRequest(), async ({ recordOperation }) => {
      await recordOperation({ ...operation, version: '9' })
    })
    expect(await readUnreleasedLease(fake.release)).toBeUndefined()
  })
})

test('a post step recovers the rollout of its main step, and delivers what was pending before it', async () => {
  const fake = fakeRelease(['7', '8'])
  const [good] = fake.revisions
  const mark = { model: 'fraud', version: '7', digest: '', run: '', verifiedAt: '' }
  fake.verifiedRevisions.set(1, { ...mark, revision: 1, updated: good?.updated ?? '' })
  const pending = { model: 'fraud', version: '6', tags: {}, failedAt: new Date().toISOString() }
  await fake.release.outbox.update(() => [pending])
  setLease(fake, foreignLease({ operation: { ...operation, revision: 2 } }))
  const written: string[] = []
  const registry = { setVersionTags: async (_model: string, version: string) => void written.push(version) }
  await runPostStep(fake.release, leaseRequest({ registry: () => registry }), holderIdentity())
  expect(fake.calls).toContain('rollback 1')
  expect(written).toEqual(['6'])
})

test('a post step leaves a release to the job that holds it by now', async () => {
  const fake = setLease(fakeRelease(['7', '8']), foreignLease({ operation: { ...operation, revision: 2 } }))
  const request = leaseRequest()
  await runPostStep(fake.release, request, 'the main step of this action')
  expect(fake.calls).toEqual([])
  expect(fake.release.lease.current()).toMatchObject({ holderIdentity: holderIdentity() })
  expect(request.messages.join()).toContain('digits is left to another job')
})

test('a rollback is not verified by a revision of an earlier release of the same name', async () => {
  const fake = fakeRelease(['7', '8'])
  Object.assign(fake.revisions[0] ?? {}, { status: 'deployed' })
  Object.assign(fake.revisions[1] ?? {}, { status: 'pending-upgrade' })
  const stale = { model: 'fraud', version: '3', digest: '', run: '', verifiedAt: '' }
  fake.verifiedRevisions.set(1, { ...stale, revision: 1, updated: 'long ago' })
  await recover(fake.release, { ...operation, revision: 2 }, leaseRequest())
  expect(fake.calls).toContain('rollback 1')
  expect(fake.verifiedRevisions.has(3)).toBe(false)
})
