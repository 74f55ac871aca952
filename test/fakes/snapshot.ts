import type { Snapshot } from '../../src/domain/reconcile/snapshot.ts'
import { currentChampion, type VersionRecord } from '../../src/domain/registry/champion.ts'
import { type Tags, versionTags } from '../../src/domain/registry/version-tags.ts'
import type { LiveRelease } from '../../src/domain/release/live-release.ts'
import type { Revision } from '../../src/domain/release/revision-history.ts'
import type { VerifiedRevision } from '../../src/domain/release/verified-revisions.ts'

const names = { champion: 'champion', previous: 'previous' }
/** A day of November 2026, in the format of version tags. */
export const day = (number: number) => `2026-11-${String(number).padStart(2, '0')}T12:00:00.000Z`

export const versionRecord = (number: string, tags: Tags = {}, stage = 'None'): VersionRecord => ({
  number,
  stage,
  tags,
})
/** The tags that gatekeeper and promote write. */
export const promotedTags = (on: number, tags: Tags = {}): Tags => ({
  [versionTags.verdict]: 'promote',
  [versionTags.artifactDigest]: 'judged',
  [versionTags.promotedAt]: day(on),
  ...tags,
})
export const revision = (number: number, status = 'deployed', rollbackOf?: number): Revision => ({
  revision: number,
  updated: day(number),
  status,
  isRollback: rollbackOf !== undefined,
  rollbackOf,
})
export const verifiedRevisionAt = (number: number, version: string): VerifiedRevision => ({
  revision: number,
  updated: day(number),
  model: 'fraud',
  version,
  digest: '',
  run: '',
  verifiedAt: day(number),
})
export const fakePods = (...versions: (string | undefined)[]): LiveRelease['pods'] =>
  versions.map((version, index) => ({ name: `pod-${index}`, ready: true, version }))

/** Version 2 is champion, deployed by revision 2, and served by two ready pods. Version 1 is the previous champion. */
export function fakeSnapshot({
  aliases,
  ...changes
}: Partial<Omit<Snapshot, 'aliases'>> & { aliases?: Record<string, string> } = {}): Snapshot {
  const versions = changes.versions ?? [
    versionRecord('1', promotedTags(1)),
    versionRecord('2', promotedTags(2)),
  ]
  const known = new Map(Object.entries(aliases ?? { champion: '2', previous: '1' }))
  return {
    model: 'fraud',
    release: 'digits',
    names,
    now: Date.parse(day(20)),
    foreignOperationTimeoutMs: 600_000,
    mirrorStages: false,
    aliases: known,
    champion: currentChampion(known, versions, names),
    championRelease: undefined,
    unloadable: new Map(),
    unverifiable: new Map(),
    quarantined: new Map(
      versions.flatMap(({ number, tags }) =>
        tags[versionTags.quarantined] ? [[number, tags[versionTags.quarantined]] as [string, string]] : [],
      ),
    ),
    history: [revision(1, 'superseded'), revision(2)],
    verifiedRevisions: [verifiedRevisionAt(1, '1'), verifiedRevisionAt(2, '2')],
    live: fakeLive(),
    holder: undefined,
    ...changes,
    versions,
  }
}

export function fakeLive(changes: Partial<LiveRelease> = {}): LiveRelease {
  return {
    revision: 2,
    releaseModel: 'fraud',
    releaseVersion: '2',
    workload: 'deployment/digits',
    pods: fakePods('2', '2'),
    rolloutComplete: true,
    versionFrom: 'env:MODEL_VERSION',
    ...changes,
  }
}
