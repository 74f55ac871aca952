import { describe, expect, it } from 'vitest'
import { type FakeMlflow, fakeMlflow, fakeVersion } from '../../src/adapters/mlflow/fake.ts'
import { UserError } from '../../src/domain/failure.ts'
import { ledger } from '../../src/domain/ledger.ts'
import type { Live } from '../../src/domain/live.ts'
import { parseInputs, quietContext } from '../../test/fakes/context.ts'
import { contract } from './contract.ts'
import { main } from './main.ts'

const good = { [ledger.verdict]: 'promote', [ledger.artifactDigest]: 'digest-of-2' }
const champion = fakeVersion('1', { runId: '1' })
const candidate = fakeVersion('2', { runId: '2', tags: good })

const live = (version: string, changes: Partial<Live> = {}): Live => ({
  revision: 7,
  releaseModel: 'fraud',
  releaseVersion: version,
  workload: 'deployment/fraud',
  pods: [{ name: 'pod', ready: true, version }],
  settled: true,
  proof: 'env:MODEL_VERSION',
  ...changes,
})

/** Throws the failure of a step that is red. */
async function promote(...order: Parameters<typeof outcomeOf>) {
  const outcome = await outcomeOf(...order)
  if (outcome.failure) throw outcome.failure
  return outcome
}

async function outcomeOf(
  mlflow: FakeMlflow,
  given: Record<string, string> = {},
  serving: Live | undefined = live('2'),
  context = quietContext(),
) {
  const usual = {
    'model-name': 'fraud',
    'model-version': '2',
    release: 'fraud',
    'tracking-uri': 'http://mlflow.test',
  }
  const present = Object.entries({ ...usual, ...given }).filter(([, value]) => value !== '')
  const adapters = {
    mlflow: () => mlflow,
    live: async () => serving,
    now: () => new Date('2026-01-02T03:04:05Z'),
  }
  const outcome = await main(parseInputs(contract, Object.fromEntries(present)), context, adapters)
  return { ...outcome, outputs: outcome.outputs as Record<string, string> }
}

const registry = (aliases: Record<string, string> = { champion: '1' }) =>
  fakeMlflow({ versions: [champion, candidate], aliases })

describe('promote', () => {
  it('moves the champion to what serves, keeps the one before, and writes the ledger first', async () => {
    const mlflow = registry()
    const { outputs, summary } = await promote(mlflow, { 'expected-champion': '1' })
    expect(outputs).toEqual({ 'champion-version': '2', 'previous-version': '1', changed: 'true' })
    expect(Object.fromEntries(mlflow.aliases)).toEqual({ champion: '2', previous: '1' })
    expect(mlflow.writes.map((write) => write.split(' ').slice(0, 2).join(' '))).toEqual([
      'setVersionTags 2',
      'setAlias previous',
      'setAlias champion',
    ])
    expect(mlflow.all[1]?.tags).toMatchObject({
      [ledger.promotedAt]: '2026-01-02T03:04:05.000Z',
      [ledger.promotedBy]: 'ada',
      [ledger.promotedFrom]: '1',
      [ledger.proof]: 'cluster: 1 pod of deployment/fraud ready, env:MODEL_VERSION, revision 7 of fraud',
    })
    expect(summary).toContain('version 2 is the champion now')
  })

  it('changes nothing when done twice: the one before is not overwritten by the champion itself', async () => {
    const mlflow = registry()
    await promote(mlflow, { 'expected-champion': '1' })
    const { length } = mlflow.writes
    const { outputs } = await promote(mlflow, { 'expected-champion': '1' })
    expect(outputs).toEqual({ 'champion-version': '2', 'previous-version': '1', changed: 'false' })
    expect(mlflow.writes.length).toBe(length)
  })

  it('comes to the same end after being killed before any of its writes', async () => {
    for (const killedAt of [0, 1, 2]) {
      const mlflow = registry()
      let count = 0
      mlflow.beforeWrite = () => {
        if (count++ === killedAt) throw new Error('killed')
      }
      await expect(promote(mlflow, { 'expected-champion': '1' })).rejects.toThrow('killed')
      expect(mlflow.aliases.get('champion')).toBe('1')
      const { outputs } = await promote(mlflow, { 'expected-champion': '1' })
      expect(outputs).toEqual({ 'champion-version': '2', 'previous-version': '1', changed: 'true' })
      expect(mlflow.all[1]?.tags[ledger.promotedFrom]).toBe('1')
    }
  })

  it('promotes a first model, and has no one before', async () => {
    const mlflow = fakeMlflow({ versions: [candidate] })
    const { outputs } = await promote(mlflow, { 'expected-champion': 'none' })
    expect(outputs).toEqual({ 'champion-version': '2', 'previous-version': 'none', changed: 'true' })
    expect(mlflow.all[0]?.tags[ledger.promotedFrom]).toBe('none')
  })

  it('takes over from a stage', async () => {
    const mlflow = fakeMlflow({ versions: [{ ...champion, stage: 'Production' }, candidate] })
    const { outputs } = await promote(mlflow, { 'expected-champion': '1' })
    expect(outputs).toMatchObject({ 'champion-version': '2', 'previous-version': '1' })
  })

  it('never leaves the champion as the one before itself', async () => {
    const mlflow = fakeMlflow({ versions: [candidate], aliases: { previous: '2' } })
    const { outputs } = await promote(mlflow)
    expect(outputs).toMatchObject({ 'champion-version': '2', 'previous-version': 'none' })
  })

  it.each<[string, Live | undefined, RegExp]>([
    ['nothing is released', undefined, /no deployed revision/],
    [
      'no pod is ready',
      live('2', { pods: [{ name: 'pod', ready: false, version: '2' }] }),
      /unknown: no pod/,
    ],
    ['another version serves', live('1'), /serve version 1, not 2/],
    ['the release says another version', live('2', { releaseVersion: '1' }), /values of .* say version 1/],
  ])('writes nothing where %s', async (_, serving, why) => {
    const mlflow = registry()
    const promoting = main(
      parseInputs(contract, {
        'model-name': 'fraud',
        'model-version': '2',
        release: 'fraud',
        'tracking-uri': 'http://mlflow.test',
      }),
      quietContext(),
      { mlflow: () => mlflow, live: async () => serving, now: () => new Date() },
    ).then(({ failure }) => {
      if (failure) throw failure
    })
    await expect(promoting).rejects.toThrow(why)
    await expect(promoting).rejects.toBeInstanceOf(UserError)
    expect(mlflow.writes).toEqual([])
  })

  it.each([
    ['another champion by now', { champion: '3' }, '1', /judged against 1, but the champion is 3/],
    ['a champion where none was', { champion: '1' }, 'none', /judged against none, but the champion is 1/],
    ['no champion any more', {}, '1', /judged against 1, but the champion is none/],
    ['an unclear champion', { previous: '1' }, 'none', /is unclear by now: .*previous points at version 1/],
  ])('refuses a race that was lost before it began: %s', async (_, aliases, expected, why) => {
    const mlflow = fakeMlflow({
      versions: [champion, candidate, fakeVersion('3')],
      aliases: aliases as Record<string, string>,
    })
    await expect(promote(mlflow, { 'expected-champion': expected })).rejects.toThrow(why)
    expect(mlflow.writes).toEqual([])
  })

  it.each<[string, Record<string, string>, Record<string, string>, string, string]>([
    ['a lost race', { champion: '1', previous: '3' }, { 'expected-champion': 'none' }, '1', '3'],
    ['no proof', { champion: '1' }, { 'model-version': '3' }, '1', 'none'],
    ['nobody knows the champion', { previous: '1' }, { 'expected-champion': 'none' }, '', '1'],
    ['there is none', {}, { 'expected-champion': '1' }, 'none', 'none'],
  ])(
    'tells the champion as far as it is known where it refuses: %s',
    async (_, aliases, given, now, before) => {
      const mlflow = fakeMlflow({ versions: [champion, candidate, fakeVersion('3')], aliases })
      const { outputs, failure } = await outcomeOf(mlflow, given)
      expect(failure).toBeInstanceOf(UserError)
      expect(outputs).toEqual({ 'champion-version': now, 'previous-version': before, changed: 'false' })
      expect(mlflow.writes).toEqual([])
    },
  )

  it('says on one line how it ended', async () => {
    const told = quietContext()
    await promote(registry(), {}, live('2'), told)
    expect(told.said).toEqual([
      'version 2 is the champion now (proof: cluster: 1 pod of deployment/fraud ready, env:MODEL_VERSION, revision 7 of fraud)',
    ])
  })

  it('guards nothing where it is told no champion, as after a force past an unclear one', async () => {
    const mlflow = registry({ previous: '1' })
    const { outputs } = await promote(mlflow, { 'expected-champion': '' })
    expect(outputs).toEqual({ 'champion-version': '2', 'previous-version': '1', changed: 'true' })
  })

  it('says that it lost a race while writing', async () => {
    const mlflow = registry()
    const read = mlflow.model
    mlflow.model = async (name) => {
      if (mlflow.writes.length > 0) mlflow.aliases.set('champion', '3')
      return read(name)
    }
    await expect(promote(mlflow)).rejects.toThrow(/Another job made version 3 the champion/)
  })

  it('refuses a quarantined version, also by its files, until a person gives a reason', async () => {
    const bad = { ...good, [ledger.quarantined]: 'OOMKilled', [ledger.quarantinedAt]: 'then' }
    const twin = fakeVersion('5', { tags: bad })
    const mlflow = fakeMlflow({ versions: [champion, candidate, twin], aliases: { champion: '1' } })
    await expect(promote(mlflow)).rejects.toThrow(/the same files as version 5\) is in quarantine: OOMKilled/)
    expect(mlflow.writes).toEqual([])
    const { outputs } = await promote(mlflow, { 'clear-quarantine': 'more\nmemory' })
    expect(outputs.changed).toBe('true')
    const { tags } = mlflow.all[2] ?? twin
    expect(tags[ledger.quarantined]).toBeUndefined()
    expect(tags[ledger.quarantineCleared]).toBe(
      '2026-01-02T03:04:05.000Z by ada: more memory (it was: OOMKilled)',
    )
  })

  it('only clears a quarantine where the version does not serve, since it may be deployed only after that', async () => {
    const bad = fakeVersion('2', { runId: '2', tags: { ...good, [ledger.quarantined]: 'OOMKilled' } })
    const mlflow = fakeMlflow({ versions: [champion, bad], aliases: { champion: '1' } })
    for (const _ of ['once', 'again']) {
      const { outputs, summary } = await promote(mlflow, { 'clear-quarantine': 'x' }, live('1'))
      expect(outputs).toEqual({ 'champion-version': '1', 'previous-version': 'none', changed: 'false' })
      expect(summary).toContain('quarantine of version 2 cleared')
    }
    expect(mlflow.aliases.get('champion')).toBe('1')
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

  it.each([
    [{ release: '' }, /Input release: is required with proof: cluster/],
    [{ 'model-version': '' }, /Input model-version: is required; .*adopt/],
    [{ 'model-version': '', adopt: 'true', proof: 'none' }, /Input model-version: is required/],
    [{ 'expected-champion': 'v1' }, /Input expected-champion: "v1" is neither a model version nor none/],
    [{ 'previous-alias': 'champion' }, /Input previous-alias: is the same/],
  ])('refuses inputs %j', async (given, why) => {
    await expect(promote(registry(), given as Record<string, string>)).rejects.toThrow(why)
  })
})
