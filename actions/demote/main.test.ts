import { describe, expect, it } from 'vitest'
import { ArtifactsNotListable } from '../../src/adapters/mlflow/http/faults.ts'
import { championReleaseTag, versionTags } from '../../src/domain/registry/version-tags.ts'
import { fakeContext } from '../../test/fakes/context.ts'
import { fakeRegistry, now, readTags, runDemote } from '../../test/fakes/demote.ts'
import { type FakeMlflow, fakeVersion } from '../../test/fakes/mlflow.ts'
import { liveServing, releaseServing } from '../../test/fakes/serving-release.ts'

const finalState = (mlflow: FakeMlflow) => ({
  aliases: Object.fromEntries(mlflow.aliases),
  tags: readTags(mlflow, '3'),
})

describe('demote', () => {
  it('writes the tags of the bad version, then moves the champion to the serving one, then corrects previous', async () => {
    const mlflow = fakeRegistry()
    const { outputs, summary } = await runDemote(mlflow)
    expect(outputs).toEqual({
      'champion-version': '2',
      'previous-version': '1',
      'quarantined-version': '3',
      changed: 'true',
    })
    expect(mlflow.writes.map((write) => write.split(' ').slice(0, 3).join(' '))).toEqual([
      `setVersionTags 3 ${versionTags.quarantined}`,
      'setAlias champion 2',
      `setVersionTags 3 ${versionTags.demotedAt}`,
      `setVersionTags 2 ${championReleaseTag('champion')}`,
      'setAlias previous 1',
    ])
    expect(readTags(mlflow, '2')).toMatchObject({ [championReleaseTag('champion')]: 'default/fraud' })
    expect(readTags(mlflow, '3')).toMatchObject({
      [versionTags.quarantined]: 'accuracy 0.61, for 30 minutes',
      [versionTags.quarantinedAt]: now,
      [versionTags.demotedAt]: now,
      [versionTags.demotedTo]: '2',
      [versionTags.demotedBy]: 'ada',
      [versionTags.demotedReason]: 'accuracy 0.61, for 30 minutes',
      [versionTags.runUrl]: fakeContext().run.url,
      [versionTags.artifactDigest]: 'digest 2',
    })
    expect(summary).toContain('version 2 is the champion again')
  })

  it('has a champion at every moment', async () => {
    const mlflow = fakeRegistry()
    mlflow.beforeWrite = () => expect(mlflow.aliases.get('champion')).toMatch(/^[23]$/)
    await runDemote(mlflow)
    expect(mlflow.writes.filter((write) => write.startsWith('deleteAlias champion'))).toEqual([])
  })

  it('is idempotent', async () => {
    const mlflow = fakeRegistry()
    await runDemote(mlflow)
    const [{ length }, after] = [mlflow.writes, finalState(mlflow)]
    const { outputs } = await runDemote(mlflow)
    expect(outputs).toMatchObject({ 'champion-version': '2', 'quarantined-version': '3', changed: 'false' })
    expect(mlflow.writes.length).toBe(length)
    expect(finalState(mlflow)).toEqual(after)
  })

  it('writes the quarantine before it moves the alias', async () => {
    const mlflow = fakeRegistry()
    mlflow.beforeWrite = (write) => {
      if (write.startsWith('setAlias')) throw new Error('killed')
    }
    await expect(runDemote(mlflow)).rejects.toThrow('killed')
    expect(mlflow.aliases.get('champion')).toBe('3')
    expect(readTags(mlflow, '3')).toMatchObject({
      [versionTags.quarantined]: 'accuracy 0.61, for 30 minutes',
    })
  })

  it('converges after a kill before any of its writes', async () => {
    const undisturbed = fakeRegistry()
    await runDemote(undisturbed)
    for (const killedAt of undisturbed.writes.keys()) {
      const mlflow = fakeRegistry()
      let count = 0
      mlflow.beforeWrite = () => {
        if (count++ === killedAt) throw new Error('killed')
      }
      await expect(runDemote(mlflow)).rejects.toThrow('killed')
      expect((await runDemote(mlflow)).outputs).toMatchObject({ 'champion-version': '2', changed: 'true' })
      expect(finalState(mlflow), `killed before write ${killedAt}`).toEqual(finalState(undisturbed))
    }
  })

  it('removes alias previous if no eligible version is known', async () => {
    const mlflow = fakeRegistry()
    mlflow.aliases.set('previous', '1').set('champion', '2')
    const { outputs } = await runDemote(mlflow, { 'model-version': '2' }, liveServing('1'))
    expect(outputs).toMatchObject({ 'champion-version': '1', 'previous-version': 'none' })
    expect(Object.fromEntries(mlflow.aliases)).toEqual({ champion: '1' })
  })

  it('does not quarantine with quarantine: false', async () => {
    const mlflow = fakeRegistry()
    const { outputs } = await runDemote(mlflow, { quarantine: 'false' })
    expect(outputs?.['quarantined-version']).toBe('')
    expect(readTags(mlflow, '3')).not.toHaveProperty([versionTags.quarantined])
    expect(readTags(mlflow, '3')[versionTags.demotedReason]).toContain('accuracy')
  })

  it('computes a missing artifact digest, since quarantine follows the files', async () => {
    const mlflow = fakeRegistry({ [versionTags.artifactDigest]: '' })
    await runDemote(mlflow)
    expect(readTags(mlflow, '3')[versionTags.artifactDigest]).toBe(`digest-of-${'3'.padStart(32, '0')}`)
    const unlisted = fakeRegistry({ [versionTags.artifactDigest]: '' })
    unlisted.computeVersionDigest = async () => {
      throw new ArtifactsNotListable({ call: 'x', detail: 'y', hint: 'z' })
    }
    expect((await runDemote(unlisted)).outputs?.['quarantined-version']).toBe('3')
  })

  it('writes promoted-at to a restored version that was never promoted, or was demoted once', async () => {
    for (const tags of [
      { [versionTags.promotedAt]: '' },
      { [versionTags.demotedAt]: '2026-01-02T00:00:00.000Z' },
    ]) {
      const mlflow = fakeRegistry({}, tags)
      await runDemote(mlflow)
      expect(readTags(mlflow, '2')).toMatchObject({
        [versionTags.promotedAt]: now,
        [versionTags.promotedFrom]: '1',
      })
      const { outputs } = await runDemote(mlflow)
      expect(outputs?.changed).toBe('false')
    }
    const mlflow = fakeRegistry()
    await runDemote(mlflow)
    expect(readTags(mlflow, '2')[versionTags.promotedAt]).toBe('2026-01-01T00:00:00.000Z')
  })

  it('demotes a version again that was cleared and given the alias manually', async () => {
    const earlier = '2026-01-02T00:00:00.000Z'
    const mlflow = fakeRegistry({
      [versionTags.demotedAt]: earlier,
      [versionTags.demotedTo]: '1',
      [versionTags.demotedReason]: 'slow',
      [versionTags.quarantineCleared]: 'x',
    })
    const { outputs } = await runDemote(mlflow)
    expect(outputs).toMatchObject({ 'quarantined-version': '3', changed: 'true' })
    expect(readTags(mlflow, '3')).toMatchObject({
      [versionTags.quarantined]: 'accuracy 0.61, for 30 minutes',
      [versionTags.demotedAt]: now,
      [versionTags.demotedTo]: '2',
      [versionTags.demotedReason]: 'accuracy 0.61, for 30 minutes',
    })
    expect((await runDemote(mlflow)).outputs?.changed).toBe('false')
  })

  it('writes promoted-at to the restored version if the tags name a later champion', async () => {
    const mlflow = fakeRegistry({
      [versionTags.demotedAt]: '2026-01-01T12:00:00.000Z',
      [versionTags.demotedTo]: '2',
    })
    const later = { [versionTags.promotedAt]: '2026-01-02T00:00:00.000Z', [versionTags.promotedFrom]: '2' }
    mlflow.allVersions.push(fakeVersion('4', { tags: later }))
    mlflow.aliases.set('champion', '4')
    await runDemote(mlflow)
    expect(mlflow.aliases.get('champion')).toBe('2')
    expect(readTags(mlflow, '2')[versionTags.promotedAt]).toBe(now)
    expect((await runDemote(mlflow)).outputs?.changed).toBe('false')
  })

  it('mirrors stages on request: only the serving version in Production, the bad one Archived', async () => {
    const mlflow = fakeRegistry()
    mlflow.allVersions[2] = { ...fakeVersion('3'), ...mlflow.allVersions[2], stage: 'Staging' }
    await runDemote(mlflow)
    expect(mlflow.allVersions.map(({ stage }) => stage)).toEqual(['None', 'None', 'Staging'])
    const { outputs, summary } = await runDemote(mlflow, { 'mirror-stages': 'true' })
    expect(outputs?.changed).toBe('false')
    expect(mlflow.writes.slice(-2)).toEqual(['setStage 2 Production', 'setStage 3 Archived'])
    expect(summary).toContain('in sync')
  })

  it('writes under the lease of the release, then releases it', async () => {
    const fake = releaseServing(liveServing('2'))
    const holders: string[] = []
    const { write } = fake.release.lease
    fake.release.lease.write = async (lease) => {
      holders.push(lease.holderIdentity.split(' ')[0] ?? '')
      return write(lease)
    }
    const mlflow = fakeRegistry()
    mlflow.beforeWrite = () => expect(holders).toEqual(['demote'])
    await runDemote(mlflow, {}, undefined, fake)
    expect(holders).toEqual(['demote', ''])
    expect(fake.calls).toEqual(['close'])
  })
})
