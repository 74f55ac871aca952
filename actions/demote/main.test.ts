import { describe, expect, it } from 'vitest'
import { Unlisted } from '../../src/adapters/mlflow/failures.ts'
import { type FakeMlflow, fakeVersion } from '../../src/adapters/mlflow/fake.ts'
import { ledger } from '../../src/domain/ledger.ts'
import { quietContext } from '../../test/fakes/context.ts'
import { demote, now, registry, tagsOf } from '../../test/fakes/demote.ts'
import { live, serving } from '../../test/fakes/serving.ts'

const end = (mlflow: FakeMlflow) => ({
  aliases: Object.fromEntries(mlflow.aliases),
  tags: tagsOf(mlflow, '3'),
})

describe('demote', () => {
  it('first tells about the bad one, then moves the champion to what serves, then sets previous right', async () => {
    const mlflow = registry()
    const { outputs, summary } = await demote(mlflow)
    expect(outputs).toEqual({
      'champion-version': '2',
      'previous-version': '1',
      'quarantined-version': '3',
      changed: 'true',
    })
    expect(mlflow.writes.map((write) => write.split(' ').slice(0, 3).join(' '))).toEqual([
      `setVersionTags 3 ${ledger.quarantined}`,
      'setAlias champion 2',
      `setVersionTags 3 ${ledger.demotedAt}`,
      'setAlias previous 1',
    ])
    expect(tagsOf(mlflow, '3')).toMatchObject({
      [ledger.quarantined]: 'accuracy 0.61, for 30 minutes',
      [ledger.quarantinedAt]: now,
      [ledger.demotedAt]: now,
      [ledger.demotedTo]: '2',
      [ledger.demotedBy]: 'ada',
      [ledger.demotedReason]: 'accuracy 0.61, for 30 minutes',
      [ledger.runUrl]: quietContext().run.url,
      [ledger.artifactDigest]: 'digest 2',
    })
    expect(summary).toContain('version 2 is the champion again')
  })

  it('has a champion at every moment', async () => {
    const mlflow = registry()
    mlflow.beforeWrite = () => expect(mlflow.aliases.get('champion')).toMatch(/^[23]$/)
    await demote(mlflow)
    expect(mlflow.writes.filter((write) => write.startsWith('deleteAlias champion'))).toEqual([])
  })

  it('changes nothing when done twice, whoever serves by then', async () => {
    const mlflow = registry()
    await demote(mlflow)
    const [{ length }, after] = [mlflow.writes, end(mlflow)]
    const { outputs } = await demote(mlflow)
    expect(outputs).toMatchObject({ 'champion-version': '2', 'quarantined-version': '3', changed: 'false' })
    expect(mlflow.writes.length).toBe(length)
    expect(end(mlflow)).toEqual(after)
  })

  it('moves no alias away from a bad version whose quarantine would be lost with it', async () => {
    const mlflow = registry()
    mlflow.beforeWrite = (write) => {
      if (write.startsWith('setAlias')) throw new Error('killed')
    }
    await expect(demote(mlflow)).rejects.toThrow('killed')
    expect(mlflow.aliases.get('champion')).toBe('3')
    expect(tagsOf(mlflow, '3')).toMatchObject({ [ledger.quarantined]: 'accuracy 0.61, for 30 minutes' })
  })

  it('comes to the same end after being killed before any of its writes', async () => {
    const undisturbed = registry()
    await demote(undisturbed)
    for (const killedAt of undisturbed.writes.keys()) {
      const mlflow = registry()
      let count = 0
      mlflow.beforeWrite = () => {
        if (count++ === killedAt) throw new Error('killed')
      }
      await expect(demote(mlflow)).rejects.toThrow('killed')
      expect((await demote(mlflow)).outputs).toMatchObject({ 'champion-version': '2', changed: 'true' })
      expect(end(mlflow), `killed before write ${killedAt}`).toEqual(end(undisturbed))
    }
  })

  it('leaves no previous where nothing good is known, and never the bad one', async () => {
    const mlflow = registry()
    mlflow.aliases.set('previous', '1').set('champion', '2')
    const { outputs } = await demote(mlflow, { 'model-version': '2' }, live('1'))
    expect(outputs).toMatchObject({ 'champion-version': '1', 'previous-version': 'none' })
    expect(Object.fromEntries(mlflow.aliases)).toEqual({ champion: '1' })
  })

  it('leaves the files alone where the fault is not theirs', async () => {
    const mlflow = registry()
    const { outputs } = await demote(mlflow, { quarantine: 'false' })
    expect(outputs?.['quarantined-version']).toBe('')
    expect(tagsOf(mlflow, '3')).not.toHaveProperty([ledger.quarantined])
    expect(tagsOf(mlflow, '3')[ledger.demotedReason]).toContain('accuracy')
  })

  it('reads the digest where the ledger lacks it, since quarantine holds for the files', async () => {
    const mlflow = registry({ [ledger.artifactDigest]: '' })
    await demote(mlflow)
    expect(tagsOf(mlflow, '3')[ledger.artifactDigest]).toBe(`digest-of-${'3'.padStart(32, '0')}`)
    const unlisted = registry({ [ledger.artifactDigest]: '' })
    unlisted.artifactDigest = async () => {
      throw new Unlisted({ call: 'x', said: 'y', next: 'z' })
    }
    expect((await demote(unlisted)).outputs?.['quarantined-version']).toBe('3')
  })

  it('writes since when it is champion onto a version that nobody promoted, or that was taken back once', async () => {
    for (const tags of [{ [ledger.promotedAt]: '' }, { [ledger.demotedAt]: '2026-01-02T00:00:00.000Z' }]) {
      const mlflow = registry({}, tags)
      await demote(mlflow)
      expect(tagsOf(mlflow, '2')).toMatchObject({ [ledger.promotedAt]: now, [ledger.promotedFrom]: '1' })
      const { outputs } = await demote(mlflow)
      expect(outputs?.changed).toBe('false')
    }
    const mlflow = registry()
    await demote(mlflow)
    expect(tagsOf(mlflow, '2')[ledger.promotedAt]).toBe('2026-01-01T00:00:00.000Z')
  })

  it('takes a version back anew that was cleared since and given the alias by hand', async () => {
    const earlier = '2026-01-02T00:00:00.000Z'
    const mlflow = registry({
      [ledger.demotedAt]: earlier,
      [ledger.demotedTo]: '1',
      [ledger.demotedReason]: 'slow',
      [ledger.quarantineCleared]: 'x',
    })
    const { outputs } = await demote(mlflow)
    expect(outputs).toMatchObject({ 'quarantined-version': '3', changed: 'true' })
    expect(tagsOf(mlflow, '3')).toMatchObject({
      [ledger.quarantined]: 'accuracy 0.61, for 30 minutes',
      [ledger.demotedAt]: now,
      [ledger.demotedTo]: '2',
      [ledger.demotedReason]: 'accuracy 0.61, for 30 minutes',
    })
    expect((await demote(mlflow)).outputs?.changed).toBe('false')
  })

  it('writes since when it is champion onto what serves, where the last word of the ledger is another', async () => {
    const mlflow = registry({ [ledger.demotedAt]: '2026-01-01T12:00:00.000Z', [ledger.demotedTo]: '2' })
    const later = { [ledger.promotedAt]: '2026-01-02T00:00:00.000Z', [ledger.promotedFrom]: '2' }
    mlflow.all.push(fakeVersion('4', { tags: later }))
    mlflow.aliases.set('champion', '4')
    await demote(mlflow)
    expect(mlflow.aliases.get('champion')).toBe('2')
    expect(tagsOf(mlflow, '2')[ledger.promotedAt]).toBe(now)
    expect((await demote(mlflow)).outputs?.changed).toBe('false')
  })

  it('mirrors it in stages where it is asked to: what serves alone in Production, the bad one in Archived', async () => {
    const mlflow = registry()
    mlflow.all[2] = { ...fakeVersion('3'), ...mlflow.all[2], stage: 'Staging' }
    await demote(mlflow)
    expect(mlflow.all.map(({ stage }) => stage)).toEqual(['None', 'None', 'Staging'])
    const { outputs, summary } = await demote(mlflow, { 'mirror-stages': 'true' })
    expect(outputs?.changed).toBe('false')
    expect(mlflow.writes.slice(-2)).toEqual(['setStage 2 Production', 'setStage 3 Archived'])
    expect(summary).toContain('say the same')
  })

  it('does all of it under the lease of the release, and gives it back', async () => {
    const fake = serving(live('2'))
    const holders: string[] = []
    const { swap } = fake.release.lease
    fake.release.lease.swap = async (before, next) => {
      holders.push(next?.action ?? 'none')
      return swap(before, next)
    }
    const mlflow = registry()
    mlflow.beforeWrite = () => expect(holders).toEqual(['demote'])
    await demote(mlflow, {}, undefined, fake)
    expect(holders).toEqual(['demote', 'none'])
    expect(fake.calls).toEqual(['close'])
  })
})
