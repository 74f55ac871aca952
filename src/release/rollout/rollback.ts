import { setTimeout as sleep } from 'node:timers/promises'
import type { UpgradeRequest } from '../../adapters/helm/arguments.ts'
import type { Release } from '../../adapters/kubernetes/release/release.ts'
import type { WatchResult } from '../../adapters/kubernetes/rollout/watch-rollout.ts'
import { errorMessage, UserError } from '../../domain/core/errors.ts'
import { isInstallRevision, type Operation } from '../../domain/release/recovery-plan.ts'
import {
  type BlockedTarget,
  listGoodRevisions,
  RollbackBlockedError,
  type RollbackObstacle,
  type Target,
} from '../../domain/release/rollback-target.ts'
import type { VerifiedRevision } from '../../domain/release/verified-revisions.ts'
import { formatDiagnosis } from '../../domain/rollout/diagnosis.ts'
import { recordAsVerified } from './verified-revisions.ts'

export type RemediationResult =
  | { kind: 'rolled-back'; target: VerifiedRevision; passedOver: readonly BlockedTarget[] }
  /** `canRetry`: it was interrupted, not refused. `isBlocked`: a person must remove an object first. */
  | { kind: 'rollback-failed'; reason: string; canRetry?: true; isBlocked?: true }
  | { kind: 'uninstalled' }

/**
 * Undoes a failed rollout: rolls back to the last verified revision that the cluster accepts, and watches until it serves
 * again. Uninstalls a first install. Never throws.
 * @param timeout milliseconds
 */
export async function undoRollout(
  release: Release,
  operation: Operation & { revision: number },
  timeout: number,
): Promise<RemediationResult> {
  try {
    if (!isInstallRevision(operation, operation.revision))
      return await rollBackToVerified(release, operation.revision, timeout)
    await release.uninstall(timeout)
    return { kind: 'uninstalled' }
  } catch (error) {
    const reason = errorMessage(error).replace(/\.$/, '')
    if (error instanceof RollbackBlockedError) return { kind: 'rollback-failed', reason, isBlocked: true }
    // A refusal would be repeated. Everything else may pass on a retry.
    return { kind: 'rollback-failed', reason, ...(error instanceof UserError ? {} : { canRetry: true }) }
  }
}

async function rollBackToVerified(
  release: Release,
  failedRevision: number,
  timeout: number,
): Promise<RemediationResult> {
  const verifiedRevisions = await release.readVerifiedRevisions()
  const targets = listGoodRevisions({ history: await release.history(), verifiedRevisions }, failedRevision)
  if (targets.length === 0)
    return { kind: 'rollback-failed', reason: 'no earlier revision is verified, so nothing was changed' }
  const { target, passedOver, end } = await rollBack(release, targets, timeout)
  if (end.kind === 'failed') {
    const revision = `revision ${target.revision} (version ${target.version || 'unknown'})`
    return { kind: 'rollback-failed', reason: `${revision} failed too: ${formatDiagnosis(end.diagnosis)}` }
  }
  await recordAsVerified(release, target)
  return { kind: 'rolled-back', target, passedOver }
}

/**
 * Rolls back to the first of these revisions that the cluster accepts, and watches until its pods serve the version.
 * @param targets an empty version stands for any
 * @param timeout milliseconds
 * @param prepare runs before the release is changed
 * @throws RollbackBlockedError where the cluster accepts none
 */
export async function rollBack<T extends Target>(
  release: Pick<Release, 'name' | 'findRollbackObstacles' | 'rollback' | 'watch'>,
  targets: readonly T[],
  timeout: number,
  prepare?: () => Promise<void>,
): Promise<{ target: T; passedOver: readonly BlockedTarget[]; end: WatchResult }> {
  const { target, passedOver } = await findAcceptedTarget(release, targets, { timeout })
  if (!target) throw new RollbackBlockedError(release.name, passedOver)
  await prepare?.()
  const deadline = Date.now() + timeout
  await release.rollback(target.revision, timeout)
  return { target, passedOver, end: await release.watch(target.version || undefined, deadline) }
}

/** Milliseconds between two looks at an object that deletes itself. */
const EXPIRY_POLL_MS = 2000

/**
 * The first of these revisions that the cluster accepts, and why the ones before it were passed over.
 * @param request the upgrade that may have to be rolled back; undefined: the rollback starts now
 * @param timeout milliseconds that it waits for a Job that deletes itself. Before an upgrade, such a Job is no obstacle if
 *   the later rollback could wait for it.
 */
export async function findAcceptedTarget<T extends Target>(
  release: Pick<Release, 'findRollbackObstacles'>,
  targets: readonly T[],
  { timeout, request }: { timeout: number; request?: UpgradeRequest },
): Promise<{ target?: T; passedOver: readonly BlockedTarget[] }> {
  const passedOver: BlockedTarget[] = []
  const deadline = Date.now() + timeout
  const deletesItself = ({ expiresAfterMs = Number.POSITIVE_INFINITY }: RollbackObstacle) =>
    expiresAfterMs < timeout
  for (const target of targets) {
    let obstacles = await release.findRollbackObstacles(target.revision, request)
    while (obstacles.length > 0 && obstacles.every(deletesItself) && Date.now() < deadline) {
      if (request) return { target, passedOver }
      await sleep(EXPIRY_POLL_MS)
      obstacles = await release.findRollbackObstacles(target.revision)
    }
    if (obstacles.length === 0) return { target, passedOver }
    passedOver.push({ target, obstacles })
  }
  return { passedOver }
}
