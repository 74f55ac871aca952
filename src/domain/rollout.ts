import type { LivePod } from './live.ts'

/** One container of a pod, as the kubelet last reported it. */
export interface ContainerSeen {
  name: string
  init: boolean
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
}

/** A pod of the workload that is neither finished nor being deleted. */
export interface PodSeen extends LivePod {
  /** Of the newest pod template (newest ReplicaSet, update revision). */
  fresh: boolean
  /** Why the scheduler found no node, where it said so. */
  unschedulable: string | undefined
  containers: readonly ContainerSeen[]
}

/** One look at the workload. */
export interface Observation {
  /** kind/name */
  workload: string
  namespace: string
  /** Pods that its spec asks for. */
  desired: number
  /** The controller has seen the newest spec: only then are `fresh` and the pods about it. */
  observed: boolean
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

/** Settled, and every pod serves this version (undefined: whichever). */
export function proven(observation: Observation, version: string | undefined): boolean {
  const serves = (pod: PodSeen) => version === undefined || pod.version === version
  return settled(observation) && observation.pods.every(serves)
}

/** How far a rollout is, as one line for the log. */
export function progress({ desired, pods }: Observation): string {
  const fresh = pods.filter((pod) => pod.fresh)
  const old = pods.length - fresh.length
  const ready = fresh.filter((pod) => pod.ready).length
  return `${ready} of ${desired} new pods ready${old > 0 ? `, ${old} old still there` : ''}`
}
