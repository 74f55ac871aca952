import { describe, expect, test } from 'vitest'
import { leaseRequest, minute } from '../../../test/fakes/leases.ts'
import { fakeRelease } from '../../../test/fakes/release.ts'
import { Fault, UserError } from '../../domain/core/errors.ts'
import { withLease } from '../with-lease.ts'
import { RecoveryInterruptedError, unlockRelease } from './recover.ts'

/** A release whose revision 2 a Helm process began so many milliseconds ago. */
function releaseWithPendingRevision(age: number) {
  const fake = fakeRelease(['7', '8'])
  const [good, pending] = fake.revisions
  Object.assign(good ?? {}, { status: 'deployed' })
  const updated = new Date(Date.now() - age).toISOString()
  Object.assign(pending ?? {}, { status: 'pending-upgrade', updated })
  const mark = { model: 'fraud', version: '7', digest: '', run: '', verifiedAt: '' }
  fake.verifiedRevisions.set(1, { ...mark, revision: 1, updated: 't1' })
  return fake
}

/** Rollouts that take five minutes, so that none takes more than twelve. */
const unlock = ({ release }: ReturnType<typeof fakeRelease>, changes = {}) => {
  const request = leaseRequest({ timeout: 5 * minute, ...changes })
  return withLease(release, request, (session) => unlockRelease(session, 'ml', request))
}

describe('a pending release without a lease', () => {
  test.each([
    ['by default', {}],
    ['also by a job that has little time', { waitTimeout: 0, rollbackTimeout: 3 * minute }],
  ])('is unlocked once it is older than any deployment may take, %s', async (_title, changes) => {
    const young = releaseWithPendingRevision(11.5 * minute)
    await expect(unlock(young, changes)).rejects.toThrow(UserError)
    await expect(unlock(young, changes)).rejects.toThrow(
      /revision 2 is pending-upgrade since .*Nothing was changed.*"helm rollback digits 1 --namespace ml".*after (29|30) s more/,
    )
    expect(young.calls).toEqual([])
    const old = releaseWithPendingRevision(12.5 * minute)
    expect(await unlock(old, changes)).toMatch(
      /longer than any deployment may take\. .*rolled back to revision 1/,
    )
  })

  test('stays recorded in the lease where the recovery is interrupted, and the next holder resumes it', async () => {
    const fake = releaseWithPendingRevision(60 * minute)
    const { rollback } = fake.release
    fake.release.rollback = async () => {
      throw new Fault({ system: 'Helm', call: 'helm rollback', detail: 'EOF', hint: 'Look.' })
    }
    await expect(unlock(fake)).rejects.toThrow(RecoveryInterruptedError)
    expect((await fake.release.lease.read())?.operation).toMatchObject({ previousRevision: 1, revision: 2 })
    fake.release.rollback = rollback
    expect(await unlock(fake)).toBeUndefined()
    expect(fake.calls.slice(-3)).toEqual(['rollback 1', 'watch 7', 'verified 3'])
  })

  test('is nothing to unlock where the last revision is not pending', async () => {
    const fake = fakeRelease(['7'])
    expect(await unlock(fake)).toBeUndefined()
    expect(fake.calls).toEqual([])
  })
})
