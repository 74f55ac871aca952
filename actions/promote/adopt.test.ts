import { describe, expect, it } from 'vitest'
import { versionTags } from '../../src/domain/registry/version-tags.ts'
import { fakeMlflow, fakeVersion } from '../../test/fakes/mlflow.ts'
import { champion, fakeRegistry, promoteVerdictTags, runPromoteOrThrow } from '../../test/fakes/promote.ts'

/** Time of the promotions in these tests. */
const now = '2026-01-02T03:04:05.000Z'

describe('promote with adopt and proof: none', () => {
  it('accepts any champion without expected-champion, as after a forced verdict', async () => {
    const mlflow = fakeRegistry({ previous: '1' })
    const { outputs } = await runPromoteOrThrow(mlflow, { 'expected-champion': '' })
    expect(outputs).toEqual({ 'champion-version': '2', 'previous-version': '1', changed: 'true' })
  })

  it('adopts the live version and records it', async () => {
    const mlflow = fakeMlflow({ versions: [champion, fakeVersion('2')] })
    const { outputs } = await runPromoteOrThrow(mlflow, { 'model-version': '', adopt: 'true' })
    expect(outputs).toMatchObject({ 'champion-version': '2', changed: 'true' })
    expect(mlflow.allVersions[1]?.tags[versionTags.adopted]).toBe('2026-01-02T03:04:05.000Z by ada')
    const unknown = fakeMlflow({ versions: [champion] })
    await expect(runPromoteOrThrow(unknown, { 'model-version': '', adopt: 'true' })).rejects.toThrow(
      /no version 2/,
    )
  })

  it('writes the tags of a manually set alias, without a promoted-from', async () => {
    const mlflow = fakeRegistry({ champion: '2' })
    const { outputs } = await runPromoteOrThrow(mlflow)
    expect(outputs).toMatchObject({ 'champion-version': '2', changed: 'false' })
    expect(mlflow.allVersions[1]?.tags[versionTags.promotedAt]).toBeDefined()
    expect(mlflow.allVersions[1]?.tags[versionTags.promotedFrom]).toBeUndefined()
  })

  const [early, late] = ['2026-01-01T00:00:00.000Z', '2026-01-01T12:00:00.000Z']

  it('writes the tags of an alias that was manually reset to a former champion', async () => {
    const mlflow = fakeMlflow({
      versions: [
        fakeVersion('1', { tags: { [versionTags.promotedAt]: '2025-12-31T00:00:00.000Z' } }),
        fakeVersion('2', {
          tags: { ...promoteVerdictTags, [versionTags.promotedAt]: early, [versionTags.promotedFrom]: '1' },
        }),
        fakeVersion('3', { tags: { [versionTags.promotedAt]: late, [versionTags.promotedFrom]: '2' } }),
      ],
      aliases: { champion: '2', previous: '2' },
    })
    const { outputs } = await runPromoteOrThrow(mlflow)
    expect(outputs).toEqual({ 'champion-version': '2', 'previous-version': '1', changed: 'false' })
    expect(mlflow.allVersions[1]?.tags).toMatchObject({
      [versionTags.promotedAt]: now,
      [versionTags.promotedFrom]: '1',
    })
    const { length } = mlflow.writes
    expect((await runPromoteOrThrow(mlflow)).outputs).toEqual(outputs)
    expect(mlflow.writes.length).toBe(length)
  })

  it('promotes a demoted version again that was cleared and given the alias manually', async () => {
    const tags = {
      ...promoteVerdictTags,
      [versionTags.promotedAt]: early,
      [versionTags.demotedAt]: late,
      [versionTags.demotedTo]: '1',
      [versionTags.quarantineCleared]: 'x',
    }
    const mlflow = fakeMlflow({
      versions: [champion, fakeVersion('2', { runId: '2', tags })],
      aliases: { champion: '2' },
    })
    await runPromoteOrThrow(mlflow)
    expect(mlflow.allVersions[1]?.tags[versionTags.promotedAt]).toBe(now)
    const { length } = mlflow.writes
    await runPromoteOrThrow(mlflow)
    expect(mlflow.writes.length).toBe(length)
  })

  it('does so without a demoted-to tag', async () => {
    const tags = { ...promoteVerdictTags, [versionTags.promotedAt]: early, [versionTags.demotedAt]: late }
    const mlflow = fakeMlflow({ versions: [fakeVersion('2', { tags })], aliases: { champion: '2' } })
    await runPromoteOrThrow(mlflow)
    expect(mlflow.allVersions[0]?.tags[versionTags.promotedAt]).toBe(now)
  })

  it('still refuses a quarantined version if only tags are missing', async () => {
    const tags = {
      ...promoteVerdictTags,
      [versionTags.promotedAt]: early,
      [versionTags.demotedAt]: late,
      [versionTags.quarantined]: 'OOM',
    }
    const mlflow = fakeMlflow({ versions: [fakeVersion('2', { tags })], aliases: { champion: '2' } })
    await expect(runPromoteOrThrow(mlflow)).rejects.toThrow(/is in quarantine: OOM/)
    expect(mlflow.writes).toEqual([])
  })

  describe('with proof: none', () => {
    const noProof = { proof: 'none', release: '' }

    it('requires the verdict and records proof: none', async () => {
      const mlflow = fakeRegistry()
      expect((await runPromoteOrThrow(mlflow, noProof, undefined)).outputs.changed).toBe('true')
      expect(mlflow.allVersions[1]?.tags[versionTags.proof]).toBe('none')
    })

    it.each([
      ['no verdict', {}, /has no verdict/],
      ['a rejection', { [versionTags.verdict]: 'reject' }, /has the verdict reject/],
      [
        'a verdict on other files',
        { ...promoteVerdictTags, [versionTags.artifactDigest]: 'other' },
        /differ from those that its verdict/,
      ],
    ])('refuses a version with %s', async (_, tags, message) => {
      const versions = [champion, fakeVersion('2', { runId: '2', tags: tags as Record<string, string> })]
      const mlflow = fakeMlflow({ versions, aliases: { champion: '1' } })
      await expect(runPromoteOrThrow(mlflow, noProof)).rejects.toThrow(message)
      expect(mlflow.writes).toEqual([])
      expect((await runPromoteOrThrow(mlflow, { ...noProof, adopt: 'true' })).outputs.changed).toBe('true')
    })
  })
})
