import type { VersionRecord } from './champion.ts'
import { ledger, type Tags } from './ledger.ts'

/** Whether a version was taken back, and has not been promoted since. */
export function isDemoted({ tags }: Pick<VersionRecord, 'tags'>): boolean {
  const demoted = tags[ledger.demotedAt]
  if (!demoted) return false
  const promoted = tags[ledger.promotedAt]
  return !promoted || !(Date.parse(promoted) > Date.parse(demoted))
}

/** Since when, and why, as the end of a sentence about a version that was taken back. */
export function takenBack({ tags }: VersionRecord): string {
  return `was taken back on ${tags[ledger.demotedAt]}: ${tags[ledger.demotedReason] ?? 'no reason given'}`
}

/** Who takes a version back, when, why, and in whose favour. */
export interface Demotion {
  bad: VersionRecord
  /** The version that is seen serving. */
  restored: string
  /** One line. */
  reason: string
  by: string
  /** Web page of the workflow run; empty outside GitHub. */
  run: string
  /** ISO 8601, UTC. */
  at: string
  /** Whether the fault is the model's own. */
  quarantine: boolean
  /** Artifact digest of the bad version, where the ledger lacks it and it could be read. */
  digest: string | undefined
  /** Whether the alias names the bad version. */
  isChampion: boolean
}

/** What is written onto the bad version; undefined where that is there already. */
export interface DemotionTags {
  /** Its quarantine and its story: before anything else, so that nobody can die and take it along. */
  told: Tags | undefined
  /** `retrain.demoted-at`, once the champion is another: all of it is done. */
  done: Tags | undefined
}

/**
 * Nothing where it was demoted already: a quarantine that a person has cleared since does not come back. Where it was
 * cleared and given the alias again, it is taken back anew.
 */
export function demotionTags(demotion: Demotion): DemotionTags {
  const { bad, restored, reason, by, run, at, quarantine, isChampion } = demotion
  const wasCleared = bad.tags[ledger.quarantineCleared] !== undefined
  const done = isDemoted(bad) && !(isChampion && wasCleared)
  const cleared = done && wasCleared
  const quarantined = quarantine && !cleared ? missingQuarantine(demotion, done) : {}
  const story: Tags = done
    ? {}
    : {
        [ledger.demotedTo]: restored,
        [ledger.demotedBy]: by,
        [ledger.demotedReason]: reason,
        ...(run ? { [ledger.runUrl]: run } : {}),
      }
  const told = { ...quarantined, ...story }
  return {
    told: Object.keys(told).length > 0 ? told : undefined,
    done: done ? undefined : { [ledger.demotedAt]: at },
  }
}

/** What its quarantine lacks: until all is done, a job that died may have written a part of it. */
function missingQuarantine({ bad: { tags }, reason, at, digest }: Demotion, done: boolean): Tags {
  const stands = tags[ledger.quarantined] !== undefined
  if (done && stands) return {}
  return {
    ...(stands ? {} : { [ledger.quarantined]: reason }),
    ...(stands && tags[ledger.quarantinedAt] ? {} : { [ledger.quarantinedAt]: at }),
    // Quarantine holds for the files, so whoever looks for them must find the digest.
    ...(digest === undefined ? {} : { [ledger.artifactDigest]: digest }),
  }
}

/**
 * Which version `previous` should name once `restored` is champion: the one that it names, if that may serve; else the
 * nearest such one that the ledger knows to have been champion before `restored`; undefined where there is none.
 */
export function previousAfter<V extends VersionRecord>(
  current: string | undefined,
  { restored, bad }: { restored: string; bad: string },
  versions: readonly V[],
): string | undefined {
  const find = (number: string | undefined) => versions.find((one) => one.number === number)
  const banned = new Set(
    versions
      .filter((one) => one.number === bad || one.tags[ledger.quarantined])
      .flatMap(({ tags }) => tags[ledger.artifactDigest] ?? []),
  )
  const mayServe = (one: V) =>
    one.number !== restored &&
    one.number !== bad &&
    !isDemoted(one) &&
    !one.tags[ledger.quarantined] &&
    !banned.has(one.tags[ledger.artifactDigest] ?? '')
  const named = find(current)
  if (named && mayServe(named)) return named.number
  const seen = new Set<string>()
  for (let at = find(restored); at && !seen.has(at.number); at = find(at.tags[ledger.promotedFrom])) {
    seen.add(at.number)
    if (mayServe(at)) return at.number
  }
  return undefined
}
