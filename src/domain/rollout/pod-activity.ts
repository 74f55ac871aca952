import { oneLine } from '../core/text.ts'
import { diagnoseEnd, diagnosePod } from './diagnosis.ts'
import { isStarting, type ObservedPod, type WorkloadStatus } from './workload-status.ts'

/** What a new pod does that is not ready yet. */
export interface PodActivity {
  pod: string
  kind: 'initializing' | 'not-ready' | 'starting' | 'waiting' | 'unscheduled'
  /** Undefined before the kubelet has reported its containers. */
  container: string | undefined
  /** From the kubelet or the scheduler; may be empty. */
  message: string
}

/** The activity of the first new pod that is not ready, or the pod that it waits for; undefined: there is none. */
export function findPodActivity({ pods, inactivePods }: WorkloadStatus): PodActivity | undefined {
  const updated = pods.filter((pod) => pod.updated)
  const pod = updated.find(({ ready }) => !ready)
  if (pod) return describePod(pod)
  const terminating = updated.length === 0 && inactivePods.find(({ end }) => end?.kind === 'terminating')
  if (!terminating) return undefined
  const { message } = diagnoseEnd(terminating)
  return { pod: terminating.name, kind: 'waiting', container: undefined, message }
}

function describePod(observed: ObservedPod): PodActivity {
  const { name: pod, unschedulable, containers } = observed
  const diagnosis = diagnosePod(observed, undefined)
  if (diagnosis && /^(SchedulingGated|ReadinessGatesNotReady)$/.test(diagnosis.reason))
    return { pod, kind: 'waiting', container: undefined, message: diagnosis.message }
  if (unschedulable !== undefined)
    return { pod, kind: 'unscheduled', container: undefined, message: unschedulable }
  // Init containers come first.
  const current = containers.find(({ ready, init, exitCode }) => !ready && !(init && exitCode === 0))
  if (!current) return { pod, kind: 'starting', container: undefined, message: '' }
  const { name: container, init, state } = current
  const at = { pod, container, message: '' }
  if (state === 'running') return { ...at, kind: init ? 'initializing' : 'not-ready' }
  if (isStarting(current)) return { ...at, kind: 'starting' }
  return { ...at, kind: 'waiting', message: [current.reason, current.message].filter(Boolean).join(': ') }
}

/**
 * An activity as one line for the log.
 * @param detail the last log line, the last event or the message of the probe; undefined: none
 */
export function formatPodActivity(
  { pod, kind, container, message }: PodActivity,
  elapsedMs: number,
  detail: string | undefined,
): string {
  const lasted = `for ${Math.round(elapsedMs / 1000)} s`
  const more = oneLine(detail ?? message, 300)
  const suffix = more && `: ${more}`
  const name = container === undefined ? 'pod' : `container ${container}`
  const image = kind === 'starting' ? /^(?:still )?pulling image (\S+)/i.exec(more)?.[1] : undefined
  if (image !== undefined) return `pod ${pod}: pulling image ${image} ${lasted}`
  const words: Record<PodActivity['kind'], string> = {
    initializing: `init ${name} running ${lasted}, ${more ? `last line: ${more}` : 'no output'}`,
    'not-ready': `${name} not ready ${lasted}${suffix}`,
    starting: `${name} starting ${lasted}${suffix}`,
    waiting: `${name} waiting ${lasted}${suffix}`,
    unscheduled: `not scheduled ${lasted}${suffix}`,
  }
  return `pod ${pod}: ${words[kind]}`
}

/** Milliseconds that an activity lasts before it is reported: most are over by then. */
const FIRST_REPORT_MS = 10_000
const REPORT_INTERVAL_MS = 30_000

/** @returns a function of the current activity and time, which returns how long it has lasted when a report is due */
export function createActivityTimer(): (
  activity: PodActivity | undefined,
  now: number,
) => number | undefined {
  let key = ''
  let since = 0
  let nextReport = 0
  return (activity, now) => {
    const current = activity ? JSON.stringify([activity.pod, activity.kind, activity.container]) : ''
    if (current !== key) {
      key = current
      since = now
      nextReport = now + FIRST_REPORT_MS
    }
    if (!activity || now < nextReport) return undefined
    nextReport = now + REPORT_INTERVAL_MS
    return now - since
  }
}
