import { describe, expect, it } from 'vitest'
import { Unlisted } from '../../src/adapters/mlflow/failures.ts'
import { type FakeMlflow, fakeMlflow, fakeRun, fakeVersion } from '../../src/adapters/mlflow/fake.ts'
import { UserError } from '../../src/domain/failure.ts'
import { ledger, type Tags } from '../../src/domain/ledger.ts'
import type { Live } from '../../src/domain/live.ts'
import { parseInputs, quietContext } from '../../test/fakes/context.ts'
import { contract } from './contract.ts'
import { main } from './main.ts'

const now = '2026-01-03T00:00:00.000Z'
const promoted = (from: string, tags: Tags = {}): Tags => ({
  [ledger.artifactDigest]: `digest ${from}`,
  [ledger.promotedAt]: '2026-01-01T00:00:00.000Z',
  [ledger.promotedFrom]: from,
  ...tags,
})

/** 1, 2 and 3 were promoted one after the other; 3 is champion and bad, 2 serves again. */
const registry = (bad: Tags = {}, restored: Tags = {}): FakeMlflow =>
  fakeMlflow({
    runs: ['1', '2', '3'].map((number) => fakeRun(number.padStart(32, '0'))),
    versions: [
      fakeVersion('1', { tags: promoted('none') }),
      fakeVersion('2', { tags: promoted('1', restored) }),
      fakeVersion('3', { tags: promoted('2', bad) }),
    ],
    aliases: { champion: '3', previous: '2' },
  })

const live = (version: string, changes: Partial<Live> = {}): Live => ({
  revision: 4,
  releaseModel: 'fraud',
  releaseVersion: version,
  workload: 'deployment/fraud',
  pods: [{ name: 'pod', ready: true, version }],
  settled: true,
  proof: 'env:MODEL_VERSION',
  ...changes,
})

async function demote(
  mlflow: FakeMlflow,
  given: Record<string, string> = {},
  serving: Live | undefined = live('2'),
) {
  const usual = {
    'model-name': 'fraud',
    'model-version': '3',
    reason: 'accuracy 0.61,\nfor 30 minutes',
    release: 'fraud',
    'tracking-uri': 'http://mlflow.test',
  }
  const present = Object.entries({ ...usual, ...given }).filter(([, value]) => value !== '')
  const adapters = { mlflow: () => mlflow, live: async () => serving, now: () => new Date(now) }
  return main(parseInputs(contract, Object.fromEntries(present)), quietContext(), adapters)
}

const tagsOf = (mlflow: FakeMlflow, number: string) =>
  mlflow.all.find((one) => one.number === number)?.tags ?? {}
const end = (mlflow: FakeMlflow) => ({
  aliases: Object.fromEntries(mlflow.aliases),
  tags: tagsOf(mlflow, '3'),
})

describe('demote', () => {
  it('first moves the champion to what serves, then tells about the bad one, then sets previous right', async () => {
    const mlflow = registry()
    const { outputs, summary } = await demote(mlflow)
    expect(outputs).toEqual({
      'champion-version': '2',
      'previous-version': '1',
      'quarantined-version': '3',
      changed: 'true',
    })
    expect(mlflow.writes.map((write) => write.split(' ').slice(0, 3).join(' '))).toEqual([
      'setAlias champion 2',
      `setVersionTags 3 ${ledger.quarantined}`,
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

  it.each<[string, Record<string, string>, Live | undefined, RegExp]>([
    ['the bad version still serves', {}, live('3'), /version 3 still serves .*Roll back first/],
    [
      'no pod is ready',
      {},
      live('2', { pods: [{ name: 'pod', ready: false, version: '2' }] }),
      /unknown: no pod/,
    ],
    [
      'pods disagree',
      {},
      live('2', { pods: [...live('2').pods, ...live('3').pods] }),
      /serve versions 2 and 3/,
    ],
    [
      'another version serves than was named',
      { 'restored-version': '1' },
      live('2'),
      /serve version 2, not 1/,
    ],
    ['the release is of another model', {}, live('2', { releaseModel: 'other' }), /serves the model other/],
    ['what serves is not registered', {}, live('9'), /model "fraud" has no version 9/],
    [
      'the bad one is not registered',
      { 'model-version': '9' },
      live('2'),
      /Input model-version: model "fraud" has no version 9/,
    ],
  ])('writes nothing where %s', async (_, given, serving, why) => {
    const mlflow = registry()
    const demoting = demote(mlflow, given, serving)
    await expect(demoting).rejects.toThrow(why)
    await expect(demoting).rejects.toBeInstanceOf(UserError)
    expect(mlflow.writes).toEqual([])
  })

  it('says that it lost a race while writing', async () => {
    const mlflow = registry()
    const read = mlflow.model
    mlflow.model = async (name) => {
      if (mlflow.writes.length > 0) mlflow.aliases.set('champion', '1')
      return read(name)
    }
    await expect(demote(mlflow)).rejects.toThrow(
      /Another job made version 1 the champion while this one restored 2/,
    )
  })

  describe('with proof: none', () => {
    const noProof = { proof: 'none', release: '', 'restored-version': '2' }
    it('restores what is named, if it could serve', async () => {
      const mlflow = registry()
      expect((await demote(mlflow, noProof, undefined)).outputs).toMatchObject({ 'champion-version': '2' })
    })
    it.each<[string, (mlflow: FakeMlflow) => void, RegExp]>([
      ['its run is deleted', (mlflow) => mlflow.runs.clear(), /version 2 has lost its run/],
      [
        'it is in quarantine',
        (mlflow) => void mlflow.setVersionTags('', '2', { [ledger.quarantined]: 'x' }),
        /in quarantine \(x\)/,
      ],
    ])('and nothing where %s', async (_, change, why) => {
      const mlflow = registry()
      change(mlflow)
      await expect(demote(mlflow, noProof)).rejects.toThrow(why)
      expect(mlflow.aliases.get('champion')).toBe('3')
    })
  })

  it.each([
    [{ release: '' }, /Input release: is required with proof: cluster/],
    [{ proof: 'none' }, /Input restored-version: is required with proof: none/],
    [{ 'restored-version': '3' }, /Input restored-version: is the bad version itself/],
    [{ 'previous-alias': 'champion' }, /Input previous-alias: is the same/],
    [{ reason: '' }, /Input reason: is required/],
  ])('refuses inputs %j', async (given, why) => {
    await expect(demote(registry(), given as Record<string, string>)).rejects.toThrow(why)
  })
})
