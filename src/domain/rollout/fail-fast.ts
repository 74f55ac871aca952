import {
  type Diagnosis,
  describeWrongVersion,
  diagnose,
  diagnoseContainer,
  diagnosePod,
} from './diagnosis.ts'
import {
  countTerminations,
  isServing,
  type ObservedContainer,
  type ObservedPod,
  type WorkloadStatus,
} from './workload-status.ts'

/** A failure that ends the wait before the timeout, because waiting longer rarely helps. */
export interface FailFastCondition {
  diagnosis: Diagnosis
  /** Milliseconds, more than 0, that it must last without a break. */
  graceMs: number
}

/** Two crashes are no accident. The grace period makes sure that they are observed more than once. */
const CRASH_GRACE_MS = 400
/** The kubelet may be retrying the pull, and an image may be about to be pushed. */
const IMAGE_GRACE_MS = 10_000
/** An operator may create the Secret or resume the Deployment. A server may first name its previous version. */
const EXTERNAL_CHANGE_GRACE_MS = 30_000
/** Other pods may end, and leave room in the quota. */
const QUOTA_GRACE_MS = 60_000
/** The condition of the previous rollout stays until the controller has counted the new pods. */
const STALE_CONDITION_GRACE_MS = 3000

/**
 * The failures of the new pods that end the wait early; none while a new pod serves. A slow start, one crash, a full
 * cluster, a failing readiness probe and an unreachable registry get the whole timeout.
 */
export function failFastConditions(
  status: WorkloadStatus,
  version: string | undefined,
): readonly FailFastCondition[] {
  const { generationObserved, blocker, createFailure, desired, pods } = status
  if (blocker === 'paused' || (generationObserved && desired === 0))
    return [{ diagnosis: diagnose(status, version), graceMs: EXTERNAL_CHANGE_GRACE_MS }]
  const updated = pods.filter((pod) => pod.updated)
  if (!generationObserved || updated.some((pod) => isServing(pod, version))) return []
  const createFailed: FailFastCondition[] =
    createFailure !== undefined && updated.length < desired
      ? [{ diagnosis: { reason: 'FailedCreate', message: createFailure }, graceMs: QUOTA_GRACE_MS }]
      : []
  return [
    ...updated.flatMap((pod) => podFailFastConditions(pod, version)),
    ...createFailed,
    ...progressDeadlineConditions(status, version),
  ]
}

/** The failures of one pod. */
export function podFailFastConditions(
  pod: ObservedPod,
  version: string | undefined,
): readonly FailFastCondition[] {
  if (pod.ready) {
    // A pod that names no version (yet) gets the whole timeout.
    if (pod.version === undefined || version === undefined) return []
    const message = describeWrongVersion(pod.version, version)
    const diagnosis = { reason: 'WrongVersion', pod: pod.name, message } as const
    return [{ diagnosis, graceMs: EXTERNAL_CHANGE_GRACE_MS }]
  }
  const ofContainers = pod.containers.flatMap((container) => {
    const diagnosis = diagnoseContainer(pod.name, container)
    const graceMs = diagnosis && gracePeriod(diagnosis, container)
    return diagnosis && graceMs !== undefined ? [{ diagnosis, graceMs }] : []
  })
  const start = diagnosePod(pod, version)
  const isMissing =
    /^(FailedMount|Unschedulable)$/.test(start?.reason ?? '') && MISSING.test(start?.message ?? '')
  return start && isMissing
    ? [...ofContainers, { diagnosis: start, graceMs: EXTERNAL_CHANGE_GRACE_MS }]
    : ofContainers
}

/** A volume names what does not exist. */
const MISSING =
  /\b(secret|configmap|persistentvolumeclaim)s? "[^"]{1,300}" not found|references non-existent (secret|config) key|hostPath type check failed/i

/** Milliseconds; undefined: the failure may pass at any time, so it gets the whole timeout. */
function gracePeriod({ reason, message }: Diagnosis, container: ObservedContainer): number | undefined {
  const { reason: waitingReason, refusedConnection } = container
  const terminations = countTerminations(container)
  switch (reason) {
    case 'ImagePullBackOff':
      if (/^(ErrImageNeverPull|InvalidImageName)$/.test(waitingReason)) return CRASH_GRACE_MS
      return IMAGE_UNAVAILABLE.test(message) && !REGISTRY_UNREACHABLE.test(message)
        ? IMAGE_GRACE_MS
        : undefined
    case 'CreateContainerConfigError':
      if (terminations >= 2) return CRASH_GRACE_MS
      return KUBELET_BUSY.test(message) || terminations > 0 ? undefined : EXTERNAL_CHANGE_GRACE_MS
    default:
      // Another address than the pod itself may answer later: a database of the same release, or MLflow after a restart.
      return terminations >= 2 || refusedConnection?.isLoopback ? CRASH_GRACE_MS : undefined
  }
}

/** The kubelet is behind or busy, so this says nothing about the pod. */
const KUBELET_BUSY = /failed to sync .{0,40}cache|deadline exceeded|timed out|is reserved for/i
/** The registry was not reached, or limits the rate. */
const REGISTRY_UNREACHABLE =
  /no such host|connection (refused|reset)|time(d )?out|deadline exceeded|temporary failure|network is unreachable|no route to host|too ?many ?requests|rate limit|\b(429|50\d)\b|\bEOF\b/i
/** The registry was reached, and has no such image, or denies it. */
const IMAGE_UNAVAILABLE =
  /not found|manifest unknown|name unknown|unauthorized|denied|forbidden|authentication required|authorization failed|no basic auth|invalid reference|no match for platform|does not exist/i

/** The chart's progressDeadlineSeconds passed without progress. */
function progressDeadlineConditions(
  status: WorkloadStatus,
  version: string | undefined,
): FailFastCondition[] {
  const condition = status.conditions.find(
    (each) =>
      each.type === 'Progressing' && each.status === 'False' && each.reason === 'ProgressDeadlineExceeded',
  )
  if (!condition) return []
  const cause = diagnose(status, version)
  const message = `progressDeadlineSeconds of ${status.workload} passed (${condition.message}): ${cause.message}`
  const diagnosis = cause.reason === 'Timeout' ? { ...cause, message } : cause
  return [{ diagnosis, graceMs: STALE_CONDITION_GRACE_MS }]
}

/**
 * Remembers since when each condition holds.
 * @returns a function of the current conditions and the time in milliseconds, which returns the diagnosis of a condition
 *   that has lasted for its grace period
 */
export function createDebouncer(): (
  conditions: readonly FailFastCondition[],
  now: number,
) => Diagnosis | undefined {
  let firstSeen = new Map<string, number>()
  const keyOf = ({ diagnosis: { reason, pod, container } }: FailFastCondition) =>
    JSON.stringify([reason, pod, container])
  return (conditions, now) => {
    const seenAt = (condition: FailFastCondition) => firstSeen.get(keyOf(condition)) ?? now
    firstSeen = new Map(conditions.map((each) => [keyOf(each), seenAt(each)] as const))
    return conditions.find((each) => now - seenAt(each) >= each.graceMs)?.diagnosis
  }
}
