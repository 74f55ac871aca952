import { liveVersion } from './live-release.ts'
import {
  type CompletedRollback,
  findCompletedRollback,
  findRollbackTargets,
  type RevisionState,
  type TargetRefusal,
} from './rollback-target.ts'
import { type VerifiedRevision, validVerifiedRevisions } from './verified-revisions.ts'

/** The request to roll back a version. */
export interface RollbackRequest {
  model: string
  /** A version number, or `live` in a manual request. */
  badVersion: string
  /** ISO 8601; undefined means now. */
  firedAt: string | undefined
  /** ISO 8601, UTC. */
  now: string
  /** Milliseconds after its promotion in which a version is rolled back; later it is retrained. */
  windowMs: number
  toRevision: number | undefined
  /** URL of this workflow run; empty outside GitHub. */
  run: string
}

/** The release and its registry entry before the rollback. */
export interface ReleaseState extends RevisionState {
  /** The version that the MLflow alias names; undefined without an alias or a tracking server. */
  champion: string | undefined
  /** `retrain.promoted-at` of a version. */
  promotedAt(version: string): string | undefined
}

/** Why nothing is rolled back. */
export type RollbackRefusal =
  | { reason: 'VersionUnknown' }
  | { reason: 'NotLive'; liveVersion: string }
  | { reason: 'NoPods' }
  | { reason: 'LiveSinceUnknown' }
  | { reason: 'FiredBeforePromotion'; firedAt: string; liveSince: string }
  | { reason: 'WindowExceeded'; liveSince: string; liveForMs: number }
  | TargetRefusal

export type RollbackDecision =
  | { kind: 'refused'; badVersion: string; refusal: RollbackRefusal }
  /** An earlier run rolled the version back, and may have died before it verified the result. */
  | { kind: 'already-rolled-back'; badVersion: string; completed: CompletedRollback }
  /** Roll back to the first of these that is loadable and not in quarantine. Newest first. */
  | { kind: 'rollback'; badVersion: string; targets: readonly VerifiedRevision[] }

/**
 * Rolls back only the named version, only while it is live, and only if the alert fired after its promotion and within
 * the window. Targets are verified revisions that served another version of the same model.
 */
export function decideRollback(request: RollbackRequest, state: ReleaseState): RollbackDecision {
  // If the values of the deployed revision name no version, the one that the pods serve.
  const current = state.live.releaseVersion ?? (liveVersion(state.live) || undefined)
  const completed = findCompletedRollback(state)
  const badVersion =
    request.badVersion === 'live'
      ? resolveRequestedVersion(request, state, current, completed)
      : request.badVersion
  const refuse = (refusal: RollbackRefusal): RollbackDecision => ({
    kind: 'refused',
    badVersion: badVersion ?? '',
    refusal,
  })
  if (badVersion === undefined || current === undefined) return refuse({ reason: 'VersionUnknown' })
  if (badVersion !== current)
    return completed?.from === badVersion
      ? { kind: 'already-rolled-back', badVersion, completed }
      : refuse({ reason: 'NotLive', liveVersion: current })
  const refusal = findRefusal(badVersion, request, state)
  if (refusal) return refuse(refusal)
  const targets = findRollbackTargets({ ...request, badVersion }, state)
  return 'reason' in targets ? refuse(targets) : { kind: 'rollback', badVersion, targets }
}

/**
 * The version that `live` means. A re-run must not roll back twice: if this run made the deployed revision by a rollback,
 * or that rollback is unfinished (its bad version is still champion or, without a registry, it is not verified), `live`
 * means the version that was rolled back.
 */
function resolveRequestedVersion(
  request: RollbackRequest,
  { champion }: ReleaseState,
  current: string | undefined,
  completed: CompletedRollback | undefined,
): string | undefined {
  if (!completed) return current
  const { verifiedRevision, from } = completed
  const isOwn = request.run !== '' && verifiedRevision?.run === request.run
  const isUnfinished = champion === undefined ? !verifiedRevision : champion === from
  return isOwn || isUnfinished ? from : current
}

function findRefusal(
  badVersion: string,
  request: RollbackRequest,
  state: ReleaseState,
): RollbackRefusal | undefined {
  if (state.live.pods.length === 0) return { reason: 'NoPods' }
  const liveSince = findLiveSince(badVersion, state)
  if (liveSince === undefined) return { reason: 'LiveSinceUnknown' }
  const firedAt = request.firedAt ?? request.now
  const liveForMs = Date.parse(firedAt) - Date.parse(liveSince)
  if (liveForMs < 0) return { reason: 'FiredBeforePromotion', firedAt, liveSince }
  if (liveForMs > request.windowMs) return { reason: 'WindowExceeded', liveSince, liveForMs }
  return undefined
}

/** The promotion time; without one, when the current row of revisions with this version was first verified. */
function findLiveSince(
  badVersion: string,
  { history, verifiedRevisions, live, promotedAt }: ReleaseState,
): string | undefined {
  const promoted = promotedAt(badVersion)
  if (promoted !== undefined && !Number.isNaN(Date.parse(promoted))) return promoted
  const verified = validVerifiedRevisions(verifiedRevisions, history)
    .filter(({ revision }) => revision <= live.revision)
    .sort((one, other) => one.revision - other.revision)
  const first = verified[verified.findLastIndex(({ version }) => version !== badVersion) + 1]
  return first && !Number.isNaN(Date.parse(first.verifiedAt)) ? first.verifiedAt : undefined
}
