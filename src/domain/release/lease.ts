import { UserError } from '../core/errors.ts'
import type { Operation } from './recovery-plan.ts'

/**
 * The coordination.k8s.io/v1 Lease of a release, with the fields of client-go's leader election. Only its holder may
 * change the release, and what MLflow says of it.
 */
export interface Lease {
  /** See formatHolderIdentity; empty while the lease is free. */
  holderIdentity: string
  /** RFC 3339, UTC, with microseconds; so is `renewTime`. */
  acquireTime: string
  renewTime: string
  leaseDurationSeconds: number
  leaseTransitions: number
  /** What the holder, or the last one, has begun and not finished. */
  operation?: Operation | undefined
  /** Undefined where the object does not exist yet. */
  resourceVersion?: string | undefined
}

/** Another process may hold the lease by now. This one must change nothing more. */
export class LeaseLostError extends UserError {}

/** A job of a workflow run, as the environment of its processes names it. */
export interface WorkflowJob {
  /** owner/name */
  repository: string
  run: string
  attempt: string
}

/** Who holds a lease, for people and unique: the action, its run (or machine), the runner, an id. */
export function formatHolderIdentity(holder: {
  action: string
  /** Web page of the run; empty outside GitHub. */
  url: string
  attempt: string
  runner: string
  id: string
}): string {
  const { action, url, attempt, runner, id } = holder
  return url
    ? `${action} of ${url} (attempt ${attempt}, ${runner}, ${id})`
    : `${action} of a process on ${runner} (${id})`
}

/** The workflow job of a holder; undefined outside GitHub. */
export function parseHolderJob(identity: string): WorkflowJob | undefined {
  const found = /^\S+ of \S+?\/([^/\s]+\/[^/\s]+)\/actions\/runs\/(\d+) \(attempt (\d+), /.exec(identity)
  const [, repository, run, attempt] = found ?? []
  return repository && run && attempt ? { repository, run, attempt } : undefined
}

/** The holder without its id, and since when. @param lease one that is held */
export function describeHolder({ holderIdentity, acquireTime }: Lease): string {
  return `${holderIdentity.replace(/, [\w-]+\)$/, ')')}, since ${acquireTime.replace(/\.\d+Z$/, 'Z')}`
}

/**
 * Whether a lease may be acquired. A live holder renews every 15 s, so the 60 s leave 40 s for clocks that differ.
 * @param now milliseconds since 1970
 * @param unchangedMs how long this process has seen the lease unchanged, by its monotonic clock: that detects a killed holder
 *   whose clock ran ahead
 */
export function isExpired(
  { holderIdentity, renewTime, leaseDurationSeconds }: Lease,
  now: number,
  unchangedMs = 0,
): boolean {
  const duration = leaseDurationSeconds * 1000
  return holderIdentity === '' || now > Date.parse(renewTime) + duration || unchangedMs >= duration
}

/** @param now milliseconds since 1970 */
export function formatMicroTime(now: number): string {
  return new Date(now).toISOString().replace('Z', '000Z')
}
