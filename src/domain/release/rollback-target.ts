import type { LiveRelease } from './live-release.ts'
import type { Revision } from './revision-history.ts'
import { findVerifiedRevision, type VerifiedRevision, validVerifiedRevisions } from './verified-revisions.ts'

// Where a rollback goes: after a failed rollout to `lastVerifiedRevision`, after an alert to the first of
// `findRollbackTargets` that may still serve (actions/helm-rollback/select-target.ts).

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
 * The rollback target: the newest verified revision before `before` that no rollback has skipped past since. Helm's own
 * "previous revision" is the last number, even where that one failed.
 */
export function lastVerifiedRevision(
  history: readonly Revision[],
  verifiedRevisions: readonly VerifiedRevision[],
  before: number,
): VerifiedRevision | undefined {
  return findGoodRevisions({ history, verifiedRevisions }, before)[0]
}

/** Verified revisions before `before` that no rollback has skipped past, newest first. */
function findGoodRevisions(
  { history, verifiedRevisions }: Omit<RevisionState, 'live'>,
  before: number,
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
  const eligible = findGoodRevisions(state, state.live.revision).filter(
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
