import { explainStart } from '../../../domain/rollout/evidence.ts'
import {
  createActivityTimer,
  findPodActivity,
  formatPodActivity,
  type PodActivity,
} from '../../../domain/rollout/pod-activity.ts'
import { type LogDisclosure, sanitizeLog, sanitizeMessage } from '../../../domain/rollout/redaction.ts'
import type { WorkloadStatus } from '../../../domain/rollout/workload-status.ts'
import type { Kubectl } from '../client/kubectl.ts'
import type { KubernetesEvent } from '../client/objects.ts'
import { readPodEvents, toPodEvent, withTimeout } from './evidence.ts'

/** Milliseconds for the reads of one report, which hold up the watch. */
const READ_TIMEOUT_MS = 5000

/** Reports what the first new pod does, at a modest rate. A detail that cannot be read is left out. */
export function createActivityReporter(
  kubectl: Pick<Kubectl, 'run' | 'get'>,
  disclosure: LogDisclosure | undefined = 'redacted',
  log: (line: string) => void,
): (status: WorkloadStatus) => Promise<void> {
  const timer = createActivityTimer()
  return async (status) => {
    const activity = findPodActivity(status)
    const elapsedMs = timer(activity, Date.now())
    if (!activity || elapsedMs === undefined) return
    const read = readDetail(kubectl, status.namespace, activity, disclosure)
    const detail = await withTimeout(read, READ_TIMEOUT_MS).catch(() => undefined)
    log(formatPodActivity(activity, elapsedMs, detail))
  }
}

async function readDetail(
  kubectl: Pick<Kubectl, 'run' | 'get'>,
  namespace: string,
  { kind, pod, container }: PodActivity,
  disclosure: LogDisclosure,
): Promise<string | undefined> {
  const place = ['--namespace', namespace]
  if (kind === 'initializing' && container !== undefined) {
    if (disclosure === 'off') return 'not shown'
    const text = await kubectl.run(['logs', pod, '--container', container, '--tail=1', ...place])
    // A progress bar overwrites its line.
    return sanitizeLog(text, disclosure)
      .trimEnd()
      .split(/[\r\n]/)
      .at(-1)
  }
  if (kind !== 'not-ready' && kind !== 'starting') return undefined
  const events = await readPodEvents(kubectl, namespace, pod)
  const newest =
    kind === 'starting'
      ? explainStart(events.map(toPodEvent))
      : events.findLast((each) => isReadinessFailure(each, container))
  return newest && sanitizeMessage(newest.message, disclosure)
}

function isReadinessFailure(
  { reason, message, involvedObject }: KubernetesEvent,
  container?: string,
): boolean {
  const isOwn = container === undefined || involvedObject.fieldPath.endsWith(`{${container}}`)
  return isOwn && reason === 'Unhealthy' && /^(Readiness|Startup) probe/.test(message)
}
