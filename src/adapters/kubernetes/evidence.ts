import type { Observation, PodSeen } from '../../domain/rollout.ts'
import { type ContainerLog, isProbeKill, type WarningEvent } from '../../domain/rollout-evidence.ts'
import { unstyled } from '../../domain/rollout-redaction.ts'
import { inTime } from './in-time.ts'
import type { Kubectl } from './kubectl.ts'
import { event, type KubernetesEvent, listOf } from './objects.ts'

const LINES = 30
const BYTES = 16 * 1024
/** Pods of one template mostly fail for one reason, so a few tell it. */
const PODS = 3
const EVENTS = 20
/** Milliseconds for all of it: evidence must not eat the time of the way back. */
const LONGEST = 15_000

export interface Traces {
  logs: ContainerLog[]
  /** Undefined where they could not all be read. */
  events: WarningEvent[] | undefined
  /** What could not be read, and why. */
  gaps: string[]
}

interface Reading<T> {
  what: string
  read: Promise<T>
}

/** Logs and Warning events of the newest pods and of what makes them. What cannot be read, or not in time, is a gap, never a reason to fail. */
export async function collect(
  kubectl: Kubectl,
  seen: Observation,
  withLogs: boolean,
  longest = LONGEST,
): Promise<Traces> {
  const failing = seen.pods
    .filter(({ fresh }) => fresh)
    .sort((one, other) => Number(one.ready) - Number(other.ready))
  const place = ['--namespace', seen.namespace]
  const logs = withLogs ? failing.slice(0, PODS).flatMap((pod) => logsOf(kubectl, pod, place)) : []
  const events = ['type=Warning', 'reason=Killing'].map((selector) => ({
    what: `events (${selector})`,
    read: eventsOf(kubectl, selector, place),
  }))
  const gaps: string[] = []
  const [texts, found] = await Promise.all([readOf(logs, longest, gaps), readOf(events, longest, gaps)])
  const isWhole = found.length === events.length
  return { logs: texts, events: isWhole ? about(seen, found.flat()) : undefined, gaps }
}

/** What was read in time; of the rest, gaps. */
async function readOf<T>(readings: readonly Reading<T>[], longest: number, gaps: string[]): Promise<T[]> {
  const got = await Promise.all(
    readings.map(({ what, read }) =>
      inTime(read, longest).catch((error: unknown) => {
        gaps.push(`${what}: ${error instanceof Error ? error.message : String(error)}`)
        return undefined
      }),
    ),
  )
  return got.filter((each) => each !== undefined)
}

function logsOf(kubectl: Kubectl, pod: PodSeen, place: readonly string[]): Reading<ContainerLog>[] {
  const started = pod.containers.filter(
    ({ state, exitCode }) => state !== 'waiting' || exitCode !== undefined,
  )
  return started.flatMap(({ name, restarts }) =>
    (restarts > 0 ? [false, true] : [false]).map((previous) => {
      const flags = [`--tail=${LINES}`, `--limit-bytes=${BYTES}`, ...(previous ? ['--previous'] : [])]
      const read = kubectl.run(['logs', pod.name, '--container', name, ...flags, ...place]).then((text) => {
        // The kubelet says in the log itself, and with success, that the container's log is gone.
        if (/^unable to retrieve container logs for \S+$/.test(text.trim())) throw new Error(text.trim())
        return { pod: pod.name, container: name, previous, text }
      })
      return { what: `log of pod ${pod.name}, container ${name}${previous ? ' (previous)' : ''}`, read }
    }),
  )
}

async function eventsOf(
  kubectl: Kubectl,
  selector: string,
  place: readonly string[],
): Promise<KubernetesEvent[]> {
  return listOf(event).parse(await kubectl.get(['events', '--field-selector', selector, ...place])).items
}

/** The newest of those that tell of this rollout. Events outlive their pods, so those of earlier ones are still told. */
function about(seen: Observation, events: readonly KubernetesEvent[]): WarningEvent[] {
  const names = new Set([seen.workload.split('/')[1], seen.template])
  const fresh = new Set(seen.pods.filter((pod) => pod.fresh).map(({ name }) => name))
  return events
    .filter(({ involvedObject: { kind, name } }) => (kind === 'Pod' ? fresh : names).has(name))
    .filter(({ type, message }) => type === 'Warning' || isProbeKill(message))
    .map(({ involvedObject, reason, message, count, lastTimestamp, eventTime }) => ({
      object: `${involvedObject.kind}/${involvedObject.name}`,
      container: /\{(.+)\}$/.exec(involvedObject.fieldPath)?.[1],
      reason,
      message: unstyled(message),
      count: count ?? 1,
      last: lastTimestamp ?? eventTime ?? '',
    }))
    .sort((one, other) => one.last.localeCompare(other.last))
    .slice(-EVENTS)
}
