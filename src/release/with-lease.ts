import type { Release } from '../adapters/kubernetes/release/release.ts'
import type { Mlflow } from '../adapters/mlflow/mlflow.ts'
import { UserError } from '../domain/core/errors.ts'
import { describeHolder, type Lease, parseHolderJob } from '../domain/release/lease.ts'
import type { FailureRecord } from '../domain/release/recovery-plan.ts'
import { RollbackBlockedError } from '../domain/release/rollback-target.ts'
import { acquireLease, LeaseHeldError } from './lease/acquire.ts'
import { type HeldLease, holdLease } from './lease/held-lease.ts'
import type { LeaseRequest } from './lease/lease-request.ts'
import { guardRelease, guardWrites } from './lease/write-guard.ts'
import { addRecord, deliverRecords } from './recovery/deliver-outbox.ts'
import { type RecoveryResult, recover } from './recovery/recover.ts'

/** A release that only this process may change, while it holds the lease. */
export interface LeaseSession extends Pick<HeldLease, 'recordOperation'> {
  /** The release. Its writes start only while the lease is held. */
  release: Release
  /** The same MLflow client. Its writes start only while the lease is held. */
  guard(mlflow: Mlflow): Mlflow
  /** Enqueues failure tags that MLflow could not take. The next holder writes them. */
  enqueue(failure: FailureRecord): Promise<void>
  /** Leaves the recorded operation to the post step, or to the next holder; `next-holder`: a person must act before. */
  abandon(to?: 'next-holder'): void
  /** How the interrupted operation of the previous holder was recovered, before `work` began. */
  recovered: RecoveryResult | undefined
  /** Failures that MLflow does not know yet. Their versions count as failed all the same. */
  pending: readonly FailureRecord[]
  /** What the summary should say of the recovery. */
  notes: readonly string[]
}

/**
 * Runs `work` while this process holds the lease of the release. First it recovers the interrupted operation of the
 * previous holder and delivers the outbox. The lease is released in the end; an operation that `work` abandoned, or failed
 * over, stays recorded in it.
 * @throws LeaseHeldError where a live holder kept it for `waitTimeout`; LeaseLostError where another process acquired it;
 * RecoveryInterruptedError where the recovery must be resumed
 */
export async function withLease<T>(
  release: Release,
  request: LeaseRequest,
  work: (session: LeaseSession) => Promise<T>,
): Promise<T> {
  const { context } = request
  // By it the post step knows the lease of a main step that was killed.
  context.saveState('lease', request.holderIdentity)
  const acquired = await acquireLease(release, request).catch((error: unknown) => {
    if (error instanceof LeaseHeldError) context.saveState('lease', '')
    throw error
  })
  const lease = holdLease(release, acquired, request)
  const { assertHeld, signal } = lease
  const guarded = guardRelease(release, assertHeld)
  const registry = () => {
    const mlflow = request.registry?.()
    return mlflow && guardWrites(mlflow, assertHeld)
  }
  let keepOperation = true
  let abandonedTo: 'post-step' | 'next-holder' | undefined
  let hasPending = false
  try {
    const takeover = await takeOver(guarded, acquired.previous, lease, { ...request, registry })
    hasPending = takeover.pending.length > 0
    if (takeover.recovered?.error instanceof RollbackBlockedError) abandonedTo = 'next-holder'
    const result = await work({
      recordOperation: (operation) => {
        abandonedTo = undefined
        return lease.recordOperation(operation)
      },
      release: guarded,
      guard: (mlflow) => guardWrites(mlflow, assertHeld),
      enqueue: async (failure) => {
        hasPending = true
        await guarded.outbox.update((pending) => addRecord(pending, failure))
      },
      abandon: (to) => {
        abandonedTo = to ?? 'post-step'
      },
      ...takeover,
    })
    signal.throwIfAborted()
    keepOperation = abandonedTo !== undefined
    return result
  } catch (error) {
    // Whatever failed after the loss, failed because of it.
    signal.throwIfAborted()
    throw error
  } finally {
    try {
      const operation = await lease.release({ keepOperation })
      const isLeft = !operation || abandonedTo === 'next-holder'
      if (isLeft && !hasPending) context.saveState('lease', '')
    } catch (error) {
      context.log.warning(`The lease of release ${release.name} could not be released; it expires: ${error}`)
    }
  }
}

/** Recovers what the previous holder left, then delivers the outbox. */
async function takeOver(
  release: Release,
  previous: Lease | undefined,
  { recordOperation }: HeldLease,
  request: LeaseRequest,
): Promise<Pick<LeaseSession, 'recovered' | 'pending' | 'notes'>> {
  const operation = previous?.operation
  const { log, cancelled } = request.context
  const holder = previous?.holderIdentity ? `${describeHolder(previous)},` : 'An earlier job'
  const description = operation && `${holder} did not finish its work on the release`
  if (description) log.info(`${release.name}: ${description}`)
  const job = parseHolderJob(previous?.holderIdentity ?? '')
  const onError = (error: unknown): RecoveryResult => {
    if (!(error instanceof UserError) || cancelled.aborted) throw error
    // Where manual intervention is required, `work` may be just that: it decides.
    log.warning(error.message)
    return { changed: false, message: error.message, error }
  }
  const result = operation && (await recover(release, operation, request, job).catch(onError))
  const failure = operation?.failure
  if (failure) await release.outbox.update((pending) => addRecord(pending, failure))
  const { pending, hasWritten, messages } = await deliverRecords(release, request)
  // A blocked rollback stays recorded: the next holder looks again, and a person may have removed what blocks it.
  const isBlocked = result?.error instanceof RollbackBlockedError
  if (operation && (!isBlocked || failure))
    await recordOperation(isBlocked ? { ...operation, failure: undefined } : undefined)
  const message = [...(result ? [result.message] : []), ...messages].join(' ')
  if (message === '') return { recovered: undefined, pending, notes: [] }
  const recovered = { ...result, changed: (result?.changed ?? false) || hasWritten, message }
  return { recovered, pending, notes: [description ? `${description}. ${message}` : message] }
}
