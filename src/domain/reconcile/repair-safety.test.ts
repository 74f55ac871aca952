import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { day, fakeLive, fakeSnapshot, revision, versionRecord } from '../../../test/fakes/snapshot.ts'
import { currentChampion, type VersionRecord } from '../registry/champion.ts'
import { isDemoted } from '../registry/demotion.ts'
import { versionTags } from '../registry/version-tags.ts'
import { checkConsistency } from './consistency.ts'
import { hasRepairableFinding, planRepair, type Repair } from './repair.ts'
import type { Snapshot } from './snapshot.ts'

const numbers = ['1', '2', '3']
type Observed = { values: string | undefined; served: (readonly [string | undefined, boolean])[] }
/** Mostly the usual value, so that enough snapshots allow a repair. */
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
      [versionTags.verdict, verdict],
      [versionTags.promotedAt, at === undefined ? undefined : day(at)],
      [versionTags.demotedAt, demoted === undefined ? undefined : day(demoted)],
      [versionTags.demotedTo, demoted === undefined ? undefined : String(1 + ((index + 1) % 3))],
      [versionTags.quarantined, quarantined ? 'bad' : undefined],
      [versionTags.artifactDigest, digest],
    ]
    const given = tags.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]))
    return versionRecord(String(index + 1), Object.fromEntries(given), stage)
  }),
)
const alias = fc.option(fc.constantFrom(...numbers, '9'), { nil: undefined })
const version = fc.option(fc.constantFrom(...numbers, '8'), { nil: undefined })
const snapshots = fc
  .record({
    versions,
    champion: alias,
    previous: alias,
    mirrorStages: fc.boolean(),
    state: fc.oneof<fc.MaybeWeightedArbitrary<Observed>[]>(
      {
        weight: 3,
        arbitrary: fc
          .constantFrom(...numbers)
          .map((one) => ({ values: one, served: [[one, true] as const] })),
      },
      fc.record({ values: version, served: fc.array(fc.tuple(version, fc.boolean()), { maxLength: 3 }) }),
    ),
    complete: mostly(true, false),
    deployed: mostly(true, false),
    model: mostly<string | undefined>('fraud', 'digits', undefined),
    status: mostly('deployed', 'pending-upgrade', 'failed'),
    holder: mostly<Snapshot['holder']>(
      undefined,
      { description: 'X', isLive: true, unfinishedWork: undefined },
      { description: 'X', isLive: false, unfinishedWork: undefined },
      { description: 'X', isLive: false, unfinishedWork: { kind: 'release-incomplete', reason: 'X' } },
    ),
  })
  .map(({ champion, previous, state, complete, deployed, model, status, ...rest }): Snapshot => {
    const { values, served } = state
    const aliases = { ...(champion && { champion }), ...(previous && { previous }) }
    const seen = served.map(([number, ready], index) => ({ name: `pod-${index}`, ready, version: number }))
    return fakeSnapshot({
      ...rest,
      aliases,
      history: [revision(2), ...(status === 'deployed' ? [] : [revision(3, status)])],
      live: deployed
        ? fakeLive({
            releaseModel: model,
            releaseVersion: values,
            pods: seen,
            rolloutComplete: complete && seen.length > 0 && seen.every(({ ready }) => ready),
          })
        : undefined,
    })
  })

/** The snapshot after the action has applied a repair. */
function applyRepair(
  snapshot: Snapshot,
  { version: number, previous }: Extract<Repair, { kind: 'set-aliases' }>,
): Snapshot {
  const aliases = new Map([['champion', number], ...(previous ? [['previous', previous] as const] : [])])
  const written = snapshot.versions.map((one) => {
    const tags = one.number === number ? { ...one.tags, [versionTags.promotedAt]: day(19) } : one.tags
    const stage = !snapshot.mirrorStages ? one.stage : one.number === number ? 'Production' : 'Archived'
    return { ...one, tags, stage }
  })
  return {
    ...snapshot,
    aliases,
    versions: written,
    champion: currentChampion(aliases, written, snapshot.names),
  }
}

describe('any snapshot', () => {
  it('is consistent only if alias, values and every ready pod name one version', () => {
    fc.assert(
      fc.property(snapshots, (snapshot) => {
        const { consistent } = checkConsistency(snapshot)
        if (consistent !== 'true') return
        const { champion, live, holder } = snapshot
        expect(holder?.isLive ?? false).toBe(false)
        if (champion.kind !== 'version' || !live) throw new Error('consistent without champion or release')
        const ready = live.pods.filter((pod) => pod.ready)
        expect(ready.length).toBeGreaterThan(0)
        const named = [live.releaseVersion ?? champion.version.number, ...ready.map((pod) => pod.version)]
        expect(new Set(named)).toEqual(new Set([champion.version.number]))
      }),
      { numRuns: 3000 },
    )
  })

  it('allows only safe repairs, and needs no second repair', () => {
    let repairs = 0
    fc.assert(
      fc.property(snapshots, mostly<string | undefined>('a', 'b', undefined), (snapshot, digest) => {
        const repair = planRepair(snapshot, digest)
        if (repair.kind === 'refused') return
        repairs += 1
        const { live, holder, history } = snapshot
        const one = snapshot.versions.find(({ number }) => number === repair.version)
        if (!one || !live) throw new Error('repaired without a version or release')
        expect(holder?.isLive ?? false).toBe(false)
        expect(history.at(-1)?.status).not.toMatch(/^pending/)
        expect(live.rolloutComplete).toBe(true)
        expect([live.releaseVersion, ...live.pods.map((pod) => pod.version)]).toEqual(
          Array(live.pods.length + 1).fill(repair.version),
        )
        expect(one.tags[versionTags.quarantined]).toBeUndefined()
        expect(isDemoted(one)).toBe(false)
        expect([undefined, digest]).toContain(one.tags[versionTags.artifactDigest])
        expect(repair.previous).not.toBe(repair.version)

        const repaired = applyRepair(snapshot, repair)
        expect(
          checkConsistency(repaired).findings.filter((finding) => hasRepairableFinding([finding])),
        ).toEqual([])
        expect(planRepair(repaired, digest)).toEqual(repair)
      }),
      { numRuns: 5000 },
    )
    expect(repairs).toBeGreaterThan(50)
  })
})
