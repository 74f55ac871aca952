import { expect, test } from 'vitest'
import { fakeRelease } from '../../../test/fakes/release.ts'
import { guardRelease } from './write-guard.ts'

/** What reads, and what any job may write: its own pods, and a namespace before there is a release. */
const UNGUARDED = [
  'checkPermissions',
  'close',
  'collectLogsAndEvents',
  'compare',
  'createNamespace',
  'deleteSmokeTestPods',
  'describeOtherWorkloads',
  'findExistingHookPods',
  'findRollbackObstacles',
  'hasNamespace',
  'history',
  'isHealthy',
  'lease',
  'listOtherReleases',
  'name',
  'observeHooks',
  'readLive',
  'readModelVersion',
  'readServerVersion',
  'readVerifiedRevisions',
  'renderObjects',
  'watch',
  'watchUpgrade',
]

test('each function of a release is guarded, unless it writes nothing that the lease protects', () => {
  const { release } = fakeRelease(['7'])
  const guarded = guardRelease(release, async () => undefined)
  const others = Object.keys(release).filter((name) => !Object.hasOwn(guarded, name))
  expect(others.sort()).toEqual(UNGUARDED)
})

test('a guarded function does nothing once the lease is lost', async () => {
  const fake = fakeRelease(['7'])
  const lost = new Error('lost')
  const guarded = guardRelease(fake.release, async () => {
    throw lost
  })
  await expect(guarded.rollback(1, 1000)).rejects.toBe(lost)
  await expect(guarded.outbox.update(() => [])).rejects.toBe(lost)
  expect(fake.calls).toEqual([])
})
