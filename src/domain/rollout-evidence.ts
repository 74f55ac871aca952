import type { Observation } from './rollout.ts'
import type { Diagnosis } from './rollout-failure.ts'
import { redact } from './rollout-redaction.ts'

export interface ContainerLog {
  pod: string
  container: string
  /** Of the run before the last restart. */
  previous: boolean
  /** The last lines. */
  text: string
}

export interface WarningEvent {
  /** Kind/name */
  object: string
  reason: string
  message: string
  count: number
  last: string
}

/** What was seen of a failed rollout, or of a version that an alert named, before anything was taken back. */
export interface Evidence {
  /** ISO 8601, UTC. */
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
  const lines = own.map(({ text }) => text.trimEnd().split('\n').at(-1)?.trim())
  return lines.find((line) => line)
}
