import { describe, expect, it } from 'vitest'
import { fakeContext } from '../../test/fakes/context.ts'
import { expiredLease, foreignLease, holderIdentity, setLease } from '../../test/fakes/leases.ts'
import { fakeRegistry, runPromoteOrThrow } from '../../test/fakes/promote.ts'
import { fakeRelease } from '../../test/fakes/release.ts'
import { type FakeServingRelease, liveServing, releaseServing } from '../../test/fakes/serving-release.ts'

const context = fakeContext()

/** Records what happens while the lease is held, in order. */
function recordOrder(fake: FakeServingRelease, mlflow = fakeRegistry()) {
  const seen: string[] = []
  const { write } = fake.release.lease
  fake.release.lease.write = async (lease) => {
    const [action] = lease.holderIdentity.split(' ')
    seen.push(action ? `acquired by ${action}` : 'released')
    return write(lease)
  }
  const { readLive: look } = fake.release
  fake.release.readLive = async () => {
    seen.push('looked')
    return look()
  }
  mlflow.beforeWrite = (write) => seen.push(write.split(' ').slice(0, 2).join(' '))
  return { seen, mlflow, fake }
}

describe('promote and the lease of its release', () => {
  it('reads and writes under the lease, then releases it', async () => {
    const { seen, mlflow, fake } = recordOrder(releaseServing(liveServing('2')))
    await runPromoteOrThrow(mlflow, {}, undefined, context, fake)
    expect(seen).toEqual([
      'acquired by promote',
      'looked',
      'setVersionTags 2',
      'setAlias previous',
      'setAlias champion',
      'released',
    ])
    expect(fake.calls).toEqual(['close'])
  })

  it.each([
    ['refuses', liveServing('1'), {}],
    ['has nothing to promote', undefined, { 'model-version': '', adopt: 'true' }],
  ])('releases it if it %s', async (_, what, given) => {
    const { seen, mlflow, fake } = recordOrder(releaseServing(what))
    await expect(
      runPromoteOrThrow(mlflow, given as Record<string, string>, undefined, context, fake),
    ).rejects.toThrow()
    expect(seen).toEqual(['acquired by promote', 'looked', 'released'])
    expect(fake.calls).toEqual(['close'])
  })

  it('writes nothing while another job holds the lease, and names that job', async () => {
    const { seen, mlflow, fake } = recordOrder(releaseServing(liveServing('2')))
    // Its renewal is in the future, so it does not expire while it is waited for.
    fake.release.lease.set(
      foreignLease({ renewTime: '2999-01-01T00:00:00.000000Z', leaseDurationSeconds: 600 }),
    )
    const waiting = runPromoteOrThrow(mlflow, { timeout: '1m' }, undefined, context, fake)
    await expect(waiting).rejects.toThrow(/is locked by helm-deploy of https:.*\/70 .*nothing was changed/)
    expect(seen).toEqual([])
    expect(fake.release.lease.current()).toMatchObject({ holderIdentity: holderIdentity() })
  })

  it('first recovers the interrupted deployment of a dead job', async () => {
    const fake = fakeRelease(['1', '2'], ['2'])
    const at = {
      revision: 1,
      updated: 't1',
      model: 'fraud',
      version: '1',
      digest: '',
      run: '',
      verifiedAt: '',
    }
    fake.verifiedRevisions.set(1, at)
    const operation = {
      release: 'digits',
      namespace: 'ml',
      previousRevision: 1,
      isInstall: false,
      version: '2',
      revision: 2,
    }
    setLease(fake, expiredLease({ operation: operation }))
    const { seen, mlflow } = recordOrder(fake)
    mlflow.aliases.set('champion', '3')
    const { outputs } = await runPromoteOrThrow(mlflow, { 'model-version': '1' }, undefined, context, fake)
    expect(outputs).toMatchObject({ 'champion-version': '1', changed: 'true' })
    expect(fake.calls).toContain('rollback 1')
    expect(seen.at(-1)).toBe('released')
  })

  it('acquires no lease without a release', async () => {
    const { seen, mlflow, fake } = recordOrder(releaseServing(undefined))
    await runPromoteOrThrow(mlflow, { proof: 'none', release: '' }, undefined, context, fake)
    expect(seen.filter((each) => !each.startsWith('set'))).toEqual([])
    expect(fake.calls).toEqual([])
  })
})
