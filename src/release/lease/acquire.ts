import type { Release } from '../../adapters/kubernetes/release/release.ts'
import { UserError } from '../../domain/core/errors.ts'
import { describeHolder, formatMicroTime, isExpired, type Lease } from '../../domain/release/lease.ts'
import { formatDuration, leaseWaitTimeout } from '../../domain/release/time-budget.ts'
import type { LeaseRequest } from './lease-request.ts'

/** A live holder has the lease: nothing was changed. */
export class LeaseHeldError extends UserError {}

export interface AcquiredLease {
  lease: Lease
  /** When the write began that acquired it, by the monotonic clock. */
  renewedAt: number
  /** The lease before; undefined where there was none. */
  previous: Lease | undefined
}

/**
 * Acquires the lease of a release, and waits for a live holder. The operation of the previous holder stays in it.
 * @throws LeaseHeldError where the holder is still live after `waitTimeout`
 */
export async function acquireLease(
  { name, lease: store }: Pick<Release, 'name' | 'lease'>,
  request: LeaseRequest,
): Promise<AcquiredLease> {
  const { context, waitTimeout = leaseWaitTimeout(request.timeout), endedHolder } = request
  const { leaseEnvironment: environment } = request
  const started = environment.monotonicNow()
  let observed = { version: '', at: started }
  for (let announced = ''; ; ) {
    if (context.cancelled.aborted) throw new UserError('The job was cancelled.')
    const found = await store.read()
    const now = environment.monotonicNow()
    if (found && observed.version !== found.resourceVersion)
      observed = { version: found.resourceVersion ?? '', at: now }
    const isFree =
      !found || found.holderIdentity === endedHolder || isExpired(found, environment.now(), now - observed.at)
    if (isFree) {
      const time = formatMicroTime(environment.now())
      const lease = await store.write({
        holderIdentity: request.holderIdentity,
        acquireTime: time,
        renewTime: time,
        leaseDurationSeconds: Math.ceil(environment.leaseDuration / 1000),
        leaseTransitions: found ? found.leaseTransitions + 1 : 0,
        operation: found?.operation,
        resourceVersion: found?.resourceVersion,
      })
      if (lease) return { lease, renewedAt: now, previous: found }
      continue
    }
    const waited = now - started
    if (waited >= waitTimeout)
      throw new LeaseHeldError(
        `Release ${name} is locked by ${describeHolder(found)} (still running: last renewed at ${found.renewTime}). Timed out after ${formatDuration(waited)}; nothing was changed. Re-run when that job has finished.`,
      )
    if (announced !== found.holderIdentity)
      context.log.info(
        `${name}: waiting for ${describeHolder(found)}, at most ${formatDuration(waitTimeout)}`,
      )
    announced = found.holderIdentity
    await environment.pause(Math.min(environment.pollInterval, waitTimeout - waited), context.cancelled)
  }
}
