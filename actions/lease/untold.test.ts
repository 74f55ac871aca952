import { expect, test } from 'vitest'
import { Busy, Unreachable } from '../../src/adapters/mlflow/failures.ts'
import { Fault } from '../../src/domain/failure.ts'
import type { Lease } from '../../src/domain/lease.ts'
import type { Underway } from '../../src/domain/rollout-recovery.ts'
import { quietContext } from '../../test/fakes/context.ts'
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
  blame: { model: 'fraud', tags },
}
const dead: Lease = {
  id: 'theirs',
  action: 'helm-deploy',
  repository: 'shop/digits',
  run: '70',
  attempt: '1',
  runner: 'r70',
  url: '',
  since: '2026-03-01T12:00:00.000Z',
  until: '2026-03-01T12:20:00.000Z',
}
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

test('what the registry refuses is told in the log, and holds nobody up for ever', async () => {
  const one = await left({ untold: [failed] })
  one.goes(new Fault({ system: 'MLflow', ...details, status: 403 }))
  const notes = await holding(one.fake.release, one.claim, async (ours) => ours.notes)
  expect(notes.join()).toContain('The ledger of version 8 does not say why it failed.')
  expect(await one.lease()).toBeUndefined()
})

test('a version that was seen serving after it failed is blamed for nothing', async () => {
  const one = await left({ untold: [failed] }, ['7', '9', '8'])
  const updated = one.fake.revisions[2]?.updated ?? ''
  const mark = { model: 'fraud', version: '8', digest: '', run: '', provenAt: '' }
  one.fake.marks.set(3, { ...mark, revision: 3, updated })
  await holding(one.fake.release, one.claim, async () => undefined)
  expect(one.written).toEqual([])
  expect(await one.lease()).toBeUndefined()
})

test.each<[string, Error, boolean]>([
  ['a rate limit', new Busy({ ...details, status: 429 }), true],
  ['two writers at once', new Busy({ ...details, status: 400 }), true],
  ['no answer', new Unreachable(details, true), true],
  ['a server that is down', new Fault({ system: 'MLflow', ...details, status: 500 }), true],
  ['a refusal', new Fault({ system: 'MLflow', ...details, status: 403 }), false],
])('%s: may it be otherwise later', (_title, error, later) => {
  expect(mayAnswerLater(error)).toBe(later)
})
