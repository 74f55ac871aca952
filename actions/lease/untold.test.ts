import { describe, expect, test } from 'vitest'
import { Busy, NotFound, Unreachable } from '../../src/adapters/mlflow/failures.ts'
import { Fault } from '../../src/domain/failure.ts'
import type { Lease } from '../../src/domain/lease.ts'
import type { Mark } from '../../src/domain/marks.ts'
import type { Underway } from '../../src/domain/rollout-recovery.ts'
import { quietContext } from '../../test/fakes/context.ts'
import { foreign } from '../../test/fakes/holders.ts'
import { releaseWith } from '../../test/fakes/release.ts'
import { hurried } from '../../test/fakes/waiting.ts'
import { mayAnswerLater, type Registry } from './blaming.ts'
import type { Claim } from './claim.ts'
import { holding } from './holding.ts'

const tags = { 'retrain.quarantined': 'it crashes' }
/** A rollout of version 8 that is taken back, and that the registry knows nothing of. */
const failed: Underway = {
  release: 'digits',
  namespace: 'ml',
  before: 1,
  first: false,
  version: '8',
  own: 2,
  blame: { model: 'fraud', tags, at: '2026-03-01T12:10:00.000Z' },
}
/** Long over, so that nobody asks GitHub. */
const dead = foreign({ since: '2026-03-01T12:00:00.000Z', until: '2026-03-01T12:20:00.000Z' })
const details = { call: 'set-tag', said: 'not now', next: 'Wait.' }

/** A release that a dead job left with this in its lease, and a registry that answers or not. */
async function left(lease: Partial<Lease>, versions = ['7']) {
  const fake = releaseWith(versions)
  await fake.release.lease.swap(undefined, { ...dead, ...lease })
  const written: unknown[] = []
  let away: Error | undefined
  const registry: Registry = {
    async setVersionTags(model, version, given) {
      if (away) throw away
      written.push([model, version, given])
    },
  }
  const context = quietContext({ env: { RUNNER_NAME: 'r77' } })
  const times = { timeout: 60_000, budget: 60_000, waiting: hurried() }
  const claim: Claim = {
    action: 'promote',
    context,
    githubToken: undefined,
    ...times,
    registry: () => registry,
  }
  return {
    fake,
    claim,
    written,
    goes: (error: Error | undefined) => {
      away = error
    },
    lease: () => fake.release.lease.read(),
  }
}

test.each<[string, Partial<Lease>]>([
  ['was under way', { underway: failed }],
  ['was untold already', { untold: [failed] }],
])('what %s is told by the first heir who can, and lost by none who cannot', async (_what, lease) => {
  const one = await left(lease)
  one.goes(new Busy({ ...details, status: 503 }))
  const notes = await holding(one.fake.release, one.claim, async (ours) => {
    // What is begun and ended meanwhile changes nothing of it.
    await ours.underway({ ...failed, version: '9', blame: undefined })
    await ours.underway(undefined)
    expect((await one.lease())?.untold).toEqual([failed])
    expect(ours.untold).toEqual([failed])
    return ours.notes
  })
  expect(notes.join()).toContain('The ledger of version 8 does not say yet why it failed.')
  // It is over, so that nobody waits for it.
  const now = one.claim.waiting?.now() ?? 0
  expect(await one.lease()).toMatchObject({ untold: [failed], until: new Date(now).toISOString() })
  expect((await one.lease())?.underway).toBeUndefined()

  one.goes(undefined)
  const end = await holding(one.fake.release, one.claim, async ({ inherited }) => inherited?.end)
  expect(one.written).toEqual([['fraud', '8', tags]])
  expect(end).toMatchObject({
    changed: true,
    words: expect.stringContaining('The ledger of version 8 says now why it failed.'),
  })
  expect(await one.lease()).toBeUndefined()
})

test('is not lost by who dies over what else there is to put right', async () => {
  const one = await left({ untold: [failed], underway: { ...failed, version: '9', own: 2 } }, ['7', '9'])
  const mark = { model: 'fraud', version: '7', digest: '', run: '', provenAt: '', updated: 't1' }
  one.fake.marks.set(1, { ...mark, revision: 1 })
  one.fake.release.rollback = async () => {
    throw new Fault({ system: 'Helm', call: 'helm rollback', said: 'EOF', next: 'Look.' })
  }
  await expect(holding(one.fake.release, one.claim, async () => 'never')).rejects.toThrow('putting right')
  expect(await one.lease()).toMatchObject({ run: '77', untold: [failed], underway: { version: '9' } })
})

test('who has no tracking server leaves it to one who has', async () => {
  const one = await left({ untold: [failed] })
  await holding(one.fake.release, { ...one.claim, registry: () => undefined }, async () => undefined)
  expect((await one.lease())?.untold).toEqual([failed])
})

test('a version that the registry does not have any more holds nobody up for ever', async () => {
  const one = await left({ untold: [failed] })
  one.goes(new NotFound({ ...details, status: 404 }))
  const notes = await holding(one.fake.release, one.claim, async (ours) => ours.notes)
  expect(notes.join()).toContain('The ledger of version 8 does not say why it failed.')
  expect(await one.lease()).toBeUndefined()
})

describe('a version that was seen serving after it failed', () => {
  const digest = 'of the files that failed'
  const known = { ...failed, blame: { ...failed.blame, model: 'fraud', tags, at: dead.since, digest } }
  const seen = {
    revision: 1,
    updated: 't1',
    model: 'fraud',
    version: '8',
    digest,
    run: '',
    provenAt: dead.until,
  }

  test.each<[string, Partial<Mark>, boolean]>([
    ['the same files', {}, false],
    ['its number, of which nobody knows the files', { digest: '' }, false],
    ['the same files under another number', { version: '9' }, false],
    ['other files with its number', { digest: 'others' }, true],
    ['that of another model', { model: 'churn' }, true],
    ['before it failed', { provenAt: '2026-02-28T12:00:00.000Z' }, true],
  ])('is blamed for nothing: %s', async (_what, mark, blamed) => {
    // Its revision says nothing: those of a release that was uninstalled in between begin again.
    const one = await left({ untold: [known] }, ['8'])
    one.fake.marks.set(1, { ...seen, ...mark })
    await holding(one.fake.release, one.claim, async () => undefined)
    expect(one.written.length > 0).toBe(blamed)
    expect(await one.lease()).toBeUndefined()
  })
})

test('of one version only the last failure is owed', async () => {
  const one = await left({ untold: [] })
  const again = { ...failed, blame: { model: 'fraud', tags: { 'retrain.suspect': 'slow' }, at: dead.until } }
  await holding(one.fake.release, one.claim, async ({ owe }) => {
    await owe(failed)
    await owe({ ...failed, version: '9' })
    await owe(again)
  })
  expect((await one.lease())?.untold).toEqual([{ ...failed, version: '9' }, again])
})

test.each<[string, Error, boolean]>([
  ['a rate limit', new Busy({ ...details, status: 429 }), true],
  ['two writers at once', new Busy({ ...details, status: 400 }), true],
  ['no answer', new Unreachable(details, true), true],
  ['a server that is down', new Fault({ system: 'MLflow', ...details, status: 500 }), true],
  ['another who asks', new Fault({ system: 'MLflow', ...details, status: 403 }), true],
  ['a proxy that knows no such page', new Fault({ system: 'MLflow', ...details, status: 404 }), true],
  ['no such version', new NotFound({ ...details, status: 404 }), false],
  ['tags that are wrong', new Fault({ system: 'MLflow', ...details, status: 400 }), false],
])('%s: may it be otherwise later', (_title, error, later) => {
  expect(mayAnswerLater(error)).toBe(later)
})
