import { shortenError } from '../core/shorten-error.ts'
import { oneLine } from '../core/text.ts'
import { describeRefusedConnection } from './refused-connection.ts'
import {
  countTerminations,
  describeBlocker,
  isServing,
  type ObservedContainer,
  type ObservedPod,
  type WorkloadStatus,
} from './workload-status.ts'

/** Why a rollout failed; the output `failure-reason`. A reason that explains others comes first. */
export const FAILURE_REASONS = [
  'ImagePullBackOff',
  'CreateContainerConfigError',
  'OOMKilled',
  'InitContainerFailed',
  'CrashLoopBackOff',
  'FailedCreate',
  'Unschedulable',
  'ReadinessProbeFailed',
  'WrongVersion',
  'SmokeTestFailed',
  'ScaledToZero',
  'Superseded',
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
  /** The kubelet killed it because of its liveness or startup probe. */
  killedByProbe?: boolean
  /** The smoke test's pod differs from the pods of the rollout, and the difference may be the cause. */
  fromSmokeTest?: boolean
  /** The events are not read. They may say that a probe killed a container that was only slow. */
  eventsUnavailable?: boolean
  exitCode?: number
  /** From the kubelet, the scheduler or Helm; may be empty. */
  message: string
}

const IMAGE_REASONS =
  /^(ImagePullBackOff|ErrImagePull|ErrImageNeverPull|InvalidImageName|ImageInspectError|RegistryUnavailable)$/
const CONFIG_REASONS = /^(CreateContainerConfigError|CreateContainerError|RunContainerError)$/
/** Terminated without a start: the runtime found no such program, for example. No model ran. */
const NEVER_STARTED_REASONS = /^(StartError|ContainerCannotRun)$/

/** The first cause why a rollout is not verified. Only new pods count: a crash of an old one is not the new model's. */
export function diagnose(status: WorkloadStatus, version: string | undefined): Diagnosis {
  const { workload, desired, available, blocker, createFailure, pods } = status
  const blockerMessage = describeBlocker(status)
  if (blockerMessage && blocker === 'paused') return { reason: 'RolloutPaused', message: blockerMessage }
  const updated = pods.filter((pod) => pod.updated)
  const found = updated.map((pod) => diagnosePod(pod, version)).filter((each) => each !== undefined)
  const rank = ({ reason }: Diagnosis) => FAILURE_REASONS.indexOf(reason)
  const [first] = found.sort((one, other) => rank(one) - rank(other))
  if (createFailure && (!first || updated.length < desired))
    return { reason: 'FailedCreate', message: createFailure }
  if (first) return first
  if (desired === 0)
    return {
      reason: 'ScaledToZero',
      message: `${workload} asks for 0 pods, so no pod can verify the version`,
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

function diagnosePod(pod: ObservedPod, version: string | undefined): Diagnosis | undefined {
  const { name, containers, unschedulable } = pod
  if (isServing(pod, version)) return undefined
  if (pod.ready)
    return { reason: 'WrongVersion', pod: name, message: describeWrongVersion(pod.version, version ?? '') }
  for (const container of containers) {
    const failure = diagnoseContainer(name, container)
    if (failure) return failure
  }
  if (unschedulable) return { reason: 'Unschedulable', pod: name, message: unschedulable }
  const unready = containers.find(
    ({ init, ignored, state, ready }) => !init && !ignored && state === 'running' && !ready,
  )
  if (unready) {
    const at = { pod: name, container: unready.name }
    return { reason: 'ReadinessProbeFailed', ...at, message: 'it runs, but is not ready' }
  }
  return { reason: 'Timeout', pod: name, message: describeStartup(pod) }
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

function describeStartup({ containers }: ObservedPod): string {
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
 * Whether a failure is the model's own: its server exited, or was killed for memory. Other failures may pass on a retry: a
 * failed download, a sidecar, a probe that is too short for a slow node, or something that the smoke test's pod lacked.
 */
export function isModelFault(diagnosis: Diagnosis): boolean {
  const { reason, init, sidecar, killedByProbe, fromSmokeTest, eventsUnavailable } = diagnosis
  if (init || sidecar || killedByProbe || fromSmokeTest) return false
  return reason === 'OOMKilled' || (reason === 'CrashLoopBackOff' && !eventsUnavailable)
}
