import { describe, expect, it } from 'vitest'
import type { FakeMlflow } from '../../src/adapters/mlflow/fake.ts'
import { ledger, type Tags } from '../../src/domain/ledger.ts'
import { besideGitHub, registry } from '../../test/fakes/reconcile.ts'
import { releaseWith } from '../../test/fakes/release.ts'

const { github, reconcile } = besideGitHub()

describe('reconcile', () => {
  it('moves the alias to what is proven live and was let through, and a second time nothing', async () => {
    const mlflow = registry()
    const { outputs, summary, said } = await reconcile(releaseWith(['7', '8']), mlflow, { repair: 'true' })
    expect(outputs).toMatchObject({
      consistent: 'true',
      'champion-version': '8',
      finding: '',
      repaired: 'true',
    })
    expect(Object.fromEntries(mlflow.aliases)).toEqual({ champion: '8', previous: '7' })
    const tags = mlflow.all[1]?.tags ?? {}
    expect(tags[ledger.reconciled]).toContain('Alias champion says version 7')
    expect(tags).toMatchObject({ [ledger.promotedFrom]: '7', [ledger.promotedBy]: 'ada' })
    expect(tags[ledger.proof]).toMatch(/^cluster: 1 pod of deployment\/digits ready/)
    expect(said).toContain('Alias champion was moved from version 7 to version 8, which serves.')
    expect(summary).toContain('was moved from version 7')
    expect(github().issues.writes).toEqual([])
    const before = [...mlflow.writes]
    expect((await reconcile(releaseWith(['7', '8']), mlflow, { repair: 'true' })).outputs.repaired).toBe(
      'false',
    )
    expect(mlflow.writes).toEqual(before)
  })

  it.each<[string, Tags, string]>([
    [
      'has no promote verdict',
      { [ledger.verdict]: 'reject' },
      'version 8, which serves, has the verdict reject',
    ],
    ['is in quarantine', { [ledger.quarantined]: 'bad' }, 'version 8, which serves, is in quarantine'],
    ['has other files now', { [ledger.artifactDigest]: 'older' }, 'has other files now than those'],
  ])('moves nothing where what serves %s, and says so in the issue', async (_what, tags, why) => {
    const mlflow = registry({ 8: tags })
    const { outputs, said } = await reconcile(releaseWith(['7', '8']), mlflow, { repair: 'true' })
    expect(outputs).toMatchObject({ consistent: 'false', repaired: 'false' })
    expect(mlflow.writes).toEqual([])
    expect(said).toContain(why)
    expect(github().issues.issues[0]?.body).toContain(why)
  })

  it('comes to the same end after being killed before any of its writes', async () => {
    const whole = registry()
    await reconcile(releaseWith(['7', '8']), whole, { repair: 'true' })
    const end = (mlflow: FakeMlflow) => [
      Object.fromEntries(mlflow.aliases),
      mlflow.all.map(({ tags }) => Object.keys(tags).sort()),
    ]
    for (let point = 0; point < whole.writes.length; point += 1) {
      const mlflow = registry()
      let writes = 0
      mlflow.beforeWrite = () => {
        writes += 1
        if (writes > point) throw new Error('killed')
      }
      await expect(reconcile(releaseWith(['7', '8']), mlflow, { repair: 'true' })).rejects.toThrow('killed')
      mlflow.beforeWrite = () => undefined
      const { outputs } = await reconcile(releaseWith(['7', '8']), mlflow, { repair: 'true' })
      expect(outputs.consistent).toBe('true')
      expect(end(mlflow)).toEqual(end(whole))
    }
  })

  it('judges again what it read before it had the lease', async () => {
    const fake = releaseWith(['7', '8'])
    const mlflow = registry()
    const { swap } = fake.release.lease
    let taken = false
    fake.release.lease.swap = async (before, next) => {
      // A person was faster.
      if (!taken) await mlflow.setVersionTags('fraud', '8', { [ledger.quarantined]: 'bad' })
      taken = true
      return swap(before, next)
    }
    const { outputs, said } = await reconcile(fake, mlflow, { repair: 'true' })
    expect(outputs.repaired).toBe('false')
    expect(said).toContain('is in quarantine')
    expect(mlflow.aliases.get('champion')).toBe('7')
  })
})
