import type { ChampionRelease } from '../registry/champion-release.ts'
import { choosePrevious } from '../registry/demotion.ts'
import { findIneligibility } from '../registry/eligibility.ts'
import { liveVersion } from '../release/live-release.ts'
import { findCompletedRollback } from '../release/rollback-target.ts'
import { findUnrecordedRollbacks, operationFindings, releaseFindings } from './consistency.ts'
import type { Finding, FindingKind, Snapshot } from './snapshot.ts'

/** What a repair may write into the registry. */
export type Repair =
  | { kind: 'refused'; refusal: RepairRefusal }
  /** `previous` undefined: no such alias. */
  | { kind: 'set-aliases'; version: string; previous: string | undefined }

/** Why the aliases must not move: a finding, or what only matters to a repair. */
export type RepairRefusal =
  | Finding
  | { kind: 'values-unversioned'; served: string }
  | { kind: 'rollout-incomplete' }
  /** The alias belongs to another release. */
  | { kind: 'other-release'; release: ChampionRelease }
  /** `reason` is the end of a sentence about the version. */
  | { kind: 'live-unloadable'; version: string; reason: string }

const REPAIRABLE_BY_ALIASES: readonly FindingKind[] = [
  'alias-release-mismatch',
  'no-alias',
  'champion-unclear',
  'champion-quarantined',
  'champion-demoted',
  'version-tags',
  'previous-alias',
  'stages',
]

/** What a person, or another action, must resolve first. */
const BLOCKING: readonly FindingKind[] = [
  'in-progress',
  'interrupted',
  'release-locked',
  'other-model',
  'no-ready-pods',
  'version-unknown',
  'workload-unwatched',
  'pods-mismatch',
  'values-pods-mismatch',
  'live-unregistered',
  'live-quarantined',
  'live-demoted',
  'live-unevaluated',
]

export function hasRepairableFinding(findings: readonly Finding[]): boolean {
  return findings.some(({ kind }) => REPAIRABLE_BY_ALIASES.includes(kind))
}

/**
 * Plans to move the alias to the live version without human approval. That is safe only if the rollout of the deployed
 * revision is complete, its values and every ready pod name this version, its tags make it eligible with the files that
 * it has now, and no operation is running.
 * @param digest of the current files of the live version; undefined if they could not be read
 */
export function planRepair(snapshot: Snapshot, digest: string | undefined): Repair {
  const refusal = findRefusal(snapshot, digest)
  if (refusal) return { kind: 'refused', refusal }
  const version = liveVersion(snapshot.live)
  return { kind: 'set-aliases', version, previous: choosePreviousAlias(snapshot, version) }
}

function findRefusal(snapshot: Snapshot, digest: string | undefined): RepairRefusal | undefined {
  const { live, versions, unloadable, championRelease } = snapshot
  const findings = [...operationFindings(snapshot), ...releaseFindings(snapshot)]
  const blocking = findings.find(({ kind }) => BLOCKING.includes(kind))
  if (blocking) return blocking
  if (!live) return { kind: 'no-release' }
  if (championRelease) return { kind: 'other-release', release: championRelease }
  const version = liveVersion(live)
  if (live.releaseVersion === undefined) return { kind: 'values-unversioned', served: version }
  if (!live.rolloutComplete) return { kind: 'rollout-incomplete' }
  // Only the job that rolled back knows whether the model was at fault. demote records it, and moves the aliases too.
  const rollback = findUnrecordedRollbacks(snapshot).find(
    ({ verifiedRevision }) => verifiedRevision.revision === live.revision,
  )
  if (rollback) return { kind: 'rollback-unrecorded', rollback }
  const broken = unloadable.get(version)
  if (broken !== undefined) return { kind: 'live-unloadable', version, reason: broken }
  const record = versions.find(({ number }) => number === version)
  if (!record || digest === undefined)
    return { kind: 'live-unloadable', version, reason: 'has files that reconcile cannot read' }
  const ineligibility = findIneligibility(record, digest)
  return ineligibility && { kind: 'live-unevaluated', version, ineligibility }
}

/**
 * `previous` becomes the champion until now, as with promote. It never becomes a version that may not serve, nor one that
 * the release was rolled back from.
 */
function choosePreviousAlias(snapshot: Snapshot, version: string): string | undefined {
  const { champion, aliases, names, quarantined, live, versions } = snapshot
  const until = champion.kind === 'version' ? champion.version.number : version
  const isRolledBack = live && findCompletedRollback({ ...snapshot, live })?.from === until
  const candidates = versions.filter((one) => !quarantined.has(one.number))
  const current = until === version || isRolledBack ? aliases.get(names.previous) : until
  return choosePrevious(current, { restored: version, badVersion: isRolledBack ? until : '' }, candidates)
}
