import type { ContainerSeen, Observation, PodSeen } from './rollout.ts'

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
  'NoReplicas',
  'Overtaken',
  'OldPodsRemain',
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
  exitCode?: number
  /** What the kubelet, the scheduler or Helm said of it; may be empty. */
  said: string
}

const IMAGE =
  /^(ImagePullBackOff|ErrImagePull|ErrImageNeverPull|InvalidImageName|ImageInspectError|RegistryUnavailable)$/
const CONFIG = /^(CreateContainerConfigError|CreateContainerError|RunContainerError)$/
/** An image that is not there with pullPolicy Never, or a name that is none: no second look will find it. */
const NEVER_AN_IMAGE = /^(ErrImageNeverPull|InvalidImageName)$/

/**
 * The first cause of a rollout that is not proven, looked for in the newest pods only: an old pod that crashes says
 * nothing of a new model. Causes that explain others go first.
 */
export function diagnose(observation: Observation, version: string | undefined): Diagnosis {
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
  if (old && fresh.length >= observation.desired)
    return { reason: 'OldPodsRemain', pod: old.name, said: 'pods of the revision before are still there' }
  return { reason: 'Timeout', said: `${fresh.length} of ${observation.desired} new pods are there` }
}

function podFailure(pod: PodSeen, version: string | undefined): Diagnosis | undefined {
  if (pod.ready)
    return version === undefined || pod.version === version
      ? undefined
      : { reason: 'WrongVersion', pod: pod.name, said: wrongVersion(pod.version, version) }
  for (const container of pod.containers) {
    const failure = containerFailure(pod.name, container)
    if (failure) return failure
  }
  if (pod.unschedulable) return { reason: 'Unschedulable', pod: pod.name, said: pod.unschedulable }
  const waiting = pod.containers.find(({ init, state, ready }) => !init && state === 'running' && !ready)
  if (waiting)
    return {
      reason: 'ReadinessProbeFailed',
      pod: pod.name,
      container: waiting.name,
      said: 'it runs, but is not ready',
    }
  return { reason: 'Timeout', pod: pod.name, said: startingAt(pod) }
}

function containerFailure(pod: string, container: ContainerSeen): Diagnosis | undefined {
  const { name, init, ready, state, reason, message, exitCode, endReason, endMessage } = container
  if (ready || (init && state === 'terminated' && exitCode === 0)) return undefined
  const at = { pod, container: name, init }
  if (state === 'waiting' && IMAGE.test(reason))
    return { reason: 'ImagePullBackOff', ...at, said: `${reason}: ${message}` }
  if (state === 'waiting' && CONFIG.test(reason))
    return { reason: 'CreateContainerConfigError', ...at, said: `${reason}: ${message}` }
  if (exitCode === undefined || (exitCode === 0 && !failedAgain(container))) return undefined
  const end = { ...at, exitCode, said: endMessage || endReason }
  if (endReason === 'OOMKilled') return { reason: 'OOMKilled', ...end }
  return { reason: init ? 'InitContainerFailed' : 'CrashLoopBackOff', ...end }
}

/** A server that ends, with whatever code, and is started again and again, is down. */
function failedAgain({ state, reason, init }: ContainerSeen): boolean {
  return !init && (state === 'terminated' || reason === 'CrashLoopBackOff')
}

function wrongVersion(serves: string | undefined, wanted: string): string {
  return serves === undefined
    ? `it names no model version, ${wanted} was asked for; see the input version-from`
    : `it serves version ${serves}, ${wanted} was asked for`
}

function startingAt({ containers }: PodSeen): string {
  const [at] = containers.filter(({ ready, state }) => !ready && state !== 'terminated')
  return at
    ? `container ${at.name} is ${at.state}${at.reason ? ` (${at.reason})` : ''}`
    : 'it has not started'
}

/**
 * A failure that waiting will not mend: no new pod is ready, and one crashed and was restarted twice, has an image that
 * cannot be, or serves another version. Never for a slow start, a pull or a full cluster, which end by themselves.
 */
export function doomed(observation: Observation, version: string | undefined): Diagnosis | undefined {
  if (!observation.observed) return undefined
  const fresh = observation.pods.filter((pod) => pod.fresh)
  if (fresh.some((pod) => pod.ready && (version === undefined || pod.version === version))) return undefined
  for (const pod of fresh) {
    const failure = podFailure(pod, version)
    if (!failure) continue
    if (failure.reason === 'WrongVersion') return failure
    const container = pod.containers.find(({ name }) => name === failure.container)
    const crashed = failure.exitCode !== undefined && (container?.restarts ?? 0) >= 2
    if (crashed || NEVER_AN_IMAGE.test(container?.reason ?? '')) return failure
  }
  return undefined
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

/** Whether a failure is the model's own: its server exited or was killed for memory. Everything else may pass on a retry. */
export function isModelsFault({ reason, init }: Diagnosis): boolean {
  return !init && (reason === 'CrashLoopBackOff' || reason === 'OOMKilled')
}
