import { type ContainerSeen, ends, heldBack, type Observation, type PodSeen, serves } from './rollout.ts'

/** Why a rollout did not come up; the output `failure-reason`. */
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
  'VerifyFailed',
  'NoReplicas',
  'Overtaken',
  'OldPodsRemain',
  'RolloutHeld',
  'HookFailed',
  'FieldConflict',
  'HelmFailed',
  'Unreadable',
  'Cancelled',
  'Timeout',
] as const
export type FailureReason = (typeof FAILURE_REASONS)[number]

export interface Diagnosis {
  reason: FailureReason
  pod?: string
  container?: string
  /** Whether that is an init container, which runs before the model is served. */
  init?: boolean
  /** Whether it runs beside the model, or nobody can say in which container the model runs. */
  sidecar?: boolean
  /** Whether the kubelet ended it, since it did not answer its liveness or startup probe. */
  probe?: boolean
  /** Whether that was a pod that is not quite like those of the rollout, so that its end may be owed to that. */
  unlike?: boolean
  /** Whether nobody has read yet what Kubernetes' events say of it: a probe may have ended what was only slow. */
  unexplained?: boolean
  exitCode?: number
  /** What the kubelet, the scheduler or Helm said of it; may be empty. */
  said: string
}

const IMAGE =
  /^(ImagePullBackOff|ErrImagePull|ErrImageNeverPull|InvalidImageName|ImageInspectError|RegistryUnavailable)$/
const CONFIG = /^(CreateContainerConfigError|CreateContainerError|RunContainerError)$/
/** An end without a beginning: the runtime found no such program, say. No model has run. */
const NEVER_RAN = /^(StartError|ContainerCannotRun)$/

/**
 * The first cause of a rollout that is not proven, looked for in the newest pods only: an old pod that crashes says
 * nothing of a new model. Causes that explain others go first.
 */
export function diagnose(observation: Observation, version: string | undefined): Diagnosis {
  const held = heldBack(observation)
  if (held && observation.held === 'paused') return { reason: 'RolloutHeld', said: held }
  const fresh = observation.pods.filter((pod) => pod.fresh)
  const found = fresh.map((pod) => podFailure(pod, version)).filter((each) => each !== undefined)
  const rank = ({ reason }: Diagnosis) => FAILURE_REASONS.indexOf(reason)
  const [worst] = found.sort((one, other) => rank(one) - rank(other))
  if (observation.createFailure && (!worst || fresh.length < observation.desired))
    return { reason: 'FailedCreate', said: observation.createFailure }
  if (worst) return worst
  if (observation.desired === 0)
    return {
      reason: 'NoReplicas',
      said: `${observation.workload} asks for 0 pods, so none can prove anything`,
    }
  const [old] = observation.pods.filter((pod) => !pod.fresh)
  if (old && held) return { reason: 'RolloutHeld', pod: old.name, said: held }
  if (old && fresh.length >= observation.desired)
    return { reason: 'OldPodsRemain', pod: old.name, said: 'pods of the revision before are still there' }
  const { available, desired } = observation
  const young = available !== undefined && fresh.length >= desired && available < desired
  const said = young
    ? `all pods are ready, but only ${available} of ${desired} have been for minReadySeconds`
    : `${fresh.length} of ${desired} new pods are there`
  return { reason: 'Timeout', said }
}

function podFailure(pod: PodSeen, version: string | undefined): Diagnosis | undefined {
  if (serves(pod, version)) return undefined
  if (pod.ready)
    return { reason: 'WrongVersion', pod: pod.name, said: otherVersion(pod.version, version ?? '') }
  for (const container of pod.containers) {
    const failure = containerFailure(pod.name, container)
    if (failure) return failure
  }
  if (pod.unschedulable) return { reason: 'Unschedulable', pod: pod.name, said: pod.unschedulable }
  const waiting = pod.containers.find(
    ({ init, ignored, state, ready }) => !init && !ignored && state === 'running' && !ready,
  )
  if (waiting)
    return {
      reason: 'ReadinessProbeFailed',
      pod: pod.name,
      container: waiting.name,
      said: 'it runs, but is not ready',
    }
  return { reason: 'Timeout', pod: pod.name, said: startingAt(pod) }
}

/** What is wrong with a container that is not ready; undefined where it may still be starting. */
export function containerFailure(pod: string, container: ContainerSeen): Diagnosis | undefined {
  const { name, init, ready, ignored, state, reason, message, exitCode, endReason, endMessage } = container
  if (ready || ignored) return undefined
  const at = { pod, container: name, init, ...(init || container.serves ? {} : { sidecar: true }) }
  if (state === 'waiting' && IMAGE.test(reason))
    return { reason: 'ImagePullBackOff', ...at, said: `${reason}: ${message}` }
  if (state === 'waiting' && CONFIG.test(reason))
    return { reason: 'CreateContainerConfigError', ...at, said: `${reason}: ${message}` }
  // A server that ends is down, with whatever code; an init container is done with 0.
  if (exitCode === undefined || (init && exitCode === 0)) return undefined
  // It runs again after its one end: that it is not ready yet is another story.
  if (state === 'running' && ends(container) < 2) return undefined
  const end = { ...at, exitCode, said: endMessage || endReason }
  if (NEVER_RAN.test(endReason)) return { reason: 'CreateContainerConfigError', ...end }
  if (endReason === 'OOMKilled') return { reason: 'OOMKilled', ...end }
  return { reason: init ? 'InitContainerFailed' : 'CrashLoopBackOff', ...end }
}

/** What is wrong with a pod that is ready, but not with the version that was asked for. */
export function otherVersion(serves: string | undefined, wanted: string): string {
  return serves === undefined
    ? `it names no model version, ${wanted} was asked for; see the input version-from`
    : `it serves version ${serves}, ${wanted} was asked for`
}

function startingAt({ containers }: PodSeen): string {
  const at = containers.find(({ ready, init, state }) => !ready && !(init && state === 'terminated'))
  if (at?.ignored) return `container ${at.name} is not ready, and is one of ignore-containers`
  return at
    ? `container ${at.name} is ${at.state}${at.reason ? ` (${at.reason})` : ''}`
    : 'it has not started'
}

const LONGEST = 600

/** A diagnosis as one line for people, without a full stop. */
export function sentenceOf({ reason, pod, container, exitCode, said: all }: Diagnosis): string {
  const line = all.replace(/[\p{Cc}\s]+/gu, ' ').trim()
  const said = line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line.replace(/\.$/, '')
  const where = [pod && `pod ${pod}`, container && `container ${container}`].filter(Boolean).join(', ')
  const code = exitCode === undefined ? '' : ` (exit code ${exitCode})`
  return `${reason}${code}${where ? ` in ${where}` : ''}${said ? `: ${said}` : ''}`
}

/**
 * Whether a failure is the model's own: its server exited or was killed for memory. Everything else may pass on a retry:
 * a download that failed, a sidecar, a probe, which may just have been too short for a slow node, and what a trial lacked.
 */
export function isModelsFault({ reason, init, sidecar, probe, unlike, unexplained }: Diagnosis): boolean {
  if (init || sidecar || probe || unlike) return false
  return reason === 'OOMKilled' || (reason === 'CrashLoopBackOff' && !unexplained)
}
