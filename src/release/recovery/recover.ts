import type { Release } from '../../adapters/kubernetes/release/release.ts'
import { withTimeout } from '../../adapters/kubernetes/rollout/evidence.ts'
import { killOrphanedProcesses } from '../../adapters/process/orphaned-processes.ts'
import { errorMessage, Fault, UserError } from '../../domain/core/errors.ts'
import { parseHolderJob, type WorkflowJob } from '../../domain/release/lease.ts'
import {
  createOperation,
  foreignPendingRevision,
  formatForeignPending,
  type Operation,
  planRecovery,
  type RecoveryPlan,
} from '../../domain/release/recovery-plan.ts'
import { deployedRevision, pendingRevision, type Revision } from '../../domain/release/revision-history.ts'
import { formatBlockedTarget } from '../../domain/release/rollback-target.ts'
import { foreignOperationTimeout, formatDuration } from '../../domain/release/time-budget.ts'
import { type VerifiedRevision, validVerifiedRevisions } from '../../domain/release/verified-revisions.ts'
import { formatDiagnosis } from '../../domain/rollout/diagnosis.ts'
import type { HeldLease } from '../lease/held-lease.ts'
import type { LeaseRequest } from '../lease/lease-request.ts'
import { inspectWorkload, saveEvidence } from '../rollout/evidence.ts'
import { formatCause, formatEvidenceLines } from '../rollout/report.ts'
import { rollBack } from '../rollout/rollback.ts'
import { findOwnRevision } from '../rollout/upgrade.ts'
import { recordAsVerified } from '../rollout/verified-revisions.ts'

/** Milliseconds for a Helm process to end by itself after its job was killed. */
const HELM_EXIT_TIMEOUT_MS = 5000
/** Milliseconds to inspect the pods, and again for their logs and events: a post step has minutes for everything. */
const EVIDENCE_TIMEOUT_MS = 5000

/** How an interrupted operation was recovered. */
export interface RecoveryResult {
  /** Whether the release, or a tag in MLflow, was changed. */
  changed: boolean
  /** Whole sentences. */
  message: string
  /** Present where manual intervention is required. */
  error?: UserError
}

/** A system failed during a recovery, which may have changed the release already. */
export class RecoveryInterruptedError extends Fault {
  constructor(release: string, cause: unknown) {
    super({
      system: `Release ${release}`,
      call: 'recovery of an interrupted operation',
      detail: errorMessage(cause),
      hint: 'Re-run the job; it resumes the recovery.',
      cause,
    })
  }
}

/**
 * Recovers an interrupted operation: afterwards the release is not pending, and its newest revision is verified.
 * @param job the job that began it: its Helm process may still run on this machine
 * @throws UserError where manual intervention is required; RecoveryInterruptedError where the recovery must be resumed
 */
export async function recover(
  release: Release,
  operation: Operation,
  request: LeaseRequest,
  job?: WorkflowJob,
): Promise<RecoveryResult> {
  const { name } = release
  for (const each of [parseHolderJob(request.holderIdentity), job])
    if (each) await killOrphanedProcesses({ ...each, release: name, namespace: operation.namespace })
  const ended = await waitUntilNotPending(release, request)
  const deleted = pendingRevision(ended) ? await release.deleteStuckRollbacks() : []
  const history = deleted.length > 0 ? await release.history() : ended
  const verified = validVerifiedRevisions(await release.readVerifiedRevisions(), history)
  const revision = operation.revision ?? (await findOwnRevision(release, operation))
  const plan = planRecovery({ ...operation, revision }, history, verified)
  if (plan.kind === 'none') {
    const stuck =
      deleted.length > 0
        ? `Deleted revision ${deleted.join(', ')} of release ${name}, a rollback that Helm could not start. `
        : ''
    return { changed: deleted.length > 0, message: `${stuck}Release ${name} is unchanged: ${plan.reason}.` }
  }
  if (plan.kind === 'impossible') throw manualInterventionRequired(name, plan.reason)
  let evidence = ''
  // A rollback deletes the pods that show the cause.
  const prepare = async () => {
    evidence = await captureEvidence(release, operation, request)
  }
  const result = await executePlan(release, plan, verified, request, prepare).catch((error: unknown) => {
    // What refuses it, refuses it again. Everything else may have interrupted it.
    if (error instanceof UserError && !request.context.cancelled.aborted) throw error
    throw new RecoveryInterruptedError(name, error)
  })
  if (result.failure !== undefined) throw manualInterventionRequired(name, result.failure, evidence)
  return { changed: true, message: `${result.message}: ${plan.reason}. ${evidence}` }
}

async function executePlan(
  release: Release,
  plan: Extract<RecoveryPlan, { kind: 'rollback' | 'uninstall' }>,
  verified: readonly VerifiedRevision[],
  { context, timeout, rollbackTimeout = timeout }: LeaseRequest,
  prepare: () => Promise<void>,
): Promise<{ message: string; failure?: string }> {
  const { name } = release
  if (plan.kind === 'uninstall') {
    await prepare()
    await release.uninstall(rollbackTimeout)
    return { message: `Release ${name} was uninstalled` }
  }
  const { target, passedOver, end } = await rollBack(release, plan.targets, rollbackTimeout, prepare)
  const { revision } = target
  if (end.kind === 'failed') {
    const cause = formatDiagnosis(end.diagnosis)
    return { message: '', failure: `revision ${revision} does not serve after the rollback: ${cause}` }
  }
  const known = verified.find((each) => each.revision === revision)
  // The run id distinguishes a rollback of these actions from a manual one.
  if (known) await recordAsVerified(release, { ...known, run: context.run.url || known.run })
  const version = target.version ? ` (version ${target.version})` : ''
  const skipped =
    passedOver.length > 0
      ? ` (the cluster does not accept ${passedOver.map(formatBlockedTarget).join('; ')})`
      : ''
  return {
    message: `Release ${name} was rolled back to revision ${revision}${version} and serves it${skipped}`,
  }
}

function manualInterventionRequired(name: string, reason: string, evidence = ''): UserError {
  return new UserError(
    `Rollback of release ${name} failed, manual intervention required: ${reason}. ${evidence}${evidence && ' '}Check its pods, then run "helm rollback ${name} REVISION" with a known good revision.`,
  )
}

/**
 * Saves the evidence of an interrupted rollout before it is undone. Prints it, too: nothing uploads the files of a post
 * step. Never throws.
 * @returns a sentence
 */
async function captureEvidence(
  release: Release,
  { namespace, version, failure }: Operation,
  { context, 'model-name': model = failure?.model ?? '', 'evidence-logs': logs = 'redacted' }: LeaseRequest,
): Promise<string> {
  const inspection = inspectWorkload(release, version || undefined)
  const seen = await withTimeout(inspection, EVIDENCE_TIMEOUT_MS).catch(() => ({}))
  const subject = { namespace, 'model-name': model, 'evidence-logs': logs }
  const saved = await saveEvidence(release, subject, { version, ...seen }, context.temp, EVIDENCE_TIMEOUT_MS)
  context.log.group(`${release.name}: evidence before the recovery`, formatEvidenceLines(saved.evidence))
  const cause = formatCause(saved.evidence)
  return `Evidence: ${saved.folder || 'see the log'}${cause && `: ${cause}`}.`
}

/** The history, once its last revision is not pending, or will stay so. */
async function waitUntilNotPending(
  release: Release,
  { context, leaseEnvironment: environment }: LeaseRequest,
): Promise<readonly Revision[]> {
  const deadline = environment.monotonicNow() + HELM_EXIT_TIMEOUT_MS
  for (; ; await environment.pause(1000, context.cancelled)) {
    const history = await release.history()
    if (!pendingRevision(history) || environment.monotonicNow() > deadline) return history
  }
}

/**
 * Unlocks a release that a Helm process without a lease left pending, once that is older than any deployment may take.
 * @returns what was done, as sentences; undefined where the release is not pending
 * @throws UserError where the operation may still be running; RecoveryInterruptedError
 */
export async function unlockRelease(
  { release, recordOperation }: { release: Release } & Pick<HeldLease, 'recordOperation'>,
  namespace: string,
  request: LeaseRequest,
): Promise<string | undefined> {
  const history = await release.history()
  const foreignOperationTimeoutMs = foreignOperationTimeout(request.timeout)
  const now = request.leaseEnvironment.now()
  const foreign = foreignPendingRevision(history, { now, foreignOperationTimeoutMs })
  if (!foreign) return undefined
  const { revision: pending, ageMs, isTimedOut } = foreign
  const subject = { release: release.name, namespace }
  if (!isTimedOut)
    throw new UserError(
      `${formatForeignPending(pending, deployedRevision(history), subject)} This job unlocks it after ${formatDuration(foreignOperationTimeoutMs - ageMs)} more.`,
    )
  const before = history.filter(({ revision }) => revision < pending.revision)
  const operation = createOperation({ ...subject, version: '', revision: pending.revision }, before)
  // The next holder resumes it if this process is killed.
  await recordOperation(operation)
  const { message } = await recover(release, operation, request)
  await recordOperation(undefined)
  return `Release ${release.name} was locked: revision ${pending.revision} was ${pending.status} since ${pending.updated}, longer than any deployment may take. ${message}`
}
