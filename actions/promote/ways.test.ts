import { describe, expect, it } from 'vitest'
import { fakeMlflow, fakeVersion } from '../../src/adapters/mlflow/fake.ts'
import { ledger } from '../../src/domain/ledger.ts'
import { champion, good, promote, registry } from '../../test/fakes/promote.ts'

/** When the promotions of these tests are. */
const now = '2026-01-02T03:04:05.000Z'

describe('promote by other ways', () => {
  it('guards nothing where it is told no champion, as after a force past an unclear one', async () => {
    const mlflow = registry({ previous: '1' })
    const { outputs } = await promote(mlflow, { 'expected-champion': '' })
    expect(outputs).toEqual({ 'champion-version': '2', 'previous-version': '1', changed: 'true' })
  })

  it('adopts what is live, and says so', async () => {
    const mlflow = fakeMlflow({ versions: [champion, fakeVersion('2')] })
    const { outputs } = await promote(mlflow, { 'model-version': '', adopt: 'true' })
    expect(outputs).toMatchObject({ 'champion-version': '2', changed: 'true' })
    expect(mlflow.all[1]?.tags[ledger.adopted]).toBe('2026-01-02T03:04:05.000Z by ada')
    const unknown = fakeMlflow({ versions: [champion] })
    await expect(promote(unknown, { 'model-version': '', adopt: 'true' })).rejects.toThrow(/no version 2/)
  })

  it('writes the ledger of an alias that was set by hand, without inventing whom it replaced', async () => {
    const mlflow = registry({ champion: '2' })
    const { outputs } = await promote(mlflow)
    expect(outputs).toMatchObject({ 'champion-version': '2', changed: 'false' })
    expect(mlflow.all[1]?.tags[ledger.promotedAt]).toBeDefined()
    expect(mlflow.all[1]?.tags[ledger.promotedFrom]).toBeUndefined()
  })

  const [early, late] = ['2026-01-01T00:00:00.000Z', '2026-01-01T12:00:00.000Z']

  it('tells the ledger of an alias that was set back by hand to a version that was champion once', async () => {
    const mlflow = fakeMlflow({
      versions: [
        fakeVersion('1', { tags: { [ledger.promotedAt]: '2025-12-31T00:00:00.000Z' } }),
        fakeVersion('2', { tags: { ...good, [ledger.promotedAt]: early, [ledger.promotedFrom]: '1' } }),
        fakeVersion('3', { tags: { [ledger.promotedAt]: late, [ledger.promotedFrom]: '2' } }),
      ],
      aliases: { champion: '2', previous: '2' },
    })
    const { outputs } = await promote(mlflow)
    expect(outputs).toEqual({ 'champion-version': '2', 'previous-version': '1', changed: 'false' })
    expect(mlflow.all[1]?.tags).toMatchObject({ [ledger.promotedAt]: now, [ledger.promotedFrom]: '1' })
    const { length } = mlflow.writes
    expect((await promote(mlflow)).outputs).toEqual(outputs)
    expect(mlflow.writes.length).toBe(length)
  })

  it('promotes a version again that was taken back, cleared, and given the alias by hand', async () => {
    const tags = {
      ...good,
      [ledger.promotedAt]: early,
      [ledger.demotedAt]: late,
      [ledger.demotedTo]: '1',
      [ledger.quarantineCleared]: 'x',
    }
    const mlflow = fakeMlflow({
      versions: [champion, fakeVersion('2', { runId: '2', tags })],
      aliases: { champion: '2' },
    })
    await promote(mlflow)
    expect(mlflow.all[1]?.tags[ledger.promotedAt]).toBe(now)
    const { length } = mlflow.writes
    await promote(mlflow)
    expect(mlflow.writes.length).toBe(length)
  })

  it('does so although the ledger does not say in whose favour it was taken back', async () => {
    const tags = { ...good, [ledger.promotedAt]: early, [ledger.demotedAt]: late }
    const mlflow = fakeMlflow({ versions: [fakeVersion('2', { tags })], aliases: { champion: '2' } })
    await promote(mlflow)
    expect(mlflow.all[0]?.tags[ledger.promotedAt]).toBe(now)
  })

  it('keeps all its refusals where only the ledger is to be told', async () => {
    const tags = {
      ...good,
      [ledger.promotedAt]: early,
      [ledger.demotedAt]: late,
      [ledger.quarantined]: 'OOM',
    }
    const mlflow = fakeMlflow({ versions: [fakeVersion('2', { tags })], aliases: { champion: '2' } })
    await expect(promote(mlflow)).rejects.toThrow(/is in quarantine: OOM/)
    expect(mlflow.writes).toEqual([])
  })

  describe('with proof: none', () => {
    const noProof = { proof: 'none', release: '' }

    it('goes by the verdict, and says in the ledger that nothing was seen', async () => {
      const mlflow = registry()
      expect((await promote(mlflow, noProof, undefined)).outputs.changed).toBe('true')
      expect(mlflow.all[1]?.tags[ledger.proof]).toBe('none')
    })

    it.each([
      ['no verdict', {}, /has no verdict/],
      ['a rejection', { [ledger.verdict]: 'reject' }, /has the verdict reject/],
      [
        'a verdict on other files',
        { ...good, [ledger.artifactDigest]: 'other' },
        /not the ones that its verdict/,
      ],
    ])('refuses a version with %s', async (_, tags, why) => {
      const versions = [champion, fakeVersion('2', { runId: '2', tags: tags as Record<string, string> })]
      const mlflow = fakeMlflow({ versions, aliases: { champion: '1' } })
      await expect(promote(mlflow, noProof)).rejects.toThrow(why)
      expect(mlflow.writes).toEqual([])
      expect((await promote(mlflow, { ...noProof, adopt: 'true' })).outputs.changed).toBe('true')
    })
  })
})
