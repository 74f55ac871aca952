import { describe, expect, it } from 'vitest'
import { versionTags } from '../../src/domain/registry/version-tags.ts'
import type { Lease } from '../../src/domain/release/lease.ts'
import type { FailureRecord } from '../../src/domain/release/recovery-plan.ts'
import {
  expiredLease,
  foreignLease,
  holderIdentity,
  readUnreleasedLease,
  writtenOperation,
} from '../../test/fakes/leases.ts'
import { fakeRegistry, useReconcileWithGitHub } from '../../test/fakes/reconcile.ts'
import { fakeRelease } from '../../test/fakes/release.ts'

const { github, reconcile } = useReconcileWithGitHub()

describe('reconcile', () => {
  it('reports unknown, repairs nothing and leaves the issue alone while a deployment is running', async () => {
    const fake = fakeRelease(['7', '8'])
    fake.release.lease.set(foreignLease())
    const mlflow = fakeRegistry()
    const { outputs } = await reconcile(fake, mlflow, { repair: 'true' })
    expect(outputs).toMatchObject({ consistent: 'unknown', repaired: 'false', 'issue-url': '' })
    expect(outputs.finding).toMatch(
      /^Release digits is locked by helm-deploy of https:.*\/70 \(attempt 1, r70\), since /,
    )
    expect([...mlflow.writes, ...github().issues.writes]).toEqual([])
    expect(fake.release.lease.current()).toMatchObject({ holderIdentity: holderIdentity() })
  })

  it('writes the failure tags that an expired holder could not write', async () => {
    const fake = fakeRelease(['7'])
    const tags = { [versionTags.quarantined]: 'it crashes' }
    const pending = [{ model: 'fraud', version: '8', tags, failedAt: '2026-01-01T00:00:00.000Z' }]
    await fake.release.outbox.update(() => pending)
    const mlflow = fakeRegistry()
    expect((await reconcile(fake, mlflow)).outputs).toMatchObject({
      consistent: 'false',
      finding: expect.stringContaining('could not write the failure of version 8 to its tags'),
    })
    const { outputs } = await reconcile(fake, mlflow, { repair: 'true' })
    expect(outputs).toMatchObject({ consistent: 'true', repaired: 'true' })
    expect(mlflow.allVersions.find(({ number }) => number === '8')?.tags).toMatchObject(tags)
    expect(await readUnreleasedLease(fake.release)).toBeUndefined()
  })

  it.each<[string, Lease | undefined, string, FailureRecord[]?]>([
    [
      'an operation of an expired holder',
      expiredLease({
        operation: writtenOperation,
      }),
      'was interrupted and left release digits incomplete: revision 2 is pending-upgrade',
    ],
    [
      'an operation of an expired holder with a pending failure record',
      expiredLease({
        operation: writtenOperation,
      }),
      'was interrupted and left release digits incomplete: revision 2 is pending-upgrade',
      [{ model: 'fraud', version: '6', tags: {}, failedAt: '2026-01-01T00:00:00.000Z' }],
    ],
    [
      'a release locked by an unknown Helm process',
      undefined,
      'Release digits is locked by a Helm process that ended: revision 2',
    ],
  ])('recovers %s', async (_what, left, finding, pending = []) => {
    const fake = fakeRelease(['7'])
    const [good] = fake.revisions
    if (!good) throw new Error('no revision')
    const mark = { model: 'fraud', version: '7', digest: '', run: '', verifiedAt: good.updated }
    fake.verifiedRevisions.set(1, { ...mark, revision: 1, updated: good.updated })
    fake.revisions.push({
      ...good,
      revision: 2,
      updated: '2026-01-01T00:00:00Z',
      status: 'pending-upgrade',
      version: '8',
    })
    fake.release.lease.set(left)
    await fake.release.outbox.update(() => pending)
    const mlflow = fakeRegistry()
    expect((await reconcile(fake, mlflow)).outputs).toMatchObject({
      consistent: 'false',
      finding: expect.stringContaining(finding),
    })
    expect(fake.calls).not.toContain('rollback 1')
    const { outputs, logText } = await reconcile(fake, mlflow, { repair: 'true' })
    expect(outputs, logText).toMatchObject({
      consistent: 'true',
      repaired: 'true',
      'live-model-version': '7',
    })
    expect(fake.calls).toContain('rollback 1')
    expect(logText).toContain('rolled back to revision 1')
    expect(await readUnreleasedLease(fake.release)).toBeUndefined()
    expect(mlflow.writes).toEqual(pending.map(({ version }) => `setVersionTags ${version} `))
    expect((await reconcile(fake, mlflow, { repair: 'true' })).outputs.repaired).toBe('false')
  })

  it('writes the quarantine of an expired holder whose release needs no recovery', async () => {
    const fake = fakeRelease(['7'])
    const [good] = fake.revisions
    if (!good) throw new Error('no revision')
    const mark = { model: 'fraud', version: '7', digest: '', run: '', verifiedAt: good.updated }
    fake.verifiedRevisions.set(1, { ...mark, revision: 1, updated: good.updated })
    const failure = {
      model: 'fraud',
      version: '8',
      tags: { [versionTags.quarantined]: 'killed for memory' },
      failedAt: '2026-01-01T00:00:00.000Z',
    }
    const interrupted = {
      release: 'digits',
      namespace: 'ml',
      previousRevision: -1,
      isInstall: false,
      version: '8',
      revision: 0,
      failure,
    }
    fake.release.lease.set(expiredLease({ operation: interrupted }))
    const mlflow = fakeRegistry()
    const seen = await reconcile(fake, mlflow)
    expect(seen.outputs.finding).toContain('could not write the failure of version 8 to its tags')
    const { outputs } = await reconcile(fake, mlflow, { repair: 'true' })
    expect(outputs.consistent).toBe('true')
    expect(mlflow.allVersions[1]?.tags).toMatchObject(failure.tags)
    expect(await readUnreleasedLease(fake.release)).toBeUndefined()
  })

  it('repairs nothing if a deployment acquires the lease first', async () => {
    const fake = fakeRelease(['7', '8'])
    const mlflow = fakeRegistry()
    const { read } = fake.release.lease
    let reads = 0
    fake.release.lease.read = async () => {
      reads += 1
      // After the two snapshots.
      if (reads === 3) fake.release.lease.set(foreignLease())
      return read()
    }
    const { outputs, logText } = await reconcile(fake, mlflow, { repair: 'true', timeout: '1s' })
    expect(outputs.repaired).toBe('false')
    expect(logText).toContain('Release digits is locked by helm-deploy')
    expect(mlflow.writes).toEqual([])
  })
})
