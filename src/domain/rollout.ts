import type { LivePod } from './live.ts'

/** One container of a pod, as the kubelet last reported it. */
export interface ContainerSeen {
  name: string
  /** It runs to its end before the others start. A sidecar (an init container that is always restarted) is none of these. */
  init: boolean
  /** Whether the model runs in it: it names the version, or is the only main container. */
  serves: boolean
  /** Named by `ignore-containers`: what becomes of it neither ends a rollout nor is blamed. */
  ignored: boolean
  /** It has a readiness probe, so that ready means more than started. */
  probed: boolean
  ready: boolean
  restarts: number
  state: 'waiting' | 'running' | 'terminated'
  /** Of the waiting or terminated state: "ImagePullBackOff", "CrashLoopBackOff", "Error", ... */
  reason: string
  message: string
  /** Of this end, or of the one before the restart. */
  exitCode: number | undefined
  /** "OOMKilled", "Error", ... of that same end. */
  endReason: string
  endMessage: string
  /** When that was, ISO 8601, by the node's clock; empty where it has not ended yet. */
  endedAt: string
}

/** How often it has ended: a container that is down has ended once more often than it was restarted. */
export function ends({ restarts, state, reason }: ContainerSeen): number {
  const down = state === 'terminated' || (state === 'waiting' && reason === 'CrashLoopBackOff')
  return down ? restarts + 1 : restarts
}

/** A pod of the workload that is neither finished nor being deleted. */
export interface PodSeen extends LivePod {
  /** Of the newest pod template (newest ReplicaSet, update revision). */
  fresh: boolean
  /** Why the scheduler found no node, where it said so. */
  unschedulable: string | undefined
  containers: readonly ContainerSeen[]
}

/** A condition of the workload, as its controller has set it. */
export interface ConditionSeen {
  type: string
  status: string
  reason: string
  message: string
}

/** Why a controller does not replace pods by itself. */
export type Held = 'paused' | 'on-delete' | 'partition'

/** One look at the workload. */
export interface Observation {
  /** kind/name */
  workload: string
  namespace: string
  /** Pods that its spec asks for. */
  desired: number
  /** The controller has seen the newest spec: only then are `fresh` and the pods about it. */
  observed: boolean
  /** Name of the newest pod template (ReplicaSet, ControllerRevision); undefined where there is none yet. */
  template: string | undefined
  /** Pods that have been ready for the workload's minReadySeconds; undefined where it asks for none. */
  available: number | undefined
  held: Held | undefined
  conditions: readonly ConditionSeen[]
  /** Why the controller could not create pods (quota, a webhook), where it said so. */
  createFailure: string | undefined
  pods: readonly PodSeen[]
}

/**
 * Whether the rollout is over: the controller has seen the newest spec, as many pods as asked for have its template and
 * are ready, no pod of an older one is left, and there is at least one (a workload scaled to zero proves nothing).
 */
export function settled({ observed, desired, pods }: Observation): boolean {
  return observed && desired > 0 && pods.length === desired && pods.every((pod) => pod.fresh && pod.ready)
}

/**
 * Settled, available for as long as the workload wants, and every pod serves this version (undefined: whichever). Of a
 * paused Deployment nobody can say which template its pods should have.
 */
export function proven(observation: Observation, version: string | undefined): boolean {
  const { available, desired, held, pods } = observation
  const lasts = available === undefined || available >= desired
  return settled(observation) && lasts && held !== 'paused' && pods.every((pod) => serves(pod, version))
}

/** Ready, and serving this version (undefined: whichever). */
export function serves(pod: PodSeen, version: string | undefined): boolean {
  return pod.ready && (version === undefined || pod.version === version)
}

/**
 * Whether being ready says something at all: each container of each pod has a readiness probe. Without one a container is
 * ready the moment its process starts, and a sidecar that is ended and started again makes its pod ready for moments.
 */
export function isProbed({ pods }: Observation): boolean {
  return pods.every(({ containers }) => {
    const main = containers.filter(({ init }) => !init)
    return main.length > 0 && main.every(({ probed }) => probed)
  })
}

const HELD: Record<Held, string> = {
  paused: 'it is paused (spec.paused), so its pods are not replaced before someone resumes it',
  'on-delete': 'its update strategy is OnDelete, so a pod is only replaced when someone deletes it',
  partition: 'its update strategy has a partition, so the pods below that number are not replaced',
}

/** Why pods of the revision before may stay, in words. */
export function heldBack({ workload, held }: Observation): string | undefined {
  return held && `${workload}: ${HELD[held]}`
}

/** How far a rollout is, as one line for the log. */
export function progress(observation: Observation): string {
  const { desired, pods } = observation
  const fresh = pods.filter((pod) => pod.fresh)
  const old = pods.length - fresh.length
  const ready = fresh.filter((pod) => pod.ready).length
  const waits = old > 0 || observation.held === 'paused' ? heldBack(observation) : undefined
  return `${ready} of ${desired} new pods ready${old > 0 ? `, ${old} old still there` : ''}${waits ? ` (${waits})` : ''}`
}
