import { type LogDisclosure, sanitizeLog, sanitizeMessage } from '../../../domain/rollout/redaction.ts'
import type {
  ObservedContainer,
  ObservedPod,
  PodEnd,
  WorkloadStatus,
} from '../../../domain/rollout/workload-status.ts'
import type { Container, ContainerStatus, Pod } from '../client/objects.ts'
import { findImageContainer, type VersionFrom } from './version-from.ts'

export interface ObserveOptions {
  versionFrom: VersionFrom
  /** How much of the pods' messages to keep ("redacted"): a termination message may be the last log lines. */
  disclosure?: LogDisclosure | undefined
  /** Names of containers whose failures do not count. */
  ignoredContainers?: readonly string[]
}

/** Reads the status of a pod from its object. Init containers first, as far as the kubelet has reported them. */
export function toPodStatus(
  pod: Pod,
  { versionFrom, disclosure = 'redacted', ignoredContainers = [] }: ObserveOptions,
): Omit<ObservedPod, 'updated' | 'version'> {
  const { metadata, spec, status } = pod
  const serving = findServingContainers(pod, versionFrom, ignoredContainers)
  const declarations = [...spec.initContainers, ...spec.containers]
  const toContainer = (each: ContainerStatus, isInit: boolean): ObservedContainer => {
    const { name, ready, restartCount, lastState } = each
    const { running, waiting, terminated } = each.state
    const declared = declarations.find((container) => container.name === name)
    const lastEnd = terminated ?? lastState.terminated
    return {
      name,
      init: isInit && declared?.restartPolicy !== 'Always',
      servesModel: serving.includes(name),
      ignored: ignoredContainers.includes(name),
      hasReadinessProbe: Boolean(declared?.readinessProbe),
      hasMemoryLimit: declared?.resources.limits.memory !== undefined,
      ready,
      restarts: restartCount,
      state: running ? 'running' : terminated ? 'terminated' : 'waiting',
      reason: (waiting ?? terminated)?.reason ?? '',
      message: waiting
        ? sanitizeMessage(waiting.message, disclosure)
        : sanitizeLog(terminated?.message ?? '', disclosure),
      exitCode: lastEnd?.exitCode,
      terminationReason: lastEnd?.reason ?? '',
      terminationMessage: sanitizeLog(lastEnd?.message ?? '', disclosure),
      finishedAt: lastEnd?.finishedAt ?? '',
      lastRunMs: lastEnd && runDuration(lastEnd),
    }
  }
  const end = readEnd(pod)
  const requests = spec.containers.flatMap(({ resources }) => [
    ...Object.keys(resources.requests),
    ...Object.keys(resources.limits),
  ])
  return {
    name: metadata.name,
    ready: status.conditions.some((each) => each.type === 'Ready' && each.status === 'True'),
    createdAt: metadata.creationTimestamp,
    unschedulable: readUnschedulable(pod, disclosure),
    schedulingGates: spec.schedulingGates?.map(({ name }) => name) ?? [],
    readinessGates: readReadinessGates(pod).map((gate) => sanitizeMessage(gate, disclosure)),
    requests: [...new Set(requests)],
    ...(end && { end: { ...end, message: sanitizeMessage(end.message, disclosure) } }),
    containers: [
      ...status.initContainerStatuses.map((each) => toContainer(each, true)),
      ...status.containerStatuses.map((each) => toContainer(each, false)),
    ],
  }
}

/** Why no scheduler has assigned the pod; undefined: one has, or may be about to. */
function readUnschedulable({ spec, status }: Pod, disclosure: LogDisclosure): string | undefined {
  const scheduled = status.conditions.find(({ type }) => type === 'PodScheduled')
  if (scheduled && /^(Unschedulable|SchedulerError)$/.test(scheduled.reason))
    return sanitizeMessage(scheduled.message, disclosure)
  // A scheduler sets this condition at its first attempt.
  const isForeign = spec.nodeName === '' && !/^(default-scheduler)?$/.test(spec.schedulerName)
  return !scheduled && isForeign && status.phase === 'Pending'
    ? `scheduler ${spec.schedulerName} has not assigned it to a node; see whether it runs in this cluster`
    : undefined
}

/** Readiness gates that are not true: their condition is set by a controller outside Kubernetes. */
function readReadinessGates({ spec, status }: Pod): string[] {
  return (spec.readinessGates ?? []).flatMap(({ conditionType }) => {
    const condition = status.conditions.find(({ type }) => type === conditionType)
    if (condition?.status === 'True') return []
    if (!condition) return [`${conditionType} (no controller has set it)`]
    const { reason, message } = condition
    return [`${conditionType} (${[condition.status, reason, message].filter(Boolean).join(': ')})`]
  })
}

/** Why the pod has ended or is being deleted: its own status, or the disruption that caused it; undefined: neither. */
function readEnd({ metadata, status }: Pod): PodEnd | undefined {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = metadata
  const isTerminating = deletionTimestamp !== undefined
  if (!isTerminating && !['Succeeded', 'Failed'].includes(status.phase)) return undefined
  const cause = status.conditions.find(
    ({ type, status: value }) => type === 'DisruptionTarget' && value === 'True',
  )
  const requested = Date.parse(deletionTimestamp ?? '') - deletionGracePeriodSeconds * 1000
  return {
    kind: isTerminating ? 'terminating' : 'ended',
    reason: status.reason || cause?.reason || (isTerminating ? '' : status.phase),
    message: status.message || (cause?.message ?? ''),
    // The API server adds the grace period to the time of the deletion.
    since: Number.isNaN(requested) ? '' : new Date(requested).toISOString().replace('.000', ''),
    finalizers,
  }
}

function runDuration({
  startedAt,
  finishedAt,
}: {
  startedAt?: string | null | undefined
  finishedAt?: string | null | undefined
}): number | undefined {
  const duration = Date.parse(finishedAt ?? '') - Date.parse(startedAt ?? '')
  return Number.isNaN(duration) ? undefined : duration
}

/** Names of the containers that serve the model: the only main one, or those that `version-from` matches. */
function findServingContainers(pod: Pod, where: VersionFrom, ignored: readonly string[]): string[] {
  const main = pod.spec.containers.filter(({ name }) => !ignored.includes(name))
  const isServing = (container: Container): boolean => {
    if (where.from === 'env') return container.env.some(({ name }) => name === where.name)
    if (where.from === 'image-tag') return container === findImageContainer(pod)
    if (where.from === 'http')
      return container.ports.some(({ containerPort }) => String(containerPort) === where.port)
    return false
  }
  return (main.length === 1 ? main : main.filter(isServing)).map(({ name }) => name)
}

/** The pods of a hook or of a smoke test, as if one were the whole workload. */
export function toStatusWithoutRollout(
  workload: string,
  namespace: string | undefined,
  pods: readonly ObservedPod[],
): WorkloadStatus {
  return {
    workload,
    namespace: namespace ?? 'default',
    desired: 1,
    generationObserved: true,
    template: undefined,
    available: undefined,
    blocker: undefined,
    conditions: [],
    createFailure: undefined,
    pods,
    inactivePods: [],
  }
}
