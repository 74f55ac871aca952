import { type Diagnosis, diagnoseStartFailure, mayBeModelFault } from './diagnosis.ts'
import { findFaultSource } from './fault-source.ts'
import { redact, stripAnsi } from './redaction.ts'
import type { PodEvent, WorkloadStatus } from './workload-status.ts'

export interface ContainerLog {
  pod: string
  container: string
  /** Of the run before the last restart. */
  previous: boolean
  /** The last lines. */
  text: string
}

/** A Warning event, or one about a pulled image or a container that its probe killed. */
export interface EvidenceEvent extends PodEvent {
  /** Kind/name */
  object: string
  /** The container of the pod that the event is about, if it names one. */
  container: string | undefined
  count: number
}

/** What was observed of a failed rollout, or of a bad version, before it was rolled back. */
export interface Evidence {
  /** Time of the observation: ISO 8601, UTC. Logs and events are read later. */
  at: string
  release: string
  namespace: string
  revision: number | undefined
  model: string
  version: string
  /** Undefined: the pods are ready. */
  diagnosis: Diagnosis | undefined
  observation: WorkloadStatus | undefined
  logs: readonly ContainerLog[]
  events: readonly EvidenceEvent[]
  /** What could not be read, and why. */
  gaps: readonly string[]
}

/** The same evidence with every secret masked that `redact` finds. */
export function redactEvidence(evidence: Evidence): Evidence {
  return JSON.parse(JSON.stringify(evidence), (_key, value) =>
    typeof value === 'string' ? redact(value) : value,
  )
}

/** The last log line of the container that failed; undefined: none. */
export function lastLogLine({ diagnosis, logs }: Evidence): string | undefined {
  if (!diagnosis) return undefined
  const own = logs.filter(({ pod, container }) => pod === diagnosis.pod && container === diagnosis.container)
  const lines = own.map(({ text }) => stripAnsi(text).trimEnd().split('\n').at(-1)?.trim())
  return lines.find((line) => line)
}

/**
 * Adds to a diagnosis which probe failed, or what a pod that does not start is waiting for.
 * @param events undefined: they could not be read
 */
export function addEventDetails(
  diagnosis: Diagnosis,
  events: readonly EvidenceEvent[] | undefined,
): Diagnosis {
  if (!events) return { ...diagnosis, eventsUnavailable: true }
  const { reason, pod, container, message } = diagnosis
  if (pod === undefined) return diagnosis
  const ofPod = events.filter(({ object }) => object === `Pod/${pod}`)
  const ofContainer = ofPod.filter((event) => event.container === undefined || event.container === container)
  const unhealthy = (probe: RegExp) =>
    ofContainer.findLast((event) => event.reason === 'Unhealthy' && probe.test(event.message))?.message
  const kill = ofContainer.findLast(
    (event) => isProbeKill(event.message) || event.reason === 'FailedPostStartHook',
  )?.message
  if (reason === 'CrashLoopBackOff' && kill) {
    const messages = [kill, unhealthy(/^(Liveness|Startup) probe/)].filter(Boolean)
    return { ...diagnosis, killedByProbe: true, message: messages.join('; ') }
  }
  if (reason === 'ReadinessProbeFailed')
    return { ...diagnosis, message: unhealthy(/^(Readiness|Startup) probe/) ?? message }
  const hasExited = diagnosis.exitCode !== undefined
  const start = !hasExited && /^(Timeout|HookFailed)$/.test(reason) ? explainStart(ofPod) : undefined
  if (!start) return diagnosis
  const cause = diagnoseStartFailure(start)
  return {
    ...diagnosis,
    message: `${message}; ${cause.message}`,
    ...(reason === 'Timeout' && { reason: cause.reason }),
  }
}

/** Events after which a pod goes on to start. */
const PROGRESS = /^(Scheduled|SuccessfulAttachVolume|Pulled|Created|Started)$/
/** Warnings that say why a pod does not start. Others, such as MissingClusterDNS, explain nothing. */
const OBSTACLE = /^Failed|^(NetworkNotReady|NodeNotReady|BackOff|InspectFailed|Preempting|Evicted)/

/**
 * What the newest event of a pod says about its start: an image is being pulled, or an obstacle; undefined: neither.
 * @param events of one pod, oldest first
 */
export function explainStart(events: readonly PodEvent[]): PodEvent | undefined {
  const newest = events.findLast(
    ({ reason }) => reason === 'Pulling' || PROGRESS.test(reason) || OBSTACLE.test(reason),
  )
  if (!newest || PROGRESS.test(newest.reason)) return undefined
  if (newest.reason !== 'Pulling') return newest
  const image = /^Pulling image (\S+)/.exec(newest.message)?.[1] ?? ''
  return { ...newest, message: `still pulling image ${image}${newest.last && ` since ${newest.last}`}` }
}

/** Adds whose fault an exit is, by the logs of the container that exited. */
export function addFaultSource(
  diagnosis: Diagnosis,
  observation: WorkloadStatus | undefined,
  logs: readonly ContainerLog[],
): Diagnosis {
  if (!mayBeModelFault(diagnosis)) return diagnosis
  const { pod, container, reason, exitCode, message } = diagnosis
  const { containers = [] } = observation?.pods.find(({ name }) => name === pod) ?? {}
  const { hasMemoryLimit = true } = containers.find(({ name }) => name === container) ?? {}
  const own = logs.filter((log) => log.pod === pod && log.container === container)
  const faultSource = findFaultSource({ exitCode, reason, hasMemoryLimit }, [
    message,
    ...own.map(({ text }) => stripAnsi(text)),
  ])
  return faultSource ? { ...diagnosis, faultSource } : diagnosis
}

/** "Container serve failed liveness probe, will be restarted" */
export function isProbeKill(message: string): boolean {
  return /failed (liveness|startup) probe/.test(message)
}
