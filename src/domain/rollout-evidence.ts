import type { Observation } from './rollout.ts'
import type { Diagnosis } from './rollout-failure.ts'
import { redact, unstyled } from './rollout-redaction.ts'

export interface ContainerLog {
  pod: string
  container: string
  /** Of the run before the last restart. */
  previous: boolean
  /** The last lines. */
  text: string
}

/** A Warning, or the end of a container that did not answer its probe. */
export interface WarningEvent {
  /** Kind/name */
  object: string
  /** Of a pod, where the event is about one of them. */
  container: string | undefined
  reason: string
  message: string
  count: number
  last: string
}

/** What was seen of a failed rollout, or of a version that an alert named, before anything was taken back. */
export interface Evidence {
  /** When that was, before logs and events were asked for; ISO 8601, UTC. */
  at: string
  release: string
  namespace: string
  revision: number | undefined
  model: string
  version: string
  /** Why the pods are not up; undefined where they are, and serve badly. */
  diagnosis: Diagnosis | undefined
  observation: Observation | undefined
  logs: readonly ContainerLog[]
  events: readonly WarningEvent[]
  /** What could not be read, and why. */
  gaps: readonly string[]
}

/** The same evidence with every text in it freed of what looks like a secret. */
export function redacted(evidence: Evidence): Evidence {
  return JSON.parse(JSON.stringify(evidence), (_key, value) =>
    typeof value === 'string' ? redact(value) : value,
  )
}

/** The last thing that a failed container said, for the one line of the error; undefined where it said nothing. */
export function lastWords({ diagnosis, logs }: Evidence): string | undefined {
  if (!diagnosis) return undefined
  const own = logs.filter(({ pod, container }) => pod === diagnosis.pod && container === diagnosis.container)
  const lines = own.map(({ text }) => unstyled(text).trimEnd().split('\n').at(-1)?.trim())
  return lines.find((line) => line)
}

/**
 * A diagnosis with what the events add to it: which probe did not pass, or what a pod that does not start waits for.
 * @param events undefined where they could not be read
 */
export function explained(diagnosis: Diagnosis, events: readonly WarningEvent[] | undefined): Diagnosis {
  if (!events) return { ...diagnosis, unexplained: true }
  const { reason, pod, container } = diagnosis
  if (pod === undefined) return diagnosis
  const own = events.filter(({ object }) => object === `Pod/${pod}`)
  const ofContainer = own.filter((event) => event.container === undefined || event.container === container)
  const unhealthy = (probe: RegExp) =>
    ofContainer.findLast((event) => event.reason === 'Unhealthy' && probe.test(event.message))?.message
  const killed = ofContainer.findLast(({ message }) => isProbeKill(message))
  if (reason === 'CrashLoopBackOff' && killed)
    return {
      ...diagnosis,
      probe: true,
      said: [killed.message, unhealthy(/^(Liveness|Startup) probe/)].filter(Boolean).join('; '),
    }
  if (reason === 'ReadinessProbeFailed')
    return { ...diagnosis, said: unhealthy(/^(Readiness|Startup) probe/) ?? diagnosis.said }
  const last = own.at(-1)
  if (reason !== 'Timeout' || !last) return diagnosis
  return { ...diagnosis, said: `${diagnosis.said}; ${last.reason}: ${last.message}` }
}

/** "Container serve failed liveness probe, will be restarted" */
export function isProbeKill(message: string): boolean {
  return /failed (liveness|startup) probe/.test(message)
}
