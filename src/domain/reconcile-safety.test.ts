import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { day, liveWith, readingWith, record, revision } from '../../test/fakes/reading.ts'
import { currentChampion, type VersionRecord } from './champion.ts'
import { isDemoted } from './demotion.ts'
import { ledger } from './ledger.ts'
import { judge } from './reconcile.ts'
import type { Reading } from './reconcile-reading.ts'
import { isCurable, type Repair, repairOf } from './reconcile-repair.ts'

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
