import { describe, expect, test } from 'vitest'
import { type FakeRelease, fakeRelease } from '../../../test/fakes/release.ts'
import { adoptLiveRevision } from './verified-revisions.ts'

describe('a live revision that is not verified', () => {
  const adopt = async (fake: FakeRelease, isGood: boolean) => {
    const asked: unknown[] = []
    fake.release.isHealthy = async (version, revision = 0) => {
      asked.push([version, revision])
      return isGood
    }
    const [live, history] = await Promise.all([fake.release.readLive(), fake.release.history()])
    const verified = await adoptLiveRevision(fake.release, {
      live,
      history,
      verifiedRevisions: await fake.release.readVerifiedRevisions(),
    })
    expect(verified).toEqual([...fake.verifiedRevisions.values()])
    return { asked, verified: verified.map(({ revision }) => revision) }
  }

  test('is verified if it stays healthy, not after one observation', async () => {
    expect(await adopt(fakeRelease(['6', '7']), true)).toEqual({ asked: [['7', 2]], verified: [2] })
    expect(await adopt(fakeRelease(['6', '7']), false)).toEqual({ asked: [['7', 2]], verified: [] })
  })

  test('is not observed again once it is verified', async () => {
    const fake = fakeRelease(['7'])
    await adopt(fake, true)
    expect(await adopt(fake, false)).toEqual({ asked: [], verified: [1] })
  })

  test('is no rollback target if it is not ready and no newer revision failed', async () => {
    expect(await adopt(fakeRelease(['7'], ['7']), true)).toEqual({ asked: [], verified: [] })
  })
})
