import type { LivePod } from '../release/live-release.ts'
import type { RefusedConnection } from './refused-connection.ts'

/** A container of a pod, as the kubelet last reported it. */
export interface ObservedContainer {
  name: string
  /** Runs to its end before the others start. A sidecar (an init container that always restarts) is not one of these. */
  init: boolean
  /** Runs the model: it names the version, or is the only main container. */
  servesModel: boolean
  /** Listed in `ignore-containers`: it never fails a rollout. */
  ignored: boolean
  /** Without a readiness probe, ready only means started. */
  hasReadinessProbe: boolean
  hasMemoryLimit: boolean
  ready: boolean
  restarts: number
  state: 'waiting' | 'running' | 'terminated'
  /** Of the waiting or terminated state: "ImagePullBackOff", "CrashLoopBackOff", "Error", ... */
  reason: string
  message: string
  /** Of the current termination, or of the last one before a restart. */
  exitCode: number | undefined
  /** "OOMKilled", "Error", ... of the same termination. */
  terminationReason: string
  terminationMessage: string
  /** Of the same termination: ISO 8601, by the node's clock; empty: none. */
  finishedAt: string
  /** Milliseconds from start to end of the same run; undefined: none, or unknown. */
  lastRunMs?: number | undefined
  /** Of an init container, by its log. */
  refusedConnection?: RefusedConnection | undefined
}

/** How often the container has terminated. While it is down, one restart is still to come. */
export function countTerminations({ restarts, state, reason }: ObservedContainer): number {
  const isDown = state === 'terminated' || (state === 'waiting' && reason === 'CrashLoopBackOff')
  return isDown ? restarts + 1 : restarts
}

/** A pod of the workload. */
export interface ObservedPod extends LivePod {
  /** Differs from that of an earlier pod of the same name, as a StatefulSet gives it. */
  uid?: string
  /** Has the newest pod template (newest ReplicaSet, update revision). */
  updated: boolean
  /** By the API server's clock: ISO 8601. It distinguishes pods that are older than others. */
  createdAt?: string | undefined
  /** Why the scheduler found no node, if it reported a reason. */
  unschedulable: string | undefined
  /** Scheduling gates that hold the pod back. */
  schedulingGates?: readonly string[]
  /** Readiness gates that are not true, each with its state. They matter once the containers are ready. */
  readinessGates?: readonly string[]
  /** Resources that its containers request. */
  requests?: readonly string[]
  /** An event says why its containers have not started. */
  startFailure?: PodEvent | undefined
  /** Why the pod has ended, or is being deleted. */
  end?: PodEnd | undefined
  containers: readonly ObservedContainer[]
}

/** Why a pod serves no more. */
export interface PodEnd {
  kind: 'ended' | 'terminating'
  /** Of the pod, not of a container: "Evicted", "OutOfcpu", "NodeShutdown", ... or its phase; empty: a plain deletion. */
  reason: string
  message: string
  /** Since when it is being deleted; empty: unknown. */
  since: string
  /** What must be removed before Kubernetes deletes it. */
  finalizers: readonly string[]
}

/** An event about a pod. */
export interface PodEvent {
  reason: string
  message: string
  /** When it was last seen; empty: unknown. */
  last: string
}

/** Whether the kubelet still prepares the volumes or the image of a container. */
export function isStarting({ state, reason }: ObservedContainer): boolean {
  return state === 'waiting' && /^(ContainerCreating|PodInitializing|)$/.test(reason)
}

/** Whether the kubelet still prepares a pod. */
export function isPodStarting({ ready, containers }: ObservedPod): boolean {
  return !ready && containers.some(isStarting)
}

/** A condition of the workload, set by its controller. */
export interface WorkloadCondition {
  type: string
  status: string
  reason: string
  message: string
}

/** Why a controller does not replace pods. */
export type RolloutBlocker = 'paused' | 'on-delete' | 'partition'

/** One observation of the workload. */
export interface WorkloadStatus {
  /** kind/name */
  workload: string
  namespace: string
  /** Pods that its spec asks for. */
  desired: number
  /** The controller has seen the newest spec. Until then, `updated` and the pods are about the previous one. */
  generationObserved: boolean
  /** Name of the newest pod template (ReplicaSet, ControllerRevision); undefined: none yet. */
  template: string | undefined
  /** Pods ready for the workload's minReadySeconds; undefined: it sets none. */
  available: number | undefined
  blocker: RolloutBlocker | undefined
  conditions: readonly WorkloadCondition[]
  /** Why the controller could not create pods (quota, a webhook), if it reported a reason. */
  createFailure: string | undefined
  /** Without those that have ended or are being deleted. */
  pods: readonly ObservedPod[]
  /** The newest pods that have ended or are being deleted. */
  inactivePods: readonly ObservedPod[]
}

/**
 * Whether the rollout is complete: the controller has seen the newest spec, all desired pods have its template and are
 * ready, and no older pod is left. A workload scaled to zero is never complete.
 */
export function isRolloutComplete({ generationObserved, desired, pods }: WorkloadStatus): boolean {
  return (
    generationObserved &&
    desired > 0 &&
    pods.length === desired &&
    pods.every((pod) => pod.updated && pod.ready)
  )
}

/**
 * Whether this observation verifies a version (undefined: any): the rollout is complete, the pods are available, and every
 * pod serves the version. A paused Deployment verifies nothing: its pods may have an older template.
 */
export function isVerified(status: WorkloadStatus, version: string | undefined): boolean {
  const { available, desired, blocker, pods } = status
  return (
    isRolloutComplete(status) &&
    (available === undefined || available >= desired) &&
    blocker !== 'paused' &&
    pods.every((pod) => isServing(pod, version))
  )
}

/** Whether the pod is ready and serves this version (undefined: any). */
export function isServing(pod: ObservedPod, version: string | undefined): boolean {
  return pod.ready && (version === undefined || pod.version === version)
}

/**
 * Whether every container has a readiness probe. A container without one is ready as soon as its process starts, and a
 * sidecar that crashes and restarts makes its pod ready for moments.
 */
export function hasReadinessProbes({ pods }: WorkloadStatus): boolean {
  return pods.every(({ containers }) => {
    const main = containers.filter(({ init }) => !init)
    return main.length > 0 && main.every(({ hasReadinessProbe }) => hasReadinessProbe)
  })
}

const BLOCKER_DESCRIPTIONS: Record<RolloutBlocker, string> = {
  paused: 'it is paused (spec.paused), so its pods are not replaced until it is resumed',
  'on-delete': 'its update strategy is OnDelete, so a pod is only replaced when it is deleted',
  partition: 'its update strategy has a partition, so the pods below that number are not replaced',
}

/** Why pods of the previous revision may stay. */
export function describeBlocker({ workload, blocker }: WorkloadStatus): string | undefined {
  return blocker && `${workload}: ${BLOCKER_DESCRIPTIONS[blocker]}`
}

/** The progress of a rollout, as one line for the log. */
export function describeProgress(status: WorkloadStatus): string {
  const { desired, pods, blocker } = status
  const updated = pods.filter((pod) => pod.updated)
  const old = pods.length - updated.length
  const ready = updated.filter((pod) => pod.ready).length
  const cause = old > 0 || blocker === 'paused' ? describeBlocker(status) : undefined
  return `${ready} of ${desired} new pods ready${old > 0 ? `, ${old} old left` : ''}${cause ? ` (${cause})` : ''}`
}
