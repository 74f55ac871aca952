import type { Release } from '../../adapters/kubernetes/release/release.ts'
import { describeHolder, formatMicroTime, type Lease, LeaseLostError } from '../../domain/release/lease.ts'
import type { Operation } from '../../domain/release/recovery-plan.ts'
import { formatDuration } from '../../domain/release/time-budget.ts'
import type { AcquiredLease } from './acquire.ts'
import type { LeaseRequest } from './lease-request.ts'

/** A lease that this process renews until it releases or loses it. */
export interface HeldLease {
  /** Aborted, with a LeaseLostError, when the lease is lost. */
  signal: AbortSignal
  /** @throws LeaseLostError */
  assertHeld(): Promise<void>
  /** @throws LeaseLostError; Fault where the API server does not answer */
  recordOperation(operation: Operation | undefined): Promise<void>
  /** Stops the renewal and gives up the lease, unless it is lost. @returns the operation that stays recorded */
  release(options: { keepOperation: boolean }): Promise<Operation | undefined>
}

/**
 * Renews a lease every quarter of its duration (15 s). It counts as lost when another holder is in it, and at three
 * quarters (45 s) without renewal by the monotonic clock, as after a SIGSTOP: 15 s before others may acquire it.
 */
export function holdLease(
  { name, lease: store }: Pick<Release, 'name' | 'lease'>,
  acquired: AcquiredLease,
  request: LeaseRequest,
): HeldLease {
  const { context, holderIdentity, leaseEnvironment: environment } = request
  const { now, monotonicNow, leaseDuration } = environment
  const renewAfter = leaseDuration / 4
  const recheckAfter = leaseDuration / 3
  const lostAfter = (leaseDuration * 3) / 4
  const lost = new AbortController()
  let { lease, renewedAt } = acquired
  let writes: Promise<unknown> = Promise.resolve()
  let isRenewing = false
  let hasWarned = false

  const lose = (cause: string): LeaseLostError => {
    stop()
    const error = new LeaseLostError(
      `Lost the lease on release ${name}: ${cause}. Stopping without further changes. Re-run when no other job works on the release.`,
    )
    if (!lost.signal.aborted) lost.abort(error)
    // Ends running helm, kubectl and MLflow calls.
    context.cancel(error)
    return error
  }
  const throwIfLost = () => {
    lost.signal.throwIfAborted()
    const age = monotonicNow() - renewedAt
    if (age > lostAfter) throw lose(`it could not be renewed for ${formatDuration(age)}`)
  }
  const write = async (change: Partial<Pick<Lease, 'holderIdentity' | 'operation'>>): Promise<void> => {
    for (;;) {
      throwIfLost()
      const startedAt = monotonicNow()
      const written = await store.write({ ...lease, ...change, renewTime: formatMicroTime(now()) })
      if (written) {
        lease = written
        renewedAt = startedAt
        return
      }
      const found = await store.read()
      if (found?.holderIdentity !== holderIdentity) throw lose(describeLoss(found))
      // An annotation or a label was changed by hand.
      lease = { ...lease, resourceVersion: found.resourceVersion }
    }
  }
  /** One after the other: each write names the version that the one before made. */
  const enqueue = (change: Parameters<typeof write>[0]): Promise<void> => {
    const result = writes.then(() => write(change))
    writes = result.catch(() => undefined)
    return result
  }
  const warnOnce = (error: unknown) => {
    if (!lost.signal.aborted && !hasWarned)
      context.log.warning(`The lease of release ${name} could not be renewed (trying again): ${error}`)
    hasWarned = true
  }
  const tick = () => {
    const age = monotonicNow() - renewedAt
    if (age > lostAfter) lose(`it could not be renewed for ${formatDuration(age)}`)
    else if (age >= renewAfter && !isRenewing) {
      isRenewing = true
      enqueue({})
        .catch(warnOnce)
        .finally(() => {
          isRenewing = false
        })
    }
  }
  const stop = environment.repeat(leaseDuration / 30, tick)

  return {
    signal: lost.signal,
    async assertHeld() {
      for (;;) {
        throwIfLost()
        const age = Math.max(monotonicNow() - renewedAt, now() - Date.parse(lease.renewTime))
        if (age <= recheckAfter) return
        // A contender whose clock runs ahead may have acquired it already, so only a write shows it.
        try {
          return await enqueue({})
        } catch (error) {
          throwIfLost()
          context.log.info(`${name}: the lease could not be renewed (trying again): ${error}`)
          await environment.pause(environment.pollInterval, lost.signal)
        }
      }
    },
    recordOperation: (operation) => enqueue({ operation }),
    async release({ keepOperation }) {
      stop()
      if (!lost.signal.aborted)
        await enqueue({ holderIdentity: '', ...(keepOperation ? {} : { operation: undefined }) })
      return lease.operation
    },
  }
}

function describeLoss(found: Lease | undefined): string {
  if (!found) return 'it was deleted'
  return found.holderIdentity ? `it is held by ${describeHolder(found)}` : 'another process released it'
}
