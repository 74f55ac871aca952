import { describe, expect, it } from 'vitest'
import type { Lease } from '../../src/domain/lease.ts'
import { ledger } from '../../src/domain/ledger.ts'
import { besideGitHub, lease, registry } from '../../test/fakes/reconcile.ts'
import { releaseWith } from '../../test/fakes/release.ts'

const { github, reconcile } = besideGitHub()

describe('reconcile', () => {
  it('says nothing and repairs nothing while a deployment is under way, and leaves the issue as it is', async () => {
    const fake = releaseWith(['7', '8'])
    await fake.release.lease.swap(undefined, lease())
    const mlflow = registry()
    const { outputs } = await reconcile(fake, mlflow, { repair: 'true' })
    expect(outputs).toMatchObject({ consistent: 'unknown', repaired: 'false', 'issue-url': '' })
    expect(outputs.finding).toMatch(
      /^Release digits is being worked on, by helm-deploy of a process on other \(since /,
    )
    expect([...mlflow.writes, ...github().issues.writes]).toEqual([])
    expect((await fake.release.lease.read())?.id).toBe('x')
  })

  it('tells the ledger what a dead job could not', async () => {
    const fake = releaseWith(['7'])
    const tags = { [ledger.quarantined]: 'it crashes' }
    const failed = { release: 'digits', namespace: 'ml', before: 0, first: false, version: '8' }
    const untold = [{ ...failed, blame: { model: 'fraud', tags, at: '2026-01-01T00:00:00.000Z' } }]
    await fake.release.lease.swap(undefined, lease({ until: '2026-01-01T00:00:00.000Z', untold }))
    const mlflow = registry()
    expect((await reconcile(fake, mlflow)).outputs).toMatchObject({
      consistent: 'false',
      finding: expect.stringContaining('the ledger of version 8, which failed, was not told of it'),
    })
    const { outputs } = await reconcile(fake, mlflow, { repair: 'true' })
    expect(outputs).toMatchObject({ consistent: 'true', repaired: 'true' })
    expect(mlflow.all.find(({ number }) => number === '8')?.tags).toMatchObject(tags)
    expect(await fake.release.lease.read()).toBeUndefined()
  })

  it.each<[string, Lease | undefined, string]>([
    [
      'a dead job left',
      lease({
        until: '2026-01-01T00:00:00.000Z',
        underway: { release: 'digits', namespace: 'ml', before: 1, first: false, version: '8', own: 2 },
      }),
      'has died and left release digits half done: revision 2 was left pending-upgrade',
    ],
    [
      'a dead job left, which had a failure to tell besides',
      lease({
        until: '2026-01-01T00:00:00.000Z',
        underway: { release: 'digits', namespace: 'ml', before: 1, first: false, version: '8', own: 2 },
        untold: [{ release: 'digits', namespace: 'ml', before: 0, first: false, version: '6' }],
      }),
      'has died and left release digits half done: revision 2 was left pending-upgrade',
    ],
    ['a bare helm left', undefined, 'A helm has died over release digits: revision 2'],
  ])('puts right what %s', async (_what, left, finding) => {
    const fake = releaseWith(['7'])
    const [good] = fake.revisions
    if (!good) throw new Error('no revision')
    const mark = { model: 'fraud', version: '7', digest: '', run: '', provenAt: good.updated }
    fake.marks.set(1, { ...mark, revision: 1, updated: good.updated })
    fake.revisions.push({
      ...good,
      revision: 2,
      updated: '2026-01-01T00:00:00Z',
      status: 'pending-upgrade',
      version: '8',
    })
    await fake.release.lease.swap(undefined, left)
    const mlflow = registry()
    expect((await reconcile(fake, mlflow)).outputs).toMatchObject({
      consistent: 'false',
      finding: expect.stringContaining(finding),
    })
    expect(fake.calls).not.toContain('rollback 1')
    const { outputs, said } = await reconcile(fake, mlflow, { repair: 'true' })
    expect(outputs, said).toMatchObject({ consistent: 'true', repaired: 'true', 'live-model-version': '7' })
    expect(fake.calls).toContain('rollback 1')
    expect(said).toContain('went back to revision 1')
    expect(await fake.release.lease.read()).toBeUndefined()
    expect(mlflow.writes).toEqual([])
    expect((await reconcile(fake, mlflow, { repair: 'true' })).outputs.repaired).toBe('false')
  })

  it('writes the quarantine that a dead deployment had decided on, though its release is right', async () => {
    const fake = releaseWith(['7'])
    const [good] = fake.revisions
    if (!good) throw new Error('no revision')
    const mark = { model: 'fraud', version: '7', digest: '', run: '', provenAt: good.updated }
    fake.marks.set(1, { ...mark, revision: 1, updated: good.updated })
    const blame = {
      model: 'fraud',
      tags: { [ledger.quarantined]: 'killed for memory' },
      at: '2026-01-01T00:00:00.000Z',
    }
    const underway = {
      release: 'digits',
      namespace: 'ml',
      before: -1,
      first: false,
      version: '8',
      own: 0,
      blame,
    }
    await fake.release.lease.swap(undefined, lease({ until: '2026-01-01T00:00:00.000Z', underway }))
    const mlflow = registry()
    const seen = await reconcile(fake, mlflow)
    expect(seen.outputs.finding).toContain('the ledger of version 8, which failed, was not told of it')
    const { outputs } = await reconcile(fake, mlflow, { repair: 'true' })
    expect(outputs.consistent).toBe('true')
    expect(mlflow.all[1]?.tags).toMatchObject(blame.tags)
    expect(await fake.release.lease.read()).toBeUndefined()
  })

  it('gives way where a deployment begins before it has the lease', async () => {
    const fake = releaseWith(['7', '8'])
    const mlflow = registry()
    const { read } = fake.release.lease
    let reads = 0
    fake.release.lease.read = async () => {
      reads += 1
      // After the two looks.
      if (reads === 3) await fake.release.lease.swap(undefined, lease())
      return read()
    }
    const { outputs, said } = await reconcile(fake, mlflow, { repair: 'true', timeout: '1s' })
    expect(outputs.repaired).toBe('false')
    expect(said).toContain('Release digits is held by helm-deploy')
    expect(mlflow.writes).toEqual([])
  })
})
