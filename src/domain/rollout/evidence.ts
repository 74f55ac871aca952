import type { Diagnosis } from './diagnosis.ts'
import { redact, stripAnsi } from './redaction.ts'
import type { WorkloadStatus } from './workload-status.ts'

export interface ContainerLog {
  pod: string
  container: string
  /** Of the run before the last restart. */
  previous: boolean
  /** The last lines. */
  text: string
}

/** A Warning event, or the event of a container that its probe killed. */
export interface WarningEvent {
  /** Kind/name */
  object: string
  /** The container of the pod that the event is about, if it names one. */
  container: string | undefined
  reason: string
  message: string
  count: number
  last: string
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
  events: readonly WarningEvent[]
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
  events: readonly WarningEvent[] | undefined,
): Diagnosis {
  if (!events) return { ...diagnosis, eventsUnavailable: true }
  const { reason, pod, container, message } = diagnosis
  if (pod === undefined) return diagnosis
  const ofPod = events.filter(({ object }) => object === `Pod/${pod}`)
  const ofContainer = ofPod.filter((event) => event.container === undefined || event.container === container)
  const unhealthy = (probe: RegExp) =>
    ofContainer.findLast((event) => event.reason === 'Unhealthy' && probe.test(event.message))?.message
  const kill = ofContainer.findLast((event) => isProbeKill(event.message))?.message
  if (reason === 'CrashLoopBackOff' && kill) {
    const messages = [kill, unhealthy(/^(Liveness|Startup) probe/)].filter(Boolean)
    return { ...diagnosis, killedByProbe: true, message: messages.join('; ') }
  }
  if (reason === 'ReadinessProbeFailed')
    return { ...diagnosis, message: unhealthy(/^(Readiness|Startup) probe/) ?? message }
  const last = ofPod.at(-1)
  if (reason !== 'Timeout' || !last) return diagnosis
  return { ...diagnosis, message: `${message}; ${last.reason}: ${last.message}` }
}

/** "Container serve failed liveness probe, will be restarted" */
export function isProbeKill(message: string): boolean {
  return /failed (liveness|startup) probe/.test(message)
}
