import {
  findRefusedExit,
  findRepeatedRefusal,
  type LogLine,
  type RefusedConnection,
} from '../../../domain/rollout/refused-connection.ts'
import type { ObservedContainer, WorkloadStatus } from '../../../domain/rollout/workload-status.ts'
import type { Kubectl } from '../client/kubectl.ts'
import { withTimeout } from './evidence.ts'

/** Milliseconds that an init container runs before its log is read: most have ended by then. */
const FIRST_READ_MS = 10_000
const READ_INTERVAL_MS = 5000
const READ_TIMEOUT_MS = 5000
const MAX_LOG_LINES = 200

/**
 * Adds to an init container of the first new pod that its connection is refused, by its log. A log that cannot be read adds
 * nothing.
 */
export function createInitLogReader(
  kubectl: Pick<Kubectl, 'run'>,
): (status: WorkloadStatus) => Promise<WorkloadStatus> {
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
