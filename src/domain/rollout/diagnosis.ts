import { shortenError } from '../core/shorten-error.ts'
import { oneLine } from '../core/text.ts'
import type { FaultSource } from './fault-source.ts'
import { describeRefusedConnection } from './refused-connection.ts'
import {
  countTerminations,
  describeBlocker,
  isServing,
  type ObservedContainer,
  type ObservedPod,
  type PodEvent,
  type WorkloadStatus,
} from './workload-status.ts'

/** Why a rollout failed; the output `failure-reason`. A reason that explains others comes first. */
export const FAILURE_REASONS = [
  'ImagePullBackOff',
  'CreateContainerConfigError',
  'OOMKilled',
  'InitContainerFailed',
  'CrashLoopBackOff',
  'PodFailed',
  'FailedCreate',
  'SchedulingGated',
  'Unschedulable',
  'FailedMount',
  'ReadinessProbeFailed',
  'ReadinessGatesNotReady',
  'WrongVersion',
  'SmokeTestFailed',
  'ScaledToZero',
  'Superseded',
  'PodTerminating',
  'OldPodsPendingTermination',
  'RolloutPaused',
  'HookFailed',
  'FieldConflict',
  'HelmFailed',
  'Unknown',
  'Cancelled',
  'Timeout',
] as const
export type FailureReason = (typeof FAILURE_REASONS)[number]

export interface Diagnosis {
  reason: FailureReason
  pod?: string
  container?: string
  /** It is an init container, which runs before the model is served. */
  init?: boolean
  /** It runs beside the model, or the container of the model is unknown. */
  sidecar?: boolean
  /** The kubelet killed it because of its liveness or startup probe, or its postStart hook. */
  killedByProbe?: boolean
  /** The smoke test's pod differs from the pods of the rollout, and the difference may be the cause. */
  fromSmokeTest?: boolean
  /** The events are not read. They may say that a probe killed a container that was only slow. */
  eventsUnavailable?: boolean
  exitCode?: number
  /** Whose fault an exit is, by its log or by the previous version; undefined: unclear, or no exit. */
  faultSource?: FaultSource
  /** From the kubelet, the scheduler or Helm; may be empty. */
  message: string
}

const IMAGE_REASONS =
  /^(ImagePullBackOff|ErrImagePull|ErrImageNeverPull|InvalidImageName|ImageInspectError|RegistryUnavailable|SignatureValidationFailed)$/
const CONFIG_REASONS = /^(CreateContainerConfigError|CreateContainerError|RunContainerError)$/
/** Terminated without a start: the runtime found no such program, for example. No model ran. */
const NEVER_STARTED_REASONS = /^(StartError|ContainerCannotRun)$/

/** The first cause why a rollout is not verified. Only new pods count: a crash of an old one is not the new model's. */
export function diagnose(status: WorkloadStatus, version: string | undefined): Diagnosis {
  const { workload, desired, available, blocker, createFailure, pods, inactivePods } = status
  const blockerMessage = describeBlocker(status)
  if (blockerMessage && blocker === 'paused') return { reason: 'RolloutPaused', message: blockerMessage }
  const updated = pods.filter((pod) => pod.updated)
  const found = [
    ...updated.map((pod) => diagnosePod(pod, version)),
    ...inactivePods.filter((pod) => pod.end?.kind === 'ended' && isOfRollout(pod, updated)).map(diagnoseEnd),
  ].filter((each) => each !== undefined)
  const rank = ({ reason }: Diagnosis) => FAILURE_REASONS.indexOf(reason)
  const [first] = found.sort((one, other) => rank(one) - rank(other))
  if (createFailure && (!first || updated.length < desired))
    return { reason: 'FailedCreate', message: createFailure }
  if (first) return { ...first, message: addHolderHint(first, status) }
  const terminating = inactivePods.find(({ end }) => end?.kind === 'terminating')
  if (updated.length < desired && terminating) return diagnoseEnd(terminating)
  if (desired === 0)
    return {
      reason: 'ScaledToZero',
      message: /^daemonset\//i.test(workload)
        ? `no node matches the nodeSelector, affinity and tolerations of ${workload}, so no pod can verify the version`
        : `${workload} asks for 0 pods, so no pod can verify the version`,
    }
  const [old] = pods.filter((pod) => !pod.updated)
  if (old && blockerMessage) return { reason: 'RolloutPaused', pod: old.name, message: blockerMessage }
  if (old && updated.length >= desired) {
    const message = 'pods of the previous revision are still running'
    return { reason: 'OldPodsPendingTermination', pod: old.name, message }
  }
  const isTooYoung = available !== undefined && updated.length >= desired && available < desired
  const message = isTooYoung
    ? `all pods are ready, but only ${available} of ${desired} have been ready for minReadySeconds`
    : `${updated.length} of ${desired} new pods exist`
  return { reason: 'Timeout', message }
}

/** Milliseconds between two pods of one rollout. */
const MAX_POD_GAP_MS = 3_600_000

/** Whether an ended pod is one of this rollout: a retry of an earlier one has the same template, whose evicted pods stay. */
function isOfRollout({ updated, createdAt }: ObservedPod, pods: readonly ObservedPod[]): boolean {
  const gaps = pods.map((pod) => Date.parse(pod.createdAt ?? '') - Date.parse(createdAt ?? ''))
  return updated && !gaps.some((gap) => gap > MAX_POD_GAP_MS)
}

/** Why a pod is not verified; undefined: it is. */
export function diagnosePod(pod: ObservedPod, version: string | undefined): Diagnosis | undefined {
  const { name, containers, unschedulable, schedulingGates = [], readinessGates = [], startFailure } = pod
  if (isServing(pod, version)) return undefined
  if (pod.ready)
    return { reason: 'WrongVersion', pod: name, message: describeWrongVersion(pod.version, version ?? '') }
  for (const container of containers) {
    const failure = diagnoseContainer(name, container)
    if (failure) return failure
  }
  if (schedulingGates.length > 0) {
    const message = `scheduling gate ${schedulingGates.join(', ')} has not been removed`
    return { reason: 'SchedulingGated', pod: name, message }
  }
  if (unschedulable) return { reason: 'Unschedulable', pod: name, message: unschedulable }
  const unready = containers.find(
    ({ init, ignored, state, ready }) => !init && !ignored && state === 'running' && !ready,
  )
  if (unready) {
    const at = { pod: name, container: unready.name }
    return { reason: 'ReadinessProbeFailed', ...at, message: 'it runs, but is not ready' }
  }
  const isRunning = containers.length > 0 && containers.every(({ ready, init }) => ready || init)
  if (isRunning && readinessGates.length > 0) {
    const message = `its containers are ready, but not its readiness gate ${readinessGates.join(', ')}`
    return { reason: 'ReadinessGatesNotReady', pod: name, message }
  }
  if (startFailure && !isRunning) return { pod: name, ...diagnoseStartFailure(startFailure) }
  return { reason: 'Timeout', pod: name, message: describeStartup(pod, isRunning) }
}

/** What an event says about a pod whose containers have not started. */
export function diagnoseStartFailure({ reason, message }: PodEvent): Pick<Diagnosis, 'reason' | 'message'> {
  const isMount = MOUNT_FAILURES.test(reason)
  return {
    reason: isMount ? 'FailedMount' : 'Timeout',
    message: reason === 'Pulling' ? message : `${reason}: ${message}`,
  }
}
const MOUNT_FAILURES = /^Failed(Mount|AttachVolume|MapVolume)/

/** A pod that has ended without its containers' fault, or that does not end. */
export function diagnoseEnd({ name: pod, end }: ObservedPod): Diagnosis {
  const { kind = 'ended', reason = '', message = '', since = '', finalizers = [] } = end ?? {}
  const own = [reason, message].filter(Boolean).join(': ')
  if (kind === 'ended') return { reason: 'PodFailed', pod, message: own }
  const held = finalizers.length > 0 && `its finalizers ${finalizers.join(', ')} have not been removed`
  const deletion = `it is being deleted${since && ` since ${since}`}, and no new pod replaces it until it is gone`
  return { reason: 'PodTerminating', pod, message: [deletion, held, own].filter(Boolean).join('; ') }
}

/** A node or volume has no place beside another pod. */
const NO_PLACE_BESIDE = /free ports|anti-affinity|Multi-Attach|already (exclusively )?(attached|used)/i

/** The message of a new pod, with what to do if an old pod holds what it lacks. */
function addHolderHint({ reason, message }: Diagnosis, { workload, pods }: WorkloadStatus): string {
  if (!/^(Unschedulable|FailedMount)$/.test(reason) || !/^deployment\//i.test(workload)) return message
  const lacking = [...message.matchAll(/Insufficient (\S+?)[,.;]?(?=\s|$)/g)].map(([, name]) => name ?? '')
  const holder = pods.find(
    ({ updated, requests = [] }) =>
      !updated && (NO_PLACE_BESIDE.test(message) || lacking.some((name) => requests.includes(name))),
  )
  if (!holder) return message
  return `${message}; pod ${holder.name} of the previous revision holds it: let ${workload} end that pod first, with the strategy Recreate, or with maxUnavailable 1 and maxSurge 0`
}

/** Why a container that is not ready has failed; undefined: it may still be starting. */
export function diagnoseContainer(pod: string, container: ObservedContainer): Diagnosis | undefined {
  const { name, init, ready, ignored, state, reason, message, exitCode } = container
  const { terminationReason, terminationMessage, refusedConnection } = container
  if (ready || ignored) return undefined
  const at = { pod, container: name, init, ...(init || container.servesModel ? {} : { sidecar: true }) }
  if (state === 'waiting' && IMAGE_REASONS.test(reason))
    return { reason: 'ImagePullBackOff', ...at, message: `${reason}: ${message}` }
  if (state === 'waiting' && CONFIG_REASONS.test(reason))
    return { reason: 'CreateContainerConfigError', ...at, message: `${reason}: ${message}` }
  if (refusedConnection) {
    const end = exitCode === undefined ? {} : { exitCode }
    const refused = describeRefusedConnection(refusedConnection)
    return { reason: 'InitContainerFailed', ...at, ...end, message: refused }
  }
  // A server that exits with 0 has failed, too. An init container is done then.
  if (exitCode === undefined || (init && exitCode === 0)) return undefined
  // After one crash, a container that runs again may just be starting.
  if (state === 'running' && countTerminations(container) < 2) return undefined
  const termination = { ...at, exitCode, message: terminationMessage || terminationReason }
  if (NEVER_STARTED_REASONS.test(terminationReason))
    return { reason: 'CreateContainerConfigError', ...termination }
  if (terminationReason === 'OOMKilled') return { reason: 'OOMKilled', ...termination }
  return { reason: init ? 'InitContainerFailed' : 'CrashLoopBackOff', ...termination }
}

/** What is wrong with a ready pod that does not serve the expected version. */
export function describeWrongVersion(actual: string | undefined, expected: string): string {
  return actual === undefined
    ? `it names no model version, expected ${expected}; see the input version-from`
    : `it serves version ${actual}, expected ${expected}`
}

function describeStartup({ containers }: ObservedPod, isRunning: boolean): string {
  if (isRunning) return 'its containers are ready, but the pod is not'
  const unready = containers.find(({ ready, init, state }) => !ready && !(init && state === 'terminated'))
  if (!unready) return 'it has not started'
  const { name, ignored, state, reason } = unready
  if (ignored) return `container ${name} is not ready, and is one of ignore-containers`
  return `container ${name} is ${state}${reason ? ` (${reason})` : ''}`
}

const MAX_MESSAGE_LENGTH = 600

/** A diagnosis as one line without a full stop. */
export function formatDiagnosis({ reason, pod, container, exitCode, message }: Diagnosis): string {
  const cut = oneLine(shortenError(message), MAX_MESSAGE_LENGTH).replace(/\.$/, '')
  const where = [pod && `pod ${pod}`, container && `container ${container}`].filter(Boolean).join(', ')
  const code = exitCode === undefined ? '' : ` (exit code ${exitCode})`
  return `${reason}${code}${where ? ` in ${where}` : ''}${cut ? `: ${cut}` : ''}`
}

/**
 * Whether the model may have caused a failure: its server, or an init container, exited or was killed for memory. Not a
 * sidecar, a probe that is too short for a slow node, or something that the smoke test's pod lacked.
 */
export function mayBeModelFault(diagnosis: Diagnosis): boolean {
  const { reason, sidecar, killedByProbe, fromSmokeTest, eventsUnavailable } = diagnosis
  if (sidecar || killedByProbe || fromSmokeTest || eventsUnavailable) return false
  return /^(OOMKilled|CrashLoopBackOff|InitContainerFailed)$/.test(reason)
}

/** Whether there is evidence that the model caused the failure. Other failures may pass on a retry. */
export function isModelFault(diagnosis: Diagnosis): boolean {
  return mayBeModelFault(diagnosis) && diagnosis.faultSource?.of === 'model'
}
