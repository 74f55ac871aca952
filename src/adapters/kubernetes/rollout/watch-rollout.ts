import { setTimeout as wait } from 'node:timers/promises'
import { Fault } from '../../../domain/core/errors.ts'
import { type Diagnosis, diagnose } from '../../../domain/rollout/diagnosis.ts'
import {
  createDebouncer,
  type FailFastCondition,
  failFastConditions,
} from '../../../domain/rollout/fail-fast.ts'
import {
  describeProgress,
  hasReadinessProbes,
  isVerified,
  type WorkloadStatus,
} from '../../../domain/rollout/workload-status.ts'

export interface WatchFailure {
  kind: 'failed'
  diagnosis: Diagnosis
  observation: WorkloadStatus | undefined
}
export type WatchResult = { kind: 'verified'; observation: WorkloadStatus } | WatchFailure

/** Ends early when the signal aborts. */
export type Sleep = (milliseconds: number, ended?: AbortSignal) => Promise<void>

export interface WatchOptions {
  /** Reads the workload and its pods; undefined where the workload does not exist (yet). */
  observe: () => Promise<WorkloadStatus | undefined>
  /** The version that every pod must serve; undefined: any. */
  version: string | undefined
  /** Milliseconds since 1970. */
  deadline: number
  cancelled?: AbortSignal | undefined
  /** Called when the progress changes. */
  onProgress: (line: string) => void
  /** Called at each poll, to report what the new pods do meanwhile. */
  reportActivity?: (status: WorkloadStatus) => Promise<void>
  /** The default is the conditions of a rollout. */
  findFailFastConditions?: (
    status: WorkloadStatus,
    version: string | undefined,
  ) => readonly FailFastCondition[]
  sleep?: Sleep
}

/** Milliseconds until the next poll: fewer in the first seconds, in which most rollouts end. */
export function pollInterval(elapsedMs: number): number {
  return elapsedMs < 5000 ? 250 : 1000
}

/** Before the poll that confirms a ready workload. Every success waits for it; a whole interval would cost 0.2 s more. */
const CONFIRMATION_DELAY_MS = 50
/** A pod without readiness probe is ready when it starts. It proves something once it has stayed ready for so long. */
const STABILITY_WINDOW_MS = 3000

/**
 * Polls until the rollout is verified, has failed, or is out of time. A failed poll is retried; a missing permission is
 * thrown.
 */
export async function watchRollout(options: WatchOptions): Promise<WatchResult> {
  const {
    observe,
    version,
    deadline,
    cancelled,
    onProgress,
    reportActivity,
    findFailFastConditions = failFastConditions,
    sleep = abortableSleep,
  } = options
  const debounce = createDebouncer()
  const started = Date.now()
  let status: WorkloadStatus | undefined
  let verifiedSince: number | undefined
  let lastLine = ''
  for (;;) {
    if (cancelled?.aborted)
      return createFailure({ reason: 'Cancelled', message: 'the job was cancelled' }, status)
    let readError = ''
    try {
      status = await observe()
    } catch (error) {
      if (!(error instanceof Fault) || /forbidden/i.test(error.message)) throw error
      readError = error.message
    }
    const now = Date.now()
    const hasProbes = status !== undefined && hasReadinessProbes(status)
    const isVerifiedNow = status !== undefined && !readError && isVerified(status, version)
    if (status && isVerifiedNow && verifiedSince !== undefined)
      if (hasProbes || now - verifiedSince >= STABILITY_WINDOW_MS)
        return { kind: 'verified', observation: status }
    verifiedSince = isVerifiedNow ? (verifiedSince ?? now) : undefined
    // A poll that failed neither clears a fail-fast condition nor confirms it.
    const diagnosis = status && !readError && debounce(findFailFastConditions(status, version), now)
    if (diagnosis) return createFailure(diagnosis, status)
    // Pods that became ready before the deadline get their stability window, as long as they stay ready.
    const inTime = verifiedSince !== undefined && verifiedSince <= deadline
    if (now >= deadline && !inTime) return createFailure(diagnoseTimeout(status, version, readError), status)
    const line = status ? describeProgress(status) : 'the workload does not exist yet'
    if (line !== lastLine) onProgress(line)
    lastLine = line
    if (status) await reportActivity?.(status)
    const confirms = verifiedSince === now && hasProbes
    await sleep(confirms ? CONFIRMATION_DELAY_MS : pollInterval(now - started), cancelled)
  }
}

/** Milliseconds in which the pods of an earlier deployment must be ready. */
const HEALTH_CHECK_TIMEOUT_MS = 2000

/** Whether the pods of a revision that was not watched verify it by the standard of a rollout, not by a single poll. */
export async function isHealthy(
  options: Pick<WatchOptions, 'observe' | 'version' | 'cancelled' | 'sleep'>,
): Promise<boolean> {
  const result = await watchRollout({
    ...options,
    deadline: Date.now() + HEALTH_CHECK_TIMEOUT_MS,
    onProgress: () => undefined,
  })
  return result.kind === 'verified'
}

export const abortableSleep: Sleep = async (milliseconds, ended) => {
  await wait(milliseconds, undefined, ended ? { signal: ended } : {}).catch(() => {})
}

function createFailure(diagnosis: Diagnosis, observation: WorkloadStatus | undefined): WatchFailure {
  return { kind: 'failed', diagnosis, observation }
}

function diagnoseTimeout(
  status: WorkloadStatus | undefined,
  version: string | undefined,
  readError: string,
): Diagnosis {
  if (readError) return { reason: 'Timeout', message: `the cluster did not answer: ${readError}` }
  if (!status) return { reason: 'Timeout', message: 'the workload does not exist' }
  if (isVerified(status, version))
    return { reason: 'Timeout', message: 'all pods are ready, but have not been for long enough' }
  return diagnose(status, version)
}
