import { deployedRevision, pendingRevision, type Revision } from './revision-history.ts'
import { listGoodRevisions, type Target } from './rollback-target.ts'
import {
  findVerifiedRevision,
  matchesVersion,
  type VerifiedRevision,
  validVerifiedRevisions,
} from './verified-revisions.ts'

/** What a job records in the lease before it changes the release, so that another can recover it. */
export interface Operation {
  release: string
  namespace: string
  /** The highest revision that Helm had before; 0 where it had none. */
  previousRevision: number
  /** Nothing was installed before: there is nothing to roll back to. */
  isInstall: boolean
  /** The model version that is rolled out. It distinguishes the revision of this operation from another job's. */
  version: string
  /** The revision of this operation, once Helm has reported it. Not always the next: another job may write one between. */
  revision?: number | undefined
  /** The target of a rollback; undefined for an upgrade. */
  rollbackTarget?: number | undefined
  /** Whether an unverified revision stays (`rollback-on-failure: false`), unless it is pending. */
  keepOnFailure?: boolean | undefined
  /** The failure to write to the version tags, once the release is recovered. */
  failure?: FailureRecord | undefined
}

/** Why a model version failed to roll out: what its version tags must say. */
export interface FailureRecord {
  model: string
  version: string
  /** The version tags to write. */
  tags: Readonly<Record<string, string>>
  /** When it failed. ISO 8601, UTC. */
  failedAt: string
  /** Artifact digest of the files that failed; undefined where unknown. */
  digest?: string | undefined
}

/** An operation that starts from this history. */
export function createOperation(
  subject: Pick<Operation, 'release' | 'namespace' | 'version' | 'revision'>,
  history: readonly Revision[],
): Operation {
  const last = history.at(-1)
  const isInstall = last === undefined || last.status === 'uninstalled'
  return { ...subject, previousRevision: last?.revision ?? 0, isInstall }
}

/** Whether the revision is the first of its release, so that it can only be uninstalled. */
export function isInstallRevision({ isInstall, previousRevision }: Operation, own: number): boolean {
  return isInstall && own === previousRevision + 1
}

/** Whether the same files were verified serving after the failure, which then counts no more. */
export function hasServedSinceFailure(
  failure: FailureRecord,
  history: readonly Revision[],
  verifiedRevisions: readonly VerifiedRevision[],
): boolean {
  // By time, since an uninstalled release starts again at revision 1.
  return validVerifiedRevisions(verifiedRevisions, history).some(
    (each) => matchesVersion(each, failure) && Date.parse(each.verifiedAt) > Date.parse(failure.failedAt),
  )
}

export type RecoveryPlan =
  | { kind: 'none'; reason: string }
  /** To the first of the targets that the cluster accepts. */
  | { kind: 'rollback'; targets: readonly Target[]; reason: string }
  | { kind: 'uninstall'; reason: string }
  | { kind: 'impossible'; reason: string }

/**
 * How to recover an interrupted operation: roll back to the last verified revision. Only the revision of the operation, or
 * a rollback from it, is undone: a later one is of another job.
 */
export function planRecovery(
  operation: Operation,
  history: readonly Revision[],
  verifiedRevisions: readonly VerifiedRevision[],
): RecoveryPlan {
  const last = history.at(-1)
  const { revision, keepOnFailure, rollbackTarget = last?.rollbackOf } = operation
  if (revision === undefined || !last || last.revision < revision)
    return { kind: 'none', reason: 'Helm had not started' }
  const foreign = history.find((each) => each.revision > revision && !each.isRollback)
  if (foreign) return { kind: 'none', reason: `another job deployed revision ${foreign.revision}` }
  const state = { verifiedRevisions, history }
  if (findVerifiedRevision(state, last.revision))
    return { kind: 'none', reason: `revision ${last.revision} is verified` }
  const pending = pendingRevision(history) !== undefined
  const reason = `revision ${last.revision} is ${pending ? last.status : 'not verified'}`
  if (keepOnFailure && !pending) return { kind: 'none', reason }
  if (isInstallRevision(operation, revision))
    return { kind: 'uninstall', reason: `${reason}, and there is no earlier one` }
  const failures = countFailedRollbacks(history)
  if (failures >= MAX_FAILED_ROLLBACKS)
    return { kind: 'impossible', reason: `${reason}, and ${failures} rollbacks in a row have failed` }
  // An interrupted rollback goes on to its target: the last verified revision may be the one to leave.
  const interruptedTarget = findVerifiedRevision(state, rollbackTarget)
  const targets = interruptedTarget
    ? [interruptedTarget, ...listGoodRevisions(state, interruptedTarget.revision)]
    : listGoodRevisions(state, revision)
  if (targets.length > 0) return { kind: 'rollback', targets, reason }
  const deployed = deployedRevision(history)
  // Helm unlocks a pending release only by a rollback.
  if (pending && deployed)
    return { kind: 'rollback', targets: [{ revision: deployed.revision, version: '' }], reason }
  return { kind: 'impossible', reason: `${reason}, and no earlier revision is verified` }
}

/** Each failed rollback adds a revision, and old ones are the rollback targets that it pushes out. */
const MAX_FAILED_ROLLBACKS = 3

/** How many of the newest revisions are rollbacks that failed, or that ended before Helm did. */
function countFailedRollbacks(history: readonly Revision[]): number {
  const isFailed = ({ isRollback, status }: Revision) =>
    isRollback && /^(failed|pending-rollback)$/.test(status)
  return history.length - 1 - history.findLastIndex((each) => !isFailed(each))
}

/**
 * A pending revision that no lease names: of a Helm process of a person or of another tool. Helm's lock does not tell
 * whether that process still runs, so only its age counts.
 * @param now milliseconds since 1970
 */
export function foreignPendingRevision(
  history: readonly Revision[],
  { now, foreignOperationTimeoutMs }: { now: number; foreignOperationTimeoutMs: number },
): { revision: Revision; ageMs: number; isTimedOut: boolean } | undefined {
  const revision = pendingRevision(history)
  if (!revision) return undefined
  const ageMs = now - Date.parse(revision.updated)
  return { revision, ageMs, isTimedOut: ageMs > foreignOperationTimeoutMs }
}

/** A pending revision that no lease names, as an error with the command that unlocks the release. */
export function formatForeignPending(
  pending: Revision,
  target: Revision | undefined,
  { release, namespace }: Pick<Operation, 'release' | 'namespace'>,
): string {
  const command = target
    ? `helm rollback ${release} ${target.revision} --namespace ${namespace}`
    : `helm uninstall ${release} --namespace ${namespace}`
  return `Release ${release} is locked: revision ${pending.revision} is ${pending.status} since ${pending.updated}, and another Helm process may still be running. Nothing was changed. Re-run when it has finished. If it has died, run "${command}", or run reconcile with repair: true.`
}
