import { describe, expect, it } from 'vitest'
import { championReleaseTag, type Tags, versionTags } from '../../src/domain/registry/version-tags.ts'
import type { FakeMlflow } from '../../test/fakes/mlflow.ts'
import { fakeRegistry, useReconcileWithGitHub } from '../../test/fakes/reconcile.ts'
import { fakeRelease } from '../../test/fakes/release.ts'

const { github, reconcile } = useReconcileWithGitHub()

describe('reconcile', () => {
  it('moves the alias to the verified, promoted version, and does nothing the second time', async () => {
    const mlflow = fakeRegistry()
    const { outputs, summary, logText } = await reconcile(fakeRelease(['7', '8']), mlflow, { repair: 'true' })
    expect(outputs).toMatchObject({
      consistent: 'true',
      'champion-version': '8',
      finding: '',
      repaired: 'true',
    })
    expect(Object.fromEntries(mlflow.aliases)).toEqual({ champion: '8', previous: '7' })
    const tags = mlflow.allVersions[1]?.tags ?? {}
    expect(tags[versionTags.reconciled]).toContain('Alias champion points to version 7')
    expect(tags).toMatchObject({ [versionTags.promotedFrom]: '7', [versionTags.promotedBy]: 'ada' })
    expect(tags[championReleaseTag('champion')]).toMatch(/^[a-z]+\/digits$/)
    expect(tags[versionTags.proof]).toMatch(/^cluster: 1 pod of deployment\/digits ready/)
    expect(logText).toContain('Alias champion was moved from version 7 to version 8, which is serving.')
    expect(summary).toContain('was moved from version 7')
    expect(github().issues.writes).toEqual([])
    const before = [...mlflow.writes]
    expect((await reconcile(fakeRelease(['7', '8']), mlflow, { repair: 'true' })).outputs.repaired).toBe(
      'false',
    )
    expect(mlflow.writes).toEqual(before)
  })

  it('moves nothing if another release serves the champion', async () => {
    const mlflow = fakeRegistry()
    const fake = fakeRelease(['7', '8'])
    fake.release.listOtherReleases = async () => [{ name: 'old', model: 'fraud', version: '7' }]
    const { outputs, logText } = await reconcile(fake, mlflow, { repair: 'true' })
    expect(outputs).toMatchObject({ consistent: 'false', repaired: 'false' })
    expect(outputs.finding).toMatch(
      /^Alias champion points to version 7, and release old serves it, but the values of revision 2 .* name version 8/,
    )
    expect(logText).toContain(
      'The aliases were not changed. Alias champion points to version 7, and release old',
    )
    expect(github().issues.issues[0]?.body).toContain('Correct the input release')
    expect(mlflow.writes).toEqual([])
  })

  it.each<[string, Tags, string]>([
    [
      'has no promote verdict',
      { [versionTags.verdict]: 'reject' },
      'The aliases were not changed. Version 8, which is live in revision 2 of release digits, has the verdict reject.',
    ],
    [
      'is quarantined',
      { [versionTags.quarantined]: 'bad' },
      'The aliases were not changed. Version 8, which is live in revision 2 of release digits, is quarantined',
    ],
    [
      'has other files now',
      { [versionTags.artifactDigest]: 'older' },
      'has other files now than its version tags record',
    ],
  ])('moves nothing if the live version %s, and says so in the issue', async (_what, tags, why) => {
    const mlflow = fakeRegistry({ 8: tags })
    const { outputs, logText } = await reconcile(fakeRelease(['7', '8']), mlflow, { repair: 'true' })
    expect(outputs).toMatchObject({ consistent: 'false', repaired: 'false' })
    expect(mlflow.writes).toEqual([])
    expect(logText).toContain(why)
    expect(github().issues.issues[0]?.body).toContain(why)
  })

  it('reaches the same state after a kill before any of its writes', async () => {
    const whole = fakeRegistry()
    await reconcile(fakeRelease(['7', '8']), whole, { repair: 'true' })
    const end = (mlflow: FakeMlflow) => [
      Object.fromEntries(mlflow.aliases),
      mlflow.allVersions.map(({ tags }) => Object.keys(tags).sort()),
    ]
    for (let point = 0; point < whole.writes.length; point += 1) {
      const mlflow = fakeRegistry()
      let writes = 0
      mlflow.beforeWrite = () => {
        writes += 1
        if (writes > point) throw new Error('killed')
      }
      await expect(reconcile(fakeRelease(['7', '8']), mlflow, { repair: 'true' })).rejects.toThrow('killed')
      mlflow.beforeWrite = () => undefined
      const { outputs } = await reconcile(fakeRelease(['7', '8']), mlflow, { repair: 'true' })
      expect(outputs.consistent).toBe('true')
      expect(end(mlflow)).toEqual(end(whole))
    }
  })

  it('reads again after it has acquired the lease', async () => {
    const fake = fakeRelease(['7', '8'])
    const mlflow = fakeRegistry()
    const { write } = fake.release.lease
    let taken = false
    fake.release.lease.write = async (lease) => {
      // Someone quarantines the version meanwhile.
      if (!taken) await mlflow.setVersionTags('fraud', '8', { [versionTags.quarantined]: 'bad' })
      taken = true
      return write(lease)
    }
    const { outputs, logText } = await reconcile(fake, mlflow, { repair: 'true' })
    expect(outputs.repaired).toBe('false')
    expect(logText).toContain('is quarantined')
    expect(mlflow.aliases.get('champion')).toBe('7')
  })
})
