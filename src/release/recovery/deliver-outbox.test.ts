import { describe, expect, test } from 'vitest'
import {
  expiredLease,
  leaseRequest,
  readUnreleasedLease,
  setLease,
  writtenOperation,
} from '../../../test/fakes/leases.ts'
import { fakeRelease } from '../../../test/fakes/release.ts'
import { Busy, NotFound, Unreachable } from '../../adapters/mlflow/http/faults.ts'
import { Fault } from '../../domain/core/errors.ts'
import type { FailureRecord, Operation } from '../../domain/release/recovery-plan.ts'
import type { VerifiedRevision } from '../../domain/release/verified-revisions.ts'
import type { Registry } from '../lease/lease-request.ts'
import { withLease } from '../with-lease.ts'
import { isRetryable } from './deliver-outbox.ts'

const tags = { 'retrain.quarantined': 'it crashes' }
const failure: FailureRecord = {
  model: 'fraud',
  version: '8',
  tags,
  failedAt: '2026-03-01T12:10:00.000Z',
}
/** A rollout of version 8 that failed. */
const failedOperation: Operation = { ...writtenOperation, failure }
const details = { call: 'set-tag', detail: 'not now', hint: 'Wait.' }

/** A release that a dead job left with this in its lease and its outbox, and an MLflow that answers or not. */
async function releaseLeftWith(left: { operation?: Operation; pending?: FailureRecord[] }, versions = ['7']) {
  const fake = setLease(fakeRelease(versions), expiredLease({ operation: left.operation }))
  await fake.release.outbox.update(() => left.pending ?? [])
  const written: unknown[] = []
  let away: Error | undefined
  const registry: Registry = {
    async setVersionTags(model, version, given) {
      if (away) throw away
      written.push([model, version, given])
    },
  }
  return {
    fake,
    request: () => leaseRequest({ registry: () => registry }),
    written,
    setError: (error: Error | undefined) => {
      away = error
    },
    pending: () => fake.release.outbox.read(),
  }
}

test.each([
  ['of an interrupted operation', { operation: failedOperation }],
  ['that were pending already', { pending: [failure] }],
])('delivers failure tags %s once MLflow answers, and keeps them until then', async (_what, left) => {
  const one = await releaseLeftWith(left)
  one.setError(new Busy({ ...details, status: 503 }))
  const notes = await withLease(one.fake.release, one.request(), async (session) => {
    // An operation that begins and ends meanwhile changes nothing of them.
    await session.recordOperation({ ...failedOperation, version: '9', failure: undefined })
    await session.recordOperation(undefined)
    expect(await one.pending()).toEqual([failure])
    expect(session.pending).toEqual([failure])
    return session.notes
  })
  expect(notes.join()).toContain('The failure tags of version 8 are not in MLflow.')
  // They do not keep the lease.
  expect(await readUnreleasedLease(one.fake.release)).toBeUndefined()
  expect(await one.pending()).toEqual([failure])

  one.setError(undefined)
  const recovered = await withLease(one.fake.release, one.request(), async (session) => session.recovered)
  expect(one.written).toEqual([['fraud', '8', tags]])
  expect(recovered).toMatchObject({
    changed: true,
    message: expect.stringContaining('The failure of version 8 was written to its tags.'),
  })
  expect(await one.pending()).toEqual([])
})

test('keeps a failure whose holder dies between its recovery and the delivery', async () => {
  const one = await releaseLeftWith({ operation: failedOperation })
  one.setError(new Busy({ ...details, status: 503 }))
  const { write } = one.fake.release.lease
  one.fake.release.lease.write = async (lease) => {
    if (lease.operation) return write(lease)
    throw new Error('killed')
  }
  await expect(withLease(one.fake.release, one.request(), async () => 'never')).rejects.toThrow('killed')
  one.fake.release.lease.write = write
  expect(await one.pending()).toEqual([failure])
  one.fake.release.lease.set(expiredLease({ operation: failedOperation }))
  one.setError(undefined)
  await withLease(one.fake.release, one.request(), async () => undefined)
  expect(one.written).toEqual([['fraud', '8', tags]])
  expect(await one.pending()).toEqual([])
})

test('keeps pending tags while a recovery is interrupted', async () => {
  const one = await releaseLeftWith(
    { pending: [failure], operation: { ...failedOperation, version: '9', failure: undefined } },
    ['7', '9'],
  )
  const mark = { model: 'fraud', version: '7', digest: '', run: '', verifiedAt: '', updated: 't1' }
  one.fake.verifiedRevisions.set(1, { ...mark, revision: 1 })
  one.fake.release.rollback = async () => {
    throw new Fault({ system: 'Helm', call: 'helm rollback', detail: 'EOF', hint: 'Look.' })
  }
  await expect(withLease(one.fake.release, one.request(), async () => 'never')).rejects.toThrow('recovery')
  expect(one.fake.release.lease.current()).toMatchObject({ operation: { version: '9' } })
  expect(await one.pending()).toEqual([failure])
})

test('without a tracking server, pending tags stay for a job that has one', async () => {
  const one = await releaseLeftWith({ pending: [failure] })
  await withLease(one.fake.release, { ...one.request(), registry: () => undefined }, async () => undefined)
  expect(await one.pending()).toEqual([failure])
})

test('drops the tags of a version that MLflow does not have any more', async () => {
  const one = await releaseLeftWith({ pending: [failure] })
  one.setError(new NotFound({ ...details, status: 404 }))
  const notes = await withLease(one.fake.release, one.request(), async (session) => session.notes)
  expect(notes.join()).toContain('The failure tags of version 8 are not in MLflow. MLflow rejects them.')
  expect(await one.pending()).toEqual([])
})

describe('drops the tags of files that were verified after they failed', () => {
  const digest = 'of the files that failed'
  const known = { ...failure, failedAt: '2026-03-01T12:00:00.000Z', digest }
  const seen = {
    revision: 1,
    updated: 't1',
    model: 'fraud',
    version: '8',
    digest,
    run: '',
    verifiedAt: '2026-03-01T12:20:00.000Z',
  }

  test.each<[string, Partial<VerifiedRevision>, boolean]>([
    ['the same files', {}, false],
    ['its number, without a digest', { digest: '' }, false],
    ['the same files under another number', { version: '9' }, false],
    ['other files with its number', { digest: 'others' }, true],
    ['that of another model', { model: 'churn' }, true],
    ['before it failed', { verifiedAt: '2026-02-28T12:00:00.000Z' }, true],
  ])('%s', async (_what, mark, isMarked) => {
    // Its revision says nothing: those of a release that was uninstalled in between begin again.
    const one = await releaseLeftWith({ pending: [known] }, ['8'])
    one.fake.verifiedRevisions.set(1, { ...seen, ...mark })
    await withLease(one.fake.release, one.request(), async () => undefined)
    expect(one.written.length > 0).toBe(isMarked)
    expect(await one.pending()).toEqual([])
  })
})

test('keeps only the last failure of a version', async () => {
  const one = await releaseLeftWith({ pending: [] })
  const again = { ...failure, tags: { 'retrain.suspect': 'slow' }, failedAt: '2026-03-01T12:20:00.000Z' }
  await withLease(one.fake.release, one.request(), async ({ enqueue }) => {
    await enqueue(failure)
    await enqueue({ ...failure, version: '9' })
    await enqueue(again)
  })
  expect(await one.pending()).toEqual([{ ...failure, version: '9' }, again])
})

test.each<[string, Error, boolean]>([
  ['a rate limit', new Busy({ ...details, status: 429 }), true],
  ['two writers at once', new Busy({ ...details, status: 400 }), true],
  ['no answer', new Unreachable(details, true), true],
  ['a server that is down', new Fault({ system: 'MLflow', ...details, status: 500 }), true],
  ['another who asks', new Fault({ system: 'MLflow', ...details, status: 403 }), true],
  ['a proxy that knows no such page', new Fault({ system: 'MLflow', ...details, status: 404 }), true],
  ['no such version', new NotFound({ ...details, status: 404 }), false],
  ['tags that are wrong', new Fault({ system: 'MLflow', ...details, status: 400 }), false],
])('%s: may it be otherwise later', (_title, error, later) => {
  expect(isRetryable(error)).toBe(later)
})
