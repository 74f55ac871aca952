import { explainStart } from '../../../domain/rollout/evidence.ts'
import { type LogDisclosure, sanitizeMessage } from '../../../domain/rollout/redaction.ts'
import {
  findRefusedExit,
  findRepeatedRefusal,
  type LogLine,
  type RefusedConnection,
} from '../../../domain/rollout/refused-connection.ts'
import {
  isPodStarting,
  type ObservedContainer,
  type PodEvent,
  type WorkloadStatus,
} from '../../../domain/rollout/workload-status.ts'
import type { Kubectl } from '../client/kubectl.ts'
import { readPodEvents, toPodEvent, withTimeout } from './evidence.ts'

/** Milliseconds that an init container runs before its log is read: most have ended by then. */
const FIRST_READ_MS = 10_000
const READ_INTERVAL_MS = 5000
const READ_TIMEOUT_MS = 5000
const MAX_LOG_LINES = 200

/** Returns the same status with more. */
export type StatusReader = (status: WorkloadStatus) => Promise<WorkloadStatus>

/**
 * Adds to the first new pod that is not ready what its status does not say: that the connection of an init container is
 * refused, by its log, and why its containers do not start, by its events. What cannot be read adds nothing.
 */
export function createStartupReader(
  kubectl: Pick<Kubectl, 'run' | 'get'>,
  disclosure: LogDisclosure = 'redacted',
): StatusReader {
  const readInitLog = createInitLogReader(kubectl)
  const readEvents = createEventReader(kubectl, disclosure)
  return async (status) => readEvents(await readInitLog(status))
}

/** Milliseconds that the kubelet prepares a pod before its events are read: most have started by then. */
const FIRST_EVENTS_MS = 5000

/** Adds why the containers of the first new pod do not start. */
function createEventReader(kubectl: Pick<Kubectl, 'get'>, disclosure: LogDisclosure): StatusReader {
  let current: string | undefined
  let nextRead = 0
  let failure: PodEvent | undefined
  return async (status) => {
    const pod = status.pods.find((each) => each.updated && isPodStarting(each))
    if (!pod) return status
    const now = Date.now()
    const key = pod.uid ?? pod.name
    if (key !== current) {
      current = key
      nextRead = now + FIRST_EVENTS_MS
      failure = undefined
    }
    if (now >= nextRead) {
      nextRead = now + READ_INTERVAL_MS
      const reading = readPodEvents(kubectl, status.namespace, pod.name)
      const events = await withTimeout(reading, READ_TIMEOUT_MS).catch(() => undefined)
      // An event of an earlier pod of the same name, as of a StatefulSet, says nothing about this one.
      const own = events?.filter(({ involvedObject: { uid } }) => [pod.uid, ''].includes(uid) || !pod.uid)
      const found = own && explainStart(own.map(toPodEvent))
      failure = found && { ...found, message: sanitizeMessage(found.message, disclosure) }
    }
    if (!failure) return status
    return {
      ...status,
      pods: status.pods.map((each) => (each === pod ? { ...each, startFailure: failure } : each)),
    }
  }
}

/** Adds to an init container of the first new pod that its connection is refused. */
function createInitLogReader(kubectl: Pick<Kubectl, 'run'>): StatusReader {
  let key = ''
  let nextRead = 0
  /** Time of the newest line at the last read; undefined before the first one. */
  let newest: number | undefined
  let refused: RefusedConnection | undefined
  const examine = (container: ObservedContainer, log: readonly LogLine[]): RefusedConnection | undefined => {
    if (hasFailed(container)) return findRefusedExit(log, container.lastRunMs ?? 0)
    const before = newest
    newest = log.at(-1)?.at ?? 0
    // After the last attempt, a silent download may have begun: only a log that grows shows that the attempts go on.
    return before !== undefined && newest > before ? findRepeatedRefusal(log) : undefined
  }
  return async (status) => {
    const pod = status.pods.find(({ updated, ready }) => updated && !ready)
    const container = pod?.containers.find(isCurrentInit)
    if (!pod || !container) return status
    const now = Date.now()
    const { name, restarts } = container
    const current = JSON.stringify([pod.name, name, restarts, hasFailed(container)])
    if (current !== key) {
      key = current
      // The log of a run that has ended is complete.
      nextRead = hasFailed(container) ? now : now + FIRST_READ_MS
      newest = undefined
      refused = undefined
    }
    if (now >= nextRead) {
      nextRead = hasFailed(container) ? Number.POSITIVE_INFINITY : now + READ_INTERVAL_MS
      const reading = readLog(kubectl, container, ['--namespace', status.namespace, pod.name])
      refused = examine(container, await withTimeout(reading, READ_TIMEOUT_MS).catch(() => []))
    }
    if (!refused) return status
    const marked = pod.containers.map((each) =>
      each === container ? { ...each, refusedConnection: refused } : each,
    )
    return {
      ...status,
      pods: status.pods.map((each) => (each === pod ? { ...each, containers: marked } : each)),
    }
  }
}

/** The init container that runs now, or that has failed and is restarted. */
function isCurrentInit(container: ObservedContainer): boolean {
  return container.init && !container.ignored && (container.state === 'running' || hasFailed(container))
}

function hasFailed({ exitCode }: ObservedContainer): boolean {
  return exitCode !== undefined && exitCode !== 0
}

/** Reads the log of the run that goes on, or of the one that has failed. */
async function readLog(
  kubectl: Pick<Kubectl, 'run'>,
  container: ObservedContainer,
  target: readonly string[],
): Promise<LogLine[]> {
  const previous = hasFailed(container) && container.state === 'running' ? ['--previous'] : []
  const flags = ['--container', container.name, '--timestamps', `--tail=${MAX_LOG_LINES}`, ...previous]
  const text = await kubectl.run(['logs', ...target, ...flags])
  return text.split('\n').flatMap((line) => {
    const [, time = '', rest = ''] = /^(\S+) (.*)$/.exec(line) ?? []
    const at = Date.parse(time)
    return Number.isNaN(at) ? [] : [{ at, text: rest }]
  })
}
