import type { Release } from '../../adapters/kubernetes/release/release.ts'
import type { WatchResult } from '../../adapters/kubernetes/rollout/watch-rollout.ts'
import { errorMessage, UserError } from '../../domain/core/errors.ts'
import { isInstallRevision, type Operation } from '../../domain/release/recovery-plan.ts'
import { lastVerifiedRevision } from '../../domain/release/rollback-target.ts'
import type { VerifiedRevision } from '../../domain/release/verified-revisions.ts'
import { formatDiagnosis } from '../../domain/rollout/diagnosis.ts'
import { recordAsVerified } from './verified-revisions.ts'

export type RemediationResult =
  | { kind: 'rolled-back'; target: VerifiedRevision }
  /** `canRetry`: it was interrupted, not refused. */
  | { kind: 'rollback-failed'; reason: string; canRetry?: true }
  | { kind: 'uninstalled' }

/**
 * Undoes a failed rollout: rolls back to the last verified revision and watches until it serves again. Uninstalls a first
 * install. Never throws.
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
    // A refusal would be repeated. Everything else may pass on a retry.
    return { kind: 'rollback-failed', reason, ...(error instanceof UserError ? {} : { canRetry: true }) }
  }
}

async function rollBackToVerified(
  release: Release,
  failedRevision: number,
  timeout: number,
): Promise<RemediationResult> {
  const verified = await release.readVerifiedRevisions()
  const target = lastVerifiedRevision(await release.history(), verified, failedRevision)
  if (!target)
    return { kind: 'rollback-failed', reason: 'no earlier revision is verified, so nothing was changed' }
  const end = await rollBack(release, target.revision, target.version || undefined, timeout)
  if (end.kind === 'failed') {
    const revision = `revision ${target.revision} (version ${target.version || 'unknown'})`
    return { kind: 'rollback-failed', reason: `${revision} failed too: ${formatDiagnosis(end.diagnosis)}` }
  }
  await recordAsVerified(release, target)
  return { kind: 'rolled-back', target }
}

/**
 * Rolls back to a revision and watches until its pods serve the version.
 * @param version undefined: any version
 * @param timeout milliseconds
 */
export async function rollBack(
  release: Pick<Release, 'rollback' | 'watch'>,
  revision: number,
  version: string | undefined,
  timeout: number,
): Promise<WatchResult> {
  const deadline = Date.now() + timeout
  await release.rollback(revision, timeout)
  return release.watch(version, deadline)
}
