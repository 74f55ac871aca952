import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  day,
  liveWith,
  markOf,
  pods,
  promoted,
  readingWith,
  record,
  revision,
} from '../../test/fakes/reading.ts'
import { currentChampion, type VersionRecord } from './champion.ts'
import { isDemoted } from './demotion.ts'
import { ledger, type Tags } from './ledger.ts'
import { judge } from './reconcile.ts'
import type { Reading } from './reconcile-reading.ts'
import { isCurable, type Repair, repairOf } from './reconcile-repair.ts'

const behind = (changes: Parameters<typeof readingWith>[0] = {}) =>
  readingWith({ aliases: { champion: '1' }, ...changes })
const second = (tags: Tags) => [record('1', promoted(1)), record('2', tags)]
const judged = { [ledger.verdict]: 'promote', [ledger.artifactDigest]: 'judged' }

describe('repairOf', () => {
  it('moves the alias to what is proven live, and keeps the one before', () => {
    expect(repairOf(behind(), 'judged')).toEqual({ kind: 'move', version: '2', previous: '1' })
  })

  it('moves it for a first model that the gate let through', () => {
    const first = readingWith({ aliases: {}, versions: [record('2', judged)] })
    expect(repairOf(first, 'judged')).toEqual({ kind: 'move', version: '2', previous: undefined })
  })

  it.each<[string, Reading, string | undefined, string]>([
    [
      'someone is at work',
      behind({ holder: { words: 'promote of X', alive: true, left: undefined } }),
      'judged',
      'release digits is being worked on, by promote of X',
    ],
    [
      'a dead job left it half done',
      behind({
        holder: { words: 'helm-deploy of X', alive: false, left: 'revision 3 was left pending-upgrade' },
      }),
      'judged',
      'helm-deploy of X left release digits half done',
    ],
    [
      'a revision is pending',
      behind({ history: [revision(2), revision(3, 'pending-rollback')] }),
      'judged',
      'revision 3 of release digits is pending-rollback',
    ],
    ['there is no release', behind({ live: undefined }), 'judged', 'release digits has no deployed revision'],
    [
      'it serves another model',
      behind({ live: liveWith({ releaseModel: 'digits' }) }),
      'judged',
      'release digits serves another model',
    ],
    [
      'the pods differ',
      behind({ live: liveWith({ pods: pods('1', '2') }) }),
      'judged',
      'no one version is seen serving',
    ],
    ['no pod is ready', behind({ live: liveWith({ pods: [] }) }), 'judged', 'no one version is seen serving'],
    [
      'the values say another',
      behind({ live: liveWith({ releaseVersion: '3' }) }),
      'judged',
      'the values of revision 2 say version 3, its pods serve 2',
    ],
    [
      'the values say none',
      behind({ live: liveWith({ releaseVersion: undefined }) }),
      'judged',
      'the values of revision 2 say no version, its pods serve 2',
    ],
    [
      'the rollout goes on',
      behind({ live: liveWith({ settled: false }) }),
      'judged',
      'the rollout of revision 2 is not over',
    ],
    [
      'nobody knows it',
      behind({ versions: [record('1', promoted(1))] }),
      'judged',
      'the registry does not know version 2',
    ],
    [
      'it is in quarantine',
      behind({ quarantined: new Map([['2', 'as version 9, which has the same files: bad']]) }),
      'judged',
      'version 2, which serves, is in quarantine',
    ],
    [
      'it does not load',
      behind({ unloadable: new Map([['2', 'has lost its run: r2 is deleted']]) }),
      'judged',
      'version 2, which serves, has lost its run: r2 is deleted',
    ],
    [
      'it was taken back',
      behind({ versions: second(promoted(2, { [ledger.demotedAt]: day(3), [ledger.demotedTo]: '1' })) }),
      'judged',
      'version 2, which serves, was taken back',
    ],
    [
      'its files are others now',
      behind(),
      'tampered',
      'version 2, which serves, has other files now than those that the ledger speaks of',
    ],
    [
      'its files cannot be read',
      behind(),
      undefined,
      'version 2, which serves, has files that nobody here can read',
    ],
    [
      'it was rejected',
      behind({ versions: second({ [ledger.verdict]: 'reject' }) }),
      'judged',
      'version 2, which serves, has the verdict reject',
    ],
    [
      'it was never judged',
      behind({ versions: second({}) }),
      'judged',
      'version 2, which serves, was never judged, promoted or adopted',
    ],
  ])('refuses where %s', (_what, reading, digest, why) => {
    expect(repairOf(reading, digest)).toEqual({ kind: 'refused', why })
  })

  describe('after a way back', () => {
    const gone = (tags: Tags = {}, run = 'https://x/runs/9') =>
      readingWith({
        aliases: { champion: '3', previous: '2' },
        versions: [record('2', promoted(2)), record('3', promoted(3, tags))],
        history: [
          revision(2, 'superseded'),
          revision(3, 'superseded'),
          revision(4, 'deployed', 'Rollback to 2'),
        ],
        marks: [markOf(2, '2'), markOf(3, '3'), { ...markOf(4, '2'), run }],
        live: liveWith({ revision: 4 }),
      })

    it('of one of our jobs leaves all of it to demote, or the quarantine would be lost', () => {
      expect(repairOf(gone(), 'judged')).toEqual({
        kind: 'refused',
        why: 'release digits went back from version 3, whose ledger does not say why: run demote',
      })
    })

    it.each<[string, Reading]>([
      ['whose quarantine is written already', gone({ [ledger.quarantined]: 'slow' })],
      ['whose demotion is', gone({ [ledger.demotedAt]: day(4), [ledger.demotedTo]: '2' })],
      ['that a person made with helm', gone({}, '')],
    ])('%s follows what serves', (_what, reading) => {
      expect(repairOf(reading, 'judged')).toMatchObject({ kind: 'move', version: '2' })
    })
  })

  it('takes a version that was champion before for let through, and one that a person adopted', () => {
    const before = { [ledger.promotedAt]: day(2) }
    expect(repairOf(behind({ versions: second(before) }), 'any').kind).toBe('move')
    expect(repairOf(behind({ versions: second({ [ledger.adopted]: 'by ada' }) }), 'any').kind).toBe('move')
  })

  it('makes nobody the one before whom the release went back from, but a champion of earlier days', () => {
    const wentBack = readingWith({
      aliases: { champion: '3', previous: '2' },
      versions: [
        record('1', promoted(1)),
        record('2', promoted(2, { [ledger.promotedFrom]: '1', [ledger.artifactDigest]: 'judged' })),
        record('3', promoted(3, { [ledger.promotedFrom]: '2', [ledger.artifactDigest]: 'third' })),
      ].map((one) =>
        one.number === '1' ? { ...one, tags: { ...one.tags, [ledger.artifactDigest]: 'first' } } : one,
      ),
      history: [
        revision(2, 'superseded'),
        revision(3, 'superseded'),
        revision(4, 'deployed', 'Rollback to 2'),
      ],
      marks: [markOf(2, '2'), markOf(3, '3'), markOf(4, '2')],
      live: liveWith({ revision: 4 }),
    })
    expect(repairOf(wentBack, 'judged')).toEqual({ kind: 'move', version: '2', previous: '1' })
  })

  it('makes nobody the one before who has the files of a version in quarantine', () => {
    const known = new Map([['1', 'as version 9, which has the same files: bad']])
    expect(repairOf(behind({ quarantined: known }), 'judged')).toEqual({
      kind: 'move',
      version: '2',
      previous: undefined,
    })
  })

  it('sets a previous right that may not serve', () => {
    const quarantined = { [ledger.quarantined]: 'bad', [ledger.artifactDigest]: 'other' }
    const reading = readingWith({
      versions: [record('1', promoted(1, quarantined)), record('2', promoted(2))],
    })
    expect(repairOf(reading, 'judged')).toEqual({ kind: 'move', version: '2', previous: undefined })
  })
})

const numbers = ['1', '2', '3']
type Saying = { values: string | undefined; served: (readonly [string | undefined, boolean])[] }
/** Mostly the usual, or chance would make too few readings in which anything may be moved. */
const mostly = <T>(usual: T, ...others: T[]) => fc.constantFrom(usual, usual, usual, ...others)

const tagged = fc.record({
  verdict: fc.option(fc.constantFrom('promote', 'reject', 'inconclusive'), { nil: undefined }),
  promoted: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
  demoted: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
  quarantined: mostly(false, true),
  digest: fc.constantFrom('a', 'b', 'c', undefined),
  stage: fc.constantFrom('None', 'Production', 'Archived'),
})
const versions = fc.tuple(tagged, tagged, tagged).map((all) =>
  all.map(({ verdict, promoted: at, demoted, quarantined, digest, stage }, index): VersionRecord => {
    const tags: [string, string | undefined][] = [
      [ledger.verdict, verdict],
      [ledger.promotedAt, at === undefined ? undefined : day(at)],
      [ledger.demotedAt, demoted === undefined ? undefined : day(demoted)],
      [ledger.demotedTo, demoted === undefined ? undefined : String(1 + ((index + 1) % 3))],
      [ledger.quarantined, quarantined ? 'bad' : undefined],
      [ledger.artifactDigest, digest],
    ]
    const given = tags.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]))
    return record(String(index + 1), Object.fromEntries(given), stage)
  }),
)
const alias = fc.option(fc.constantFrom(...numbers, '9'), { nil: undefined })
const version = fc.option(fc.constantFrom(...numbers, '8'), { nil: undefined })
const readings = fc
  .record({
    versions,
    champion: alias,
    previous: alias,
    mirrored: fc.boolean(),
    saying: fc.oneof<fc.MaybeWeightedArbitrary<Saying>[]>(
      {
        weight: 3,
        arbitrary: fc
          .constantFrom(...numbers)
          .map((one) => ({ values: one, served: [[one, true] as const] })),
      },
      fc.record({ values: version, served: fc.array(fc.tuple(version, fc.boolean()), { maxLength: 3 }) }),
    ),
    settled: mostly(true, false),
    released: mostly(true, false),
    model: mostly<string | undefined>('fraud', 'digits', undefined),
    status: mostly('deployed', 'pending-upgrade', 'failed'),
    holder: mostly<Reading['holder']>(
      undefined,
      { words: 'X', alive: true, left: undefined },
      { words: 'X', alive: false, left: undefined },
      { words: 'X', alive: false, left: 'half' },
    ),
  })
  .map(({ champion, previous, saying, settled, released, model, status, ...rest }): Reading => {
    const { values, served } = saying
    const aliases = { ...(champion && { champion }), ...(previous && { previous }) }
    const seen = served.map(([number, ready], index) => ({ name: `pod-${index}`, ready, version: number }))
    return readingWith({
      ...rest,
      aliases,
      history: [revision(2), ...(status === 'deployed' ? [] : [revision(3, status)])],
      live: released
        ? liveWith({
            releaseModel: model,
            releaseVersion: values,
            pods: seen,
            settled: settled && seen.length > 0 && seen.every(({ ready }) => ready),
          })
        : undefined,
    })
  })

/** The registry after a repair, written as the action writes it. */
function after(reading: Reading, { version: number, previous }: Extract<Repair, { kind: 'move' }>): Reading {
  const aliases = new Map([['champion', number], ...(previous ? [['previous', previous] as const] : [])])
  const written = reading.versions.map((one) => {
    const tags = one.number === number ? { ...one.tags, [ledger.promotedAt]: day(19) } : one.tags
    const stage = !reading.mirrored ? one.stage : one.number === number ? 'Production' : 'Archived'
    return { ...one, tags, stage }
  })
  return {
    ...reading,
    aliases,
    versions: written,
    champion: currentChampion(aliases, written, reading.names),
  }
}

describe('whatever is read', () => {
  it('agreement means that alias, values and every ready pod say one version', () => {
    fc.assert(
      fc.property(readings, (reading) => {
        const { consistent } = judge(reading)
        if (consistent !== 'true') return
        const { champion, live, holder } = reading
        expect(holder?.alive ?? false).toBe(false)
        if (champion.kind !== 'version' || !live) throw new Error('agreement about nothing')
        const ready = live.pods.filter((pod) => pod.ready)
        expect(ready.length).toBeGreaterThan(0)
        const said = [live.releaseVersion ?? champion.version.number, ...ready.map((pod) => pod.version)]
        expect(new Set(said)).toEqual(new Set([champion.version.number]))
      }),
      { numRuns: 3000 },
    )
  })

  it('nothing is moved that is not safe, and what is moved is at rest', () => {
    let moved = 0
    fc.assert(
      fc.property(readings, mostly<string | undefined>('a', 'b', undefined), (reading, digest) => {
        const repair = repairOf(reading, digest)
        if (repair.kind === 'refused') return
        moved += 1
        const { live, holder, history } = reading
        const one = reading.versions.find(({ number }) => number === repair.version)
        if (!one || !live) throw new Error('moved to nothing')
        expect(holder?.alive ?? false).toBe(false)
        expect(history.at(-1)?.status).not.toMatch(/^pending/)
        expect(live.settled).toBe(true)
        expect([live.releaseVersion, ...live.pods.map((pod) => pod.version)]).toEqual(
          Array(live.pods.length + 1).fill(repair.version),
        )
        expect(one.tags[ledger.quarantined]).toBeUndefined()
        expect(isDemoted(one)).toBe(false)
        expect([undefined, digest]).toContain(one.tags[ledger.artifactDigest])
        expect(repair.previous).not.toBe(repair.version)

        const now = after(reading, repair)
        expect(judge(now).findings.filter((finding) => isCurable([finding]))).toEqual([])
        expect(repairOf(now, digest)).toEqual(repair)
      }),
      { numRuns: 5000 },
    )
    expect(moved).toBeGreaterThan(50)
  })
})
