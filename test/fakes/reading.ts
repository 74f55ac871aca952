import { currentChampion, type VersionRecord } from '../../src/domain/champion.ts'
import type { Revision } from '../../src/domain/history.ts'
import { ledger, type Tags } from '../../src/domain/ledger.ts'
import type { Live } from '../../src/domain/live.ts'
import type { Mark } from '../../src/domain/marks.ts'
import type { Reading } from '../../src/domain/reconcile-reading.ts'

const names = { champion: 'champion', previous: 'previous' }
/** A day of November 2026, as the ledger writes times. */
export const day = (number: number) => `2026-11-${String(number).padStart(2, '0')}T12:00:00.000Z`

export const record = (number: string, tags: Tags = {}, stage = 'None'): VersionRecord => ({
  number,
  stage,
  tags,
})
/** What gatekeeper and promote write. */
export const promoted = (on: number, tags: Tags = {}): Tags => ({
  [ledger.verdict]: 'promote',
  [ledger.artifactDigest]: 'judged',
  [ledger.promotedAt]: day(on),
  ...tags,
})
export const revision = (
  number: number,
  status = 'deployed',
  description = 'Upgrade complete',
): Revision => ({
  revision: number,
  updated: day(number),
  status,
  chart: 'digits-1.0.0',
  description,
})
export const markOf = (number: number, version: string): Mark => ({
  revision: number,
  updated: day(number),
  model: 'fraud',
  version,
  digest: '',
  run: '',
  provenAt: day(number),
})
export const pods = (...versions: (string | undefined)[]): Live['pods'] =>
  versions.map((version, index) => ({ name: `pod-${index}`, ready: true, version }))

/** Version 2 is champion, in the values of revision 2, and served by two ready pods; version 1 was before. */
export function readingWith({
  aliases,
  ...changes
}: Partial<Omit<Reading, 'aliases'>> & { aliases?: Record<string, string> } = {}): Reading {
  const versions = changes.versions ?? [record('1', promoted(1)), record('2', promoted(2))]
  const known = new Map(Object.entries(aliases ?? { champion: '2', previous: '1' }))
  return {
    model: 'fraud',
    release: 'digits',
    names,
    now: Date.parse(day(20)),
    budget: 600_000,
    mirrored: false,
    aliases: known,
    champion: currentChampion(known, versions, names),
    unloadable: new Map(),
    unlisted: new Map(),
    quarantined: new Map(
      versions.flatMap(({ number, tags }) =>
        tags[ledger.quarantined] ? [[number, tags[ledger.quarantined]] as [string, string]] : [],
      ),
    ),
    history: [revision(1, 'superseded'), revision(2)],
    marks: [markOf(1, '1'), markOf(2, '2')],
    live: liveWith(),
    holder: undefined,
    ...changes,
    versions,
  }
}

export function liveWith(changes: Partial<Live> = {}): Live {
  return {
    revision: 2,
    releaseModel: 'fraud',
    releaseVersion: '2',
    workload: 'deployment/digits',
    pods: pods('2', '2'),
    settled: true,
    proof: 'env:MODEL_VERSION',
    ...changes,
  }
}
