import { setTimeout as sleep } from 'node:timers/promises'
import { errorMessage } from '../../../domain/core/errors.ts'
import { type ContainerLog, type EvidenceEvent, isProbeKill } from '../../../domain/rollout/evidence.ts'
import { stripAnsi } from '../../../domain/rollout/redaction.ts'
import {
  isPodStarting,
  type ObservedPod,
  type PodEvent,
  type WorkloadStatus,
} from '../../../domain/rollout/workload-status.ts'
import type { Kubectl } from '../client/kubectl.ts'
import { event, type KubernetesEvent, listSchema } from '../client/objects.ts'

const MAX_LOG_LINES = 30
const MAX_LOG_BYTES = 16 * 1024
/** Pods of one template mostly fail for one reason. */
const MAX_PODS = 3
const MAX_EVENTS = 20
/** Milliseconds for all reads: evidence must not delay the rollback. */
const COLLECT_TIMEOUT_MS = 15_000

export type LogsAndEvents = Awaited<ReturnType<typeof collectLogsAndEvents>>

/**
 * Collects the logs of the newest pods, and the events of these pods and of their owners: Warnings, killed containers and
 * images that are being pulled. A read that fails or times out is a gap, never an error.
 */
export async function collectLogsAndEvents(
  kubectl: Kubectl,
  status: WorkloadStatus,
  timeoutMs = COLLECT_TIMEOUT_MS,
) {
  const newestPods = [...status.pods, ...status.inactivePods]
    .filter(({ updated }) => updated)
    .sort((one, other) => Number(one.ready) - Number(other.ready))
  const pulls = newestPods.some(isPodStarting) ? ['reason=Pulling', 'reason=Pulled'] : []
  const place = ['--namespace', status.namespace]
  const gaps: string[] = []
  /** Returns what was read in time, and adds the rest to `gaps`. */
  const tryRead = <T>(what: string, read: Promise<T>): Promise<T | undefined> =>
    withTimeout(read, timeoutMs).catch((error: unknown) => {
      gaps.push(`${what}: ${errorMessage(error)}`)
      return undefined
    })
  const readLog = ({ pod, container, previous }: Omit<ContainerLog, 'text'>) => {
    const flags = [`--tail=${MAX_LOG_LINES}`, `--limit-bytes=${MAX_LOG_BYTES}`]
    const args = ['logs', pod, '--container', container, ...flags, ...(previous ? ['--previous'] : [])]
    const read = kubectl.run([...args, ...place]).then((text) => {
      // For a log that is gone, the kubelet returns this text with success.
      if (/^unable to retrieve container logs for \S+$/.test(text.trim())) throw new Error(text.trim())
      return { pod, container, previous, text }
    })
    return tryRead(`log of pod ${pod}, container ${container}${previous ? ' (previous)' : ''}`, read)
  }
  const readEvents = (selector: string) => {
    const read = kubectl.get(['events', '--field-selector', selector, ...place])
    return tryRead(
      `events (${selector})`,
      read.then((list) => listSchema(event).parse(list).items),
    )
  }
  const [logs, events] = await Promise.all([
    Promise.all(newestPods.slice(0, MAX_PODS).flatMap(listLogs).map(readLog)),
    Promise.all(['type=Warning', 'reason=Killing', ...pulls].map(readEvents)),
  ])
  const found = events.filter((each) => each !== undefined)
  return {
    logs: logs.filter((each) => each !== undefined),
    /** Undefined where they could not all be read. */
    events: found.length === events.length ? selectRelevantEvents(status, found.flat()) : undefined,
    /** What could not be read, with the error. */
    gaps,
  }
}

/** The logs of the containers that have started: also the previous one of a container that was restarted. */
function listLogs({ name: pod, containers }: ObservedPod): Omit<ContainerLog, 'text'>[] {
  return containers
    .filter(({ state, exitCode }) => state !== 'waiting' || exitCode !== undefined)
    .flatMap(({ name: container, restarts }) =>
      (restarts > 0 ? [false, true] : [false]).map((previous) => ({ pod, container, previous })),
    )
}

/** The newest events of this rollout. Events outlive their pods, so there are some of earlier rollouts. */
function selectRelevantEvents(status: WorkloadStatus, events: readonly KubernetesEvent[]): EvidenceEvent[] {
  const names = new Set([status.workload.split('/')[1], status.template])
  const pods = [...status.pods.filter((pod) => pod.updated), ...status.inactivePods]
  const newestPods = new Map(pods.map(({ name, uid }) => [name, uid]))
  // A pod of a StatefulSet has the name of the one before it.
  const isOfNewPod = (name: string, uid: string) =>
    newestPods.has(name) && [uid, undefined].includes(newestPods.get(name))
  return events
    .filter(({ involvedObject: { kind, name, uid } }) =>
      kind === 'Pod' ? isOfNewPod(name, uid) : names.has(name),
    )
    .filter(
      ({ type, reason, message }) =>
        type === 'Warning' || isProbeKill(message) || reason === 'Pulling' || reason === 'Pulled',
    )
    .map((each) => ({
      object: `${each.involvedObject.kind}/${each.involvedObject.name}`,
      container: /\{(.+)\}$/.exec(each.involvedObject.fieldPath)?.[1],
      ...toPodEvent(each),
      count: each.count ?? 1,
    }))
    .sort((one, other) => one.last.localeCompare(other.last))
    .slice(-MAX_EVENTS)
}

/** All events of a pod, oldest first. */
export async function readPodEvents(
  kubectl: Pick<Kubectl, 'get'>,
  namespace: string,
  pod: string,
): Promise<KubernetesEvent[]> {
  const about = `involvedObject.kind=Pod,involvedObject.name=${pod}`
  const list = await kubectl.get(['events', '--field-selector', about, '--namespace', namespace])
  return listSchema(event)
    .parse(list)
    .items.sort((one, other) => lastSeen(one).localeCompare(lastSeen(other)))
}

export function toPodEvent(event: KubernetesEvent): PodEvent {
  return { reason: event.reason, message: stripAnsi(event.message), last: lastSeen(event) }
}

function lastSeen({ lastTimestamp, eventTime }: KubernetesEvent): string {
  return lastTimestamp ?? eventTime ?? ''
}

/** @throws Error where the read takes longer than `timeoutMs` milliseconds */
export function withTimeout<T>(read: Promise<T>, timeoutMs: number): Promise<T> {
  const timeout = sleep(timeoutMs, undefined, { ref: false }).then(() => {
    throw new Error(`not read within ${timeoutMs / 1000} s`)
  })
  return Promise.race([read, timeout])
}
