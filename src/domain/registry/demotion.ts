import type { VersionRecord } from './champion.ts'
import { type Tags, versionTags } from './version-tags.ts'

/** Whether a version was demoted and not promoted since. */
export function isDemoted({ tags }: Pick<VersionRecord, 'tags'>): boolean {
  const demoted = tags[versionTags.demotedAt]
  if (!demoted) return false
  const promoted = tags[versionTags.promotedAt]
  return !promoted || !(Date.parse(promoted) > Date.parse(demoted))
}

/** When and why a version was demoted, by its tags. */
export interface DemotionRecord {
  at: string | undefined
  reason: string | undefined
}

export function readDemotion({ tags }: VersionRecord): DemotionRecord {
  return { at: tags[versionTags.demotedAt], reason: tags[versionTags.demotedReason] }
}

/** The demotion of a version. */
export interface Demotion {
  badVersion: VersionRecord
  restored: string
  /** One line. */
  reason: string
  by: string
  /** URL of the workflow run; empty outside GitHub. */
  run: string
  /** ISO 8601, UTC. */
  at: string
  /** Whether to quarantine the files. */
  quarantine: boolean
  /** Artifact digest of the bad version, if its tag is missing and it could be computed. */
  digest: string | undefined
  /** Whether the champion alias names the bad version. */
  isChampion: boolean
}

/**
 * The tags of a demotion; none for a completed one, whose cleared quarantine does not return. A version that was cleared and
 * given the alias again is demoted again.
 * @returns tags to write to the bad version, undefined if they are there already. `details` come first, so that quarantine
 * and reason survive if the job dies; `completion` (`retrain.demoted-at`) after the alias has moved.
 */
export function buildDemotionTags(demotion: Demotion): Record<'details' | 'completion', Tags | undefined> {
  const { badVersion, restored, reason, by, run, at, quarantine, digest, isChampion } = demotion
  const { tags } = badVersion
  const wasCleared = tags[versionTags.quarantineCleared] !== undefined
  const isComplete = isDemoted(badVersion) && !(isChampion && wasCleared)
  const isQuarantined = tags[versionTags.quarantined] !== undefined
  const needsQuarantine = quarantine && !(isComplete && (wasCleared || isQuarantined))
  const details = Object.entries({
    // A job that died may have written a part of these. Quarantine follows the files, so their digest must be known.
    ...(needsQuarantine && {
      [versionTags.quarantined]: isQuarantined ? undefined : reason,
      [versionTags.quarantinedAt]: isQuarantined && tags[versionTags.quarantinedAt] ? undefined : at,
      [versionTags.artifactDigest]: digest,
    }),
    ...(!isComplete && {
      [versionTags.demotedTo]: restored,
      [versionTags.demotedBy]: by,
      [versionTags.demotedReason]: reason,
      [versionTags.runUrl]: run || undefined,
    }),
  }).flatMap(([tag, value]) => (value === undefined ? [] : [[tag, value] as const]))
  return {
    details: details.length > 0 ? Object.fromEntries(details) : undefined,
    completion: isComplete ? undefined : { [versionTags.demotedAt]: at },
  }
}

/**
 * The version for alias `previous` when `restored` is champion: the one that it names, if that is eligible; else the last
 * eligible champion before `restored`, by the promoted-from tags.
 */
export function choosePrevious<V extends VersionRecord>(
  current: string | undefined,
  { restored, badVersion }: { restored: string; badVersion: string },
  versions: readonly V[],
): string | undefined {
  const find = (number: string | undefined) => versions.find((one) => one.number === number)
  const badDigests = new Set(
    versions
      .filter((one) => one.number === badVersion || one.tags[versionTags.quarantined])
      .flatMap(({ tags }) => tags[versionTags.artifactDigest] ?? []),
  )
  const isEligible = (one: V) =>
    one.number !== restored &&
    one.number !== badVersion &&
    !isDemoted(one) &&
    !one.tags[versionTags.quarantined] &&
    !badDigests.has(one.tags[versionTags.artifactDigest] ?? '')
  const named = find(current)
  if (named && isEligible(named)) return named.number
  const seen = new Set<string>()
  for (let at = find(restored); at && !seen.has(at.number); at = find(at.tags[versionTags.promotedFrom])) {
    seen.add(at.number)
    if (isEligible(at)) return at.number
  }
  return undefined
}
