import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type FakeMlflow, fakeMlflow, fakeRun, fakeVersion } from '../../src/adapters/mlflow/fake.ts'
import { UserError } from '../../src/domain/failure.ts'
import { ledger, type Tags } from '../../src/domain/ledger.ts'
import { parseInputs, quietContext } from '../../test/fakes/context.ts'
import { type FakeRelease, releaseWith } from '../../test/fakes/release.ts'
import { contract } from './contract.ts'
import { main } from './main.ts'
import { post } from './post.ts'

const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString()

/** Versions by number, with tags; each has its run, and was promoted an hour ago unless the tags say otherwise. */
function registry(versions: Record<string, Tags>, champion = Object.keys(versions).at(-1) ?? ''): FakeMlflow {
  const runs = Object.keys(versions).map((number) => fakeRun(`run${number}`))
  const all = Object.entries(versions).map(([number, tags]) => {
    const digest = { [ledger.artifactDigest]: `digest-of-run${number}`, [ledger.promotedAt]: hoursAgo(1) }
    return fakeVersion(number, { runId: `run${number}`, tags: { ...digest, ...tags } })
  })
  return fakeMlflow({ runs, versions: all, aliases: { champion } })
}

/** A release that served these versions one after the other, each seen good unless it is said to be broken. */
function served(versions: string[], broken: string[] = []): FakeRelease {
  const fake = releaseWith(versions, broken)
  for (const { revision, updated, version } of fake.revisions) {
    if (broken.includes(version)) continue
    const mark = { model: 'fraud', digest: '', run: '', provenAt: hoursAgo(1) }
    fake.marks.set(revision, { ...mark, revision, updated, version })
  }
  return fake
}

type Settings = { mlflow?: FakeMlflow | undefined; cancelled?: AbortSignal; url?: string }

async function rollBack(fake: FakeRelease, given: Record<string, string> = {}, settings: Settings = {}) {
  const { mlflow, cancelled = new AbortController().signal } = settings
  const temp = mkdtempSync(join(tmpdir(), 'helm-rollback-'))
  const context = quietContext({ temp, cancelled })
  const usual = { release: 'digits', namespace: 'ml', 'model-name': 'fraud', 'bad-model-version': '8' }
  const inputs = parseInputs(contract, { ...usual, ...given }, {})
  const adapters = { openRelease: async () => fake.release, openMlflow: () => mlflow }
  const outcome = await main(inputs, context, adapters)
  return { ...outcome, inputs, context, temp, adapters }
}

const untouched = (fake: FakeRelease) => !fake.calls.some((call) => /rollback|mark/.test(call))

test('evidence, Helm by the number of the revision, the watch, and only then the mark', async () => {
  const fake = served(['7', '8', '8'])
  const mlflow = registry({ 7: {}, 8: {} })
  const { outputs, failure, context, summary } = await rollBack(fake, {}, { mlflow })
  expect(failure).toBeUndefined()
  expect(fake.calls).toEqual(['watch 8', 'evidence', 'rollback 1', 'watch 7', 'mark 4', 'close'])
  expect(outputs).toMatchObject({
    outcome: 'rolled-back',
    'bad-model-version': '8',
    'live-model-version': '7',
    'live-revision': '4',
    reason: 'release digits went from version 8 back to version 7 (revision 1), which serves',
    'retrain-advised': 'false',
  })
  const json = JSON.parse(readFileSync(join(outputs.evidence ?? '', 'evidence.json'), 'utf8'))
  expect(json).toMatchObject({ version: '8', revision: 3, model: 'fraud' })
  expect(json).not.toHaveProperty('diagnosis')
  expect(summary).toContain('What was seen before')
  expect(summary).not.toContain('hunter2')
  expect(fake.marks.get(4)).toMatchObject({ version: '7', run: context.run.url })
  expect(context.state.rollback).toBe('')
  expect(mlflow.writes).toEqual([])
})

test('a release that nobody marked yet gets its mark before it is left', async () => {
  const fake = served(['7', '8'])
  fake.marks.delete(2)
  const { outputs } = await rollBack(fake, {}, { mlflow: registry({ 7: {}, 8: {} }) })
  expect(outputs.outcome).toBe('rolled-back')
  expect(fake.calls).toEqual(['watch 8', 'evidence', 'mark 2', 'rollback 1', 'watch 7', 'mark 3', 'close'])
})

describe('a target that may not serve is passed over, and the summary says why', () => {
  const quarantined = { [ledger.quarantined]: 'OOMKilled' }
  const deleted = () => {
    const mlflow = registry({ 6: {}, 7: {}, 8: {} })
    mlflow.runs.set('run7', fakeRun('run7', { deleted: true }))
    return mlflow
  }
  const without = (change: (mlflow: FakeMlflow) => void) => {
    const mlflow = registry({ 6: {}, 7: {}, 8: {} })
    change(mlflow)
    return mlflow
  }
  const pending = without((mlflow) => {
    mlflow.all[1] = { ...(mlflow.all[1] ?? fakeVersion('7')), status: 'FAILED_REGISTRATION' }
  })
  const emptied = without((mlflow) => {
    const { list } = mlflow
    const others = [
      { path: 'model.pkl', isFolder: false, size: 1 },
      { path: 'MLmodel', isFolder: true, size: undefined },
    ]
    mlflow.list = async (place) =>
      place.kind === 'logged-model' && place.id === 'm-run7' ? others : list(place)
  })
  const twin = {
    5: { ...quarantined, [ledger.artifactDigest]: 'same' },
    6: {},
    7: { [ledger.artifactDigest]: 'same' },
    8: {},
  }
  test.each<[string, FakeMlflow, RegExp]>([
    ['in quarantine', registry({ 6: {}, 7: quarantined, 8: {} }), /version 7 is in quarantine: OOMKilled/],
    [
      'its files are, under another number',
      registry(twin),
      /is in quarantine as version 5, which has the same files/,
    ],
    [
      'the same files as the bad one',
      registry({ 6: {}, 7: { [ledger.artifactDigest]: 'digest-of-run8' }, 8: {} }),
      /has the same files as version 8/,
    ],
    [
      'taken back itself',
      registry({ 6: {}, 7: { [ledger.demotedAt]: hoursAgo(0.5), [ledger.demotedReason]: 'slow' }, 8: {} }),
      /was taken back itself .*slow/,
    ],
    ['its run is deleted', deleted(), /has lost its run: run7 is deleted/],
    ['its run is gone', without((mlflow) => mlflow.runs.delete('run7')), /has lost its run/],
    ['not READY', pending, /is FAILED_REGISTRATION, not READY/],
    ['no MLmodel', emptied, /has no MLmodel file/],
    [
      'not registered any more',
      without((mlflow) => mlflow.all.splice(1, 1)),
      /is not in the registry any more/,
    ],
  ])('%s', async (_title, mlflow, why) => {
    const fake = served(['6', '7', '8'])
    const { outputs, summary } = await rollBack(fake, {}, { mlflow })
    expect(outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': '6' })
    expect(summary?.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))).toMatch(why)

    const only = served(['7', '8'])
    const refused = await rollBack(only, {}, { mlflow })
    expect(refused.outputs).toMatchObject({ outcome: 'refused', 'retrain-advised': 'true', evidence: '' })
    expect(refused.outputs.reason).toMatch(why)
    expect(refused.failure).toBeUndefined()
    expect(untouched(only)).toBe(true)

    const asked = await rollBack(served(['6', '7', '8']), { 'to-revision': '2' }, { mlflow })
    expect(asked.failure).toBeInstanceOf(UserError)
    expect(asked.failure?.message).toMatch(/^Input to-revision: /)
  })
})

describe('refused: nothing is touched, the output says why, the step is green', () => {
  const mlflow = () => registry({ 7: {}, 8: {} })
  test.each<[string, FakeRelease, Record<string, string>, FakeMlflow, RegExp, string]>([
    [
      'another version is live',
      served(['7', '8']),
      { 'bad-model-version': '7' },
      mlflow(),
      /serves version 8, not 7/,
      'false',
    ],
    [
      'fired before the promotion',
      served(['7', '8']),
      { 'fired-at': hoursAgo(2) },
      mlflow(),
      /before version 8 was promoted/,
      'false',
    ],
    [
      'an old champion',
      served(['7', '8']),
      {},
      registry({ 7: {}, 8: { [ledger.promotedAt]: hoursAgo(80) } }),
      /the cure is a retrain/,
      'true',
    ],
    [
      'a narrower window',
      served(['7', '8']),
      { 'rollback-window': '30m' },
      mlflow(),
      /longer than rollback-window \(30 minutes\)/,
      'true',
    ],
    [
      'only one was ever good',
      served(['7', '8'], ['7']),
      {},
      mlflow(),
      /earlier revision .* was seen good/,
      'true',
    ],
  ])('%s', async (_title, fake, given, registered, why, retrain) => {
    const { outputs, failure, context } = await rollBack(fake, given, { mlflow: registered })
    expect(failure).toBeUndefined()
    expect(outputs).toMatchObject({
      outcome: 'refused',
      'live-model-version': '8',
      'live-revision': '2',
      'retrain-advised': retrain,
    })
    expect(outputs.reason).toMatch(why)
    expect(fake.calls).toEqual(['close'])
    expect(context.state).toEqual({})
    const red = await rollBack(fake, { ...given, 'on-refused': 'fail' }, { mlflow: registered })
    expect(red.failure?.message).toMatch(why)
    expect(red.outputs).toEqual(outputs)
  })

  test('someone deployed in the meantime', async () => {
    const fake = served(['7', '8'])
    const { history } = fake.release
    let reads = 0
    fake.release.history = async () => {
      const lines = await history()
      reads += 1
      return reads < 3 ? lines : [...lines, { ...lines[1], revision: 3 } as (typeof lines)[number]]
    }
    const { outputs } = await rollBack(fake, {}, { mlflow: mlflow() })
    expect(outputs.outcome).toBe('refused')
    expect(outputs.reason).toContain('someone else changed release digits in the meantime')
    expect(untouched(fake)).toBe(true)
  })
})

describe('errors of the order are red, and nothing is touched', () => {
  const held = served(['7', '8'])
  const last = held.revisions.at(-1)
  if (last) held.revisions.push({ ...last, revision: 3, status: 'pending-upgrade' })
  const foreign = served(['7', '8'])
  const { live } = foreign.release
  foreign.release.live = async () => {
    const now = await live()
    return now && { ...now, releaseModel: 'other' }
  }
  test.each<[string, FakeRelease, Record<string, string>, RegExp]>([
    ['another helm is at work', held, {}, /is held: its revision 3 is pending-upgrade/],
    ['no such release', served([]), {}, /Input release: digits has no deployed revision/],
    ['the release of another model', foreign, {}, /Input release: digits serves the model "other"/],
    [
      'an unproven revision',
      served(['6', '7', '8'], ['7']),
      { 'to-revision': '2' },
      /revision 2 .* was never seen good.* 1 \(version 6\)/,
    ],
  ])('%s', async (_title, fake, given, why) => {
    const { outputs, failure } = await rollBack(fake, given, { mlflow: registry({ 6: {}, 7: {}, 8: {} }) })
    expect(failure).toBeInstanceOf(UserError)
    expect(failure?.message).toMatch(why)
    expect(outputs.outcome).toBe('refused')
    expect(untouched(fake)).toBe(true)
  })

  test('every bad input at once, and an alert that names no version', () => {
    const given = {
      release: 'digits',
      'model-name': 'fraud',
      'fired-at': 'noon',
      'to-revision': '0',
      'rollback-window': '3',
    }
    expect(() => parseInputs(contract, given, {})).toThrow(
      /bad-model-version: is required[\s\S]*fired-at: "noon"[\s\S]*rollback-window: "3"[\s\S]*to-revision: "0"/,
    )
  })
})

describe('run again', () => {
  test('the same alert finds that the release has gone back', async () => {
    const fake = served(['7', '8'])
    const mlflow = registry({ 7: {}, 8: {} })
    await rollBack(fake, {}, { mlflow })
    fake.calls.length = 0
    const { outputs, failure } = await rollBack(fake, {}, { mlflow })
    expect(failure).toBeUndefined()
    expect(outputs).toMatchObject({
      outcome: 'unchanged',
      'bad-model-version': '8',
      'live-model-version': '7',
    })
    expect(fake.calls).toEqual(['close'])
  })

  test('after it was killed before the pods were seen, it is finished', async () => {
    const fake = served(['7', '8'])
    await fake.release.rollback(1)
    fake.calls.length = 0
    const { outputs } = await rollBack(fake, {}, { mlflow: registry({ 7: {}, 8: {} }) })
    expect(outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': '7', 'live-revision': '3' })
    expect(fake.calls).toEqual(['watch 7', 'mark 3', 'close'])
    expect(fake.marks.get(3)).toMatchObject({ version: '7', digest: 'digest-of-run7', model: 'fraud' })
  })

  test('with live it does not go back once more', async () => {
    const fake = served(['6', '7', '8'])
    const mlflow = registry({ 6: {}, 7: {}, 8: {} })
    const live = { 'bad-model-version': 'live' }
    expect((await rollBack(fake, live, { mlflow })).outputs['bad-model-version']).toBe('8')
    const again = await rollBack(fake, live, { mlflow })
    expect(again.outputs).toMatchObject({
      outcome: 'unchanged',
      'bad-model-version': '8',
      'live-model-version': '7',
    })
  })
})

test('what it goes back to does not come up: red and loud, and not marked', async () => {
  const fake = served(['7', '8'])
  const { rollback } = fake.release
  fake.release.rollback = async (revision) => {
    await rollback(revision)
    const last = fake.revisions.at(-1)
    if (last) last.version = '9'
  }
  const { watch } = fake.release
  fake.release.watch = async (version) => {
    const end = await watch(version)
    if (version === '8') return end
    return {
      kind: 'failed',
      observation: end.observation,
      diagnosis: { reason: 'OOMKilled', said: 'too big' },
    }
  }
  const { outputs, failure, context } = await rollBack(fake, {}, { mlflow: registry({ 7: {}, 8: {} }) })
  expect(outputs.outcome).toBe('rollback-failed')
  expect(failure?.message).toMatch(
    /^ROLLBACK FAILED, release digits needs a person now: .*OOMKilled: too big\.$/,
  )
  expect(existsSync(join(outputs.evidence ?? '', 'evidence.json'))).toBe(true)
  expect(fake.marks.has(3)).toBe(false)
  expect(context.state.rollback).toBe('')
})

test('Helm itself fails: red, with its words', async () => {
  const fake = served(['7', '8'])
  fake.release.rollback = async () => {
    throw new Error('no space left')
  }
  const { outputs, failure } = await rollBack(fake, {}, { mlflow: registry({ 7: {}, 8: {} }) })
  expect(outputs).toMatchObject({ outcome: 'rollback-failed', 'live-model-version': '8' })
  expect(failure?.message).toContain('HelmFailed: no space left')
})

test('without a tracking server it goes by the marks alone, and says so', async () => {
  const fake = served(['7', '8'])
  const { outputs, summary } = await rollBack(fake)
  expect(outputs.outcome).toBe('rolled-back')
  expect(summary).toContain('No tracking server was given')
})

describe('the post step', () => {
  test('does nothing where main came to its end', async () => {
    const fake = served(['7', '8'])
    const { inputs, context, adapters } = await rollBack(fake)
    fake.calls.length = 0
    await post({ rollback: '' }, inputs, context, adapters)
    expect(fake.calls).toEqual([])
  })

  test('finishes what a cancelled main began, also where its helm was killed', async () => {
    const cancel = new AbortController()
    const fake = served(['7', '8'])
    const { rollback } = fake.release
    fake.release.rollback = async (revision) => {
      await rollback(revision)
      const [, bad, pending] = fake.revisions
      if (bad && pending) Object.assign(pending, { status: 'pending-rollback', updated: hoursAgo(0) })
      if (bad) bad.status = 'deployed'
      fake.release.rollback = rollback
      cancel.abort()
      throw new UserError('The job was cancelled.')
    }
    const killed = await rollBack(fake, {}, { cancelled: cancel.signal })
    expect(killed.outputs.outcome).toBe('rollback-failed')
    expect(killed.failure?.message).toContain('the post step sees to it')
    expect(killed.context.state.rollback).toBe('8')

    fake.calls.length = 0
    const { history } = fake.release
    const { inputs, adapters } = killed
    // It waits for a helm that may still be at work; a test need not.
    let first = true
    fake.release.history = async () => {
      const lines = await history()
      if (!first) return lines
      first = false
      return lines.slice(0, 2)
    }
    await post(
      { rollback: killed.context.state.rollback ?? '' },
      inputs,
      quietContext({ temp: killed.temp }),
      adapters,
    )
    expect(fake.calls).toContain('rollback 1')
    expect(fake.marks.get(4)).toMatchObject({ version: '7' })
  })
})
