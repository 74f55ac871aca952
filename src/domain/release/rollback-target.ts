import { UserError } from '../core/errors.ts'
import type { LiveRelease } from './live-release.ts'
import type { Revision } from './revision-history.ts'
import { findVerifiedRevision, type VerifiedRevision, validVerifiedRevisions } from './verified-revisions.ts'

// Where a rollback goes: to the first revision that the cluster accepts. After a failed rollout, of `listGoodRevisions`;
// after an alert, of `findRollbackTargets` that may still serve (actions/helm-rollback/select-target.ts).

/** The revisions of a release, and what its deployed one serves. */
export interface RevisionState {
  history: readonly Revision[]
  verifiedRevisions: readonly VerifiedRevision[]
  live: LiveRelease
}

/** Whether a later rollback skipped past this revision, i.e. it was found bad. */
function wasRolledBack(revision: number, history: readonly Revision[]): boolean {
  return history.some(
    ({ revision: later, rollbackOf }) =>
      rollbackOf !== undefined && rollbackOf < revision && revision < later,
  )
}

/**
 * The rollback targets: verified revisions before `before` that no rollback has skipped past since, newest first. Helm's own
 * "previous revision" is the last number, even where that one failed.
 */
export function listGoodRevisions(
  { history, verifiedRevisions }: Omit<RevisionState, 'live'>,
  before = Number.POSITIVE_INFINITY,
): VerifiedRevision[] {
  return validVerifiedRevisions(verifiedRevisions, history)
    .filter(({ revision }) => revision < before && !wasRolledBack(revision, history))
    .sort((one, other) => other.revision - one.revision)
}

/** Why a release cannot be rolled back, or not to the given revision. */
export type TargetRefusal =
  | { reason: 'NoTarget' }
  | {
      reason: 'TargetRejected'
      revision: number
      cause: 'not-verified' | 'same-version' | 'version-unknown' | 'rolled-back-or-other-model'
      /** Revisions that the release can be rolled back to, newest first. */
      eligible: readonly VerifiedRevision[]
    }

/** Revisions that served another version of the same model, newest first, or why there is none. */
export function findRollbackTargets(
  { badVersion, model, toRevision }: { badVersion: string; model: string; toRevision: number | undefined },
  state: RevisionState,
): VerifiedRevision[] | TargetRefusal {
  const eligible = listGoodRevisions(state, state.live.revision).filter(
    (each) => each.version !== '' && each.version !== badVersion && [model, ''].includes(each.model),
  )
  if (toRevision === undefined) return eligible.length > 0 ? eligible : { reason: 'NoTarget' }
  const chosen = eligible.filter(({ revision }) => revision === toRevision)
  if (chosen.length > 0) return chosen
  const older = toRevision < state.live.revision ? findVerifiedRevision(state, toRevision) : undefined
  return {
    reason: 'TargetRejected',
    revision: toRevision,
    cause: rejectionCause(older, badVersion),
    eligible,
  }
}

function rejectionCause(target: VerifiedRevision | undefined, badVersion: string) {
  if (!target) return 'not-verified'
  if (target.version === badVersion) return 'same-version'
  return target.version === '' ? 'version-unknown' : 'rolled-back-or-other-model'
}

/** The rollback that made the deployed revision. */
export interface CompletedRollback {
  /** The deployed revision. */
  revision: number
  /** The version that the rollback replaced: the last verified one between the repeated revision and this one. */
  from: string
  /** The version of the revision, or of the one that it repeats; undefined where unknown. */
  version: string | undefined
  /** Undefined while it is not verified. */
  verifiedRevision: VerifiedRevision | undefined
}

/** Undefined where the deployed revision is an install or an upgrade: that replaces a version, it does not reject one. */
export function findCompletedRollback(state: RevisionState): CompletedRollback | undefined {
  const { history, verifiedRevisions } = state
  const { revision, releaseVersion } = state.live
  const target = history.find((each) => each.revision === revision)?.rollbackOf
  if (target === undefined) return undefined
  const [replaced] = validVerifiedRevisions(verifiedRevisions, history)
    .filter((each) => each.revision > target && each.revision < revision)
    .sort((one, other) => other.revision - one.revision)
  if (!replaced) return undefined
  const version = releaseVersion ?? findVerifiedRevision(state, target)?.version
  return {
    revision,
    from: replaced.version,
    version,
    verifiedRevision: findVerifiedRevision(state, revision),
  }
}

/** An object by which the cluster does not accept a revision again. */
export interface RollbackObstacle {
  /** The object, the field and the reason, as a clause. */
  text: string
  /** How it is removed, as sentences with a command; may be empty. */
  hint: string
  /** Milliseconds after its end in which the object deletes itself. */
  expiresAfterMs?: number
}

/** A revision that a rollback repeats; its version is empty where it is unknown. */
export type Target = Pick<VerifiedRevision, 'revision' | 'version'>

/** A target that the cluster does not accept. */
export interface BlockedTarget {
  target: Target
  obstacles: readonly RollbackObstacle[]
}

/** Why a target was passed over, as a clause. */
export function formatBlockedTarget({ target: { revision, version }, obstacles }: BlockedTarget): string {
  const texts = [...new Set(obstacles.map(({ text }) => text))].slice(0, MAX_LISTED)
  return `revision ${revision}${version && ` (version ${version})`}: ${texts.join('; ')}`
}

/** Objects of a target, and targets, that a message lists. */
const MAX_LISTED = 3

/** Why no target is accepted, and what to do, as sentences. The newest one is easiest to make acceptable. */
export function formatBlockedTargets(blocked: readonly BlockedTarget[]): string {
  const listed = blocked.slice(0, MAX_LISTED).map(formatBlockedTarget)
  const hints = new Set(blocked.slice(0, 1).flatMap(({ obstacles }) => obstacles.map(({ hint }) => hint)))
  return [`The cluster does not accept ${listed.join('; ')}.`, ...hints].filter(Boolean).join(' ')
}

/** The cluster accepts no target. Helm was not started, or it applied nothing of its revision that could stay. */
export class RollbackBlockedError extends UserError {
  constructor(release: string, blocked: readonly BlockedTarget[]) {
    super(
      `Release ${release} cannot be rolled back. ${formatBlockedTargets(blocked)} Then re-run: the next job on the release rolls back first.`,
    )
  }
}
