import type { VersionRecord } from '../registry/champion.ts'
import { latestChampionEvent } from '../registry/champion-history.ts'
import { isDemoted, readDemotion } from '../registry/demotion.ts'
import { findIneligibility } from '../registry/eligibility.ts'
import { planStageTransitions } from '../registry/mlflow-stages.ts'
import { versionTags } from '../registry/version-tags.ts'
import { type LiveRelease, liveVersion, servedVersion } from '../release/live-release.ts'
import { foreignPendingRevision } from '../release/recovery-plan.ts'
import { findVerifiedRevision, validVerifiedRevisions } from '../release/verified-revisions.ts'
import {
  FINDING_SEVERITIES,
  type Finding,
  type PreviousAliasProblem,
  type Severity,
  type Snapshot,
  type UnrecordedRollback,
} from './snapshot.ts'

export interface ConsistencyResult {
  consistent: 'true' | 'false' | 'unknown'
  /** Most severe first. */
  findings: readonly Finding[]
}

const SEVERITY_ORDER = Object.keys(FINDING_SEVERITIES)

export function severityOf({ kind }: Finding): Severity {
  return FINDING_SEVERITIES[kind]
}

/**
 * Compares registry, release and pods. A running operation hides all other findings, because the three differ while it
 * runs. What cannot be read never counts as consistent.
 */
export function checkConsistency(snapshot: Snapshot): ConsistencyResult {
  const findings = [
    ...operationFindings(snapshot),
    ...releaseFindings(snapshot),
    ...findUnrecordedRollbacks(snapshot).map(
      (rollback): Finding => ({ kind: 'rollback-unrecorded', rollback }),
    ),
    ...registryFindings(snapshot),
  ].sort((one, other) => SEVERITY_ORDER.indexOf(one.kind) - SEVERITY_ORDER.indexOf(other.kind))
  const has = (severity: Severity) => findings.some((finding) => severityOf(finding) === severity)
  const running = findings.filter((finding) => severityOf(finding) === 'in-progress')
  if (running.length > 0) return { consistent: 'unknown', findings: running }
  if (has('inconsistent')) return { consistent: 'false', findings }
  return { consistent: has('unknown') ? 'unknown' : 'true', findings }
}

/** The most severe finding that is not merely informative. */
export function mostSevereFinding({ findings }: ConsistencyResult): Finding | undefined {
  return findings.find((finding) => severityOf(finding) !== 'info')
}

/** Operations that are running, or were interrupted. */
export function operationFindings(snapshot: Snapshot): Finding[] {
  const { holder, history } = snapshot
  if (holder?.isLive) return [{ kind: 'in-progress', pending: undefined }]
  if (holder?.unfinishedWork) return [{ kind: 'interrupted', work: holder.unfinishedWork }]
  // Without a lease it is a Helm process outside this suite, of which only the age is known.
  const foreign = foreignPendingRevision(history, snapshot)
  if (!foreign) return []
  return [{ kind: foreign.isTimedOut ? 'release-locked' : 'in-progress', pending: foreign.revision }]
}

/** Compares values, pods and alias with each other, and the live version with the registry. */
export function releaseFindings(snapshot: Snapshot): Finding[] {
  const { live, unwatched, champion, model } = snapshot
  if (unwatched !== undefined) return [{ kind: 'workload-unwatched', reason: unwatched }]
  if (!live) {
    if (champion.kind === 'none') return [{ kind: 'not-deployed' }]
    return champion.kind === 'version' ? [{ kind: 'no-release' }] : []
  }
  if (live.releaseModel !== undefined && live.releaseModel !== model)
    return [{ kind: 'other-model', model: live.releaseModel }]
  const { releaseVersion, revision } = live
  const served = liveVersion(live) || undefined
  const version = served ?? releaseVersion
  return [
    ...podFindings(live),
    ...aliasFindings(snapshot, served, releaseVersion),
    ...(version === undefined ? [] : versionFindings(snapshot, version)),
    ...(findVerifiedRevision(snapshot, revision) ? [] : [{ kind: 'unverified' } as const]),
  ]
}

function podFindings({ pods, releaseVersion }: LiveRelease): Finding[] {
  const serves = servedVersion(pods)
  if (serves.kind === 'no-ready-pods') return [{ kind: 'no-ready-pods' }]
  if (serves.kind === 'version-unknown') return [{ kind: 'version-unknown', pods: serves.pods }]
  if (serves.kind === 'several') return [{ kind: 'pods-mismatch', versions: serves.versions }]
  if (releaseVersion === undefined || releaseVersion === serves.version) return []
  return [{ kind: 'values-pods-mismatch', served: serves.version }]
}

function aliasFindings(
  { champion }: Snapshot,
  served: string | undefined,
  releaseVersion: string | undefined,
): Finding[] {
  if (champion.kind === 'none') return [{ kind: 'no-alias', version: served ?? releaseVersion }]
  if (champion.kind !== 'version') return []
  const live = releaseVersion ?? served
  return live === undefined || live === champion.version.number
    ? []
    : [{ kind: 'alias-release-mismatch', served }]
}

function versionFindings({ versions, quarantined }: Snapshot, number: string): Finding[] {
  const version = versions.find((one) => one.number === number)
  if (!version) return [{ kind: 'live-unregistered', version: number }]
  const quarantine = quarantined.get(number)
  if (quarantine !== undefined)
    return [{ kind: 'live-quarantined', version: number, reason: `is quarantined: ${quarantine}` }]
  if (isDemoted(version)) return [{ kind: 'live-demoted', version: number, demotion: readDemotion(version) }]
  const ineligibility = findIneligibility(version)
  return ineligibility ? [{ kind: 'live-unevaluated', version: number, ineligibility }] : []
}

/**
 * Rollbacks from versions that are neither demoted nor quarantined: the job died before demote ran, and only the history
 * shows that the version was found bad. Rollbacks of this suite have the URL of a workflow run in their verified revision;
 * a manual `helm rollback` says nothing about the version. A version that is live or was verified again later is accepted.
 */
export function findUnrecordedRollbacks(snapshot: Snapshot): UnrecordedRollback[] {
  const { history, verifiedRevisions, live, versions } = snapshot
  const verified = validVerifiedRevisions(verifiedRevisions, history).sort(
    (one, other) => one.revision - other.revision,
  )
  const rollbacks = history.flatMap(({ revision: number, rollbackOf }) => {
    const verifiedRevision = verified.find(({ revision }) => revision === number)
    if (rollbackOf === undefined || !verifiedRevision?.run) return []
    const left = verified.findLast(({ revision }) => revision > rollbackOf && revision < number)
    return left ? [{ from: left.version, verifiedRevision }] : []
  })
  return rollbacks.filter(({ from, verifiedRevision }) => {
    const version = versions.find(({ number }) => number === from)
    if (!version || from === live?.releaseVersion) return false
    const isRecorded = isDemoted(version) || version.tags[versionTags.quarantined] !== undefined
    const verifiedAgain = verified.some(
      (each) => each.version === from && each.revision >= verifiedRevision.revision,
    )
    return !isRecorded && !verifiedAgain
  })
}

/** Checks the registry for contradictions of its own, whatever is live. */
function registryFindings(snapshot: Snapshot): Finding[] {
  const { champion, versions } = snapshot
  if (champion.kind === 'none') return []
  if (champion.kind === 'unclear') return [{ kind: 'champion-unclear', reason: champion.reason }]
  const { number } = champion.version
  const event = latestChampionEvent(versions, number)
  return [
    ...championFindings(snapshot, champion.version),
    ...(champion.source === 'stage' ? [{ kind: 'champion-from-stage' } as const] : []),
    ...(event === undefined ? [] : [{ kind: 'version-tags', event } as const]),
    ...previousFindings(snapshot, number),
    ...(champion.source === 'stage' ? [] : stageFindings(snapshot, number)),
  ]
}

function championFindings(snapshot: Snapshot, version: VersionRecord): Finding[] {
  const { number } = version
  const unloadable = snapshot.unloadable.get(number)
  const unverifiable = snapshot.unverifiable.get(number)
  const quarantine = snapshot.quarantined.get(number)
  const findings: Finding[] = []
  if (unloadable !== undefined) findings.push({ kind: 'champion-unloadable', reason: unloadable })
  if (unverifiable !== undefined) findings.push({ kind: 'champion-unverifiable', reason: unverifiable })
  // If the champion serves, its quarantine or demotion is a finding about the live version.
  if (liveVersion(snapshot.live) === number) return findings
  if (quarantine !== undefined)
    findings.push({ kind: 'champion-quarantined', reason: `is quarantined: ${quarantine}` })
  else if (isDemoted(version)) findings.push({ kind: 'champion-demoted', demotion: readDemotion(version) })
  return findings
}

function previousFindings({ aliases, names, versions, quarantined }: Snapshot, champion: string): Finding[] {
  const number = aliases.get(names.previous)
  if (number === undefined) return []
  const version = versions.find((one) => one.number === number)
  const found = (problem: PreviousAliasProblem): Finding[] => [
    { kind: 'previous-alias', version: number, problem },
  ]
  if (number === champion) return found('same-as-champion')
  if (!version) return found('unregistered')
  if (quarantined.has(number)) return found('quarantined')
  return isDemoted(version) ? found('demoted') : []
}

function stageFindings({ mirrorStages, versions }: Snapshot, champion: string): Finding[] {
  if (!mirrorStages || planStageTransitions(champion, [], versions).length === 0) return []
  const inProduction = versions.filter(({ stage }) => stage === 'Production').map(({ number }) => number)
  return [{ kind: 'stages', inProduction }]
}
