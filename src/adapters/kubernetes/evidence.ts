import type { Observation, PodSeen } from '../../domain/rollout.ts'
import type { ContainerLog, WarningEvent } from '../../domain/rollout-evidence.ts'
import type { Kubectl } from './kubectl.ts'
import { event, listOf } from './objects.ts'

const LINES = 30
const BYTES = 16 * 1024
/** Pods of one template mostly fail for one reason, so a few tell it. */
const PODS = 3
const EVENTS = 20

/** Logs and Warning events of the newest pods. What cannot be read is a gap, never a reason to fail. */
export async function collect(
  kubectl: Kubectl,
  seen: Observation,
  withLogs: boolean,
): Promise<{ logs: ContainerLog[]; events: WarningEvent[]; gaps: string[] }> {
  const gaps: string[] = []
  const namespace = ['--namespace', seen.namespace]
  const orGap = async <T>(what: string, read: Promise<T>): Promise<T | undefined> =>
    read.catch((error: unknown) => {
      gaps.push(`${what}: ${error instanceof Error ? error.message : String(error)}`)
      return undefined
    })
  const failing = seen.pods
    .filter(({ fresh }) => fresh)
    .sort((one, other) => Number(one.ready) - Number(other.ready))
  const logs = withLogs ? failing.slice(0, PODS).flatMap((pod) => logsOf(kubectl, pod, namespace, orGap)) : []
  const events = orGap('Warning events', eventsOf(kubectl, seen, namespace))
  return {
    logs: (await Promise.all(logs)).filter((log) => log !== undefined),
    events: (await events) ?? [],
    gaps,
  }
}

type OrGap = <T>(what: string, read: Promise<T>) => Promise<T | undefined>

function logsOf(
  kubectl: Kubectl,
  pod: PodSeen,
  namespace: readonly string[],
  orGap: OrGap,
): Promise<ContainerLog | undefined>[] {
  const started = pod.containers.filter(
    ({ state, exitCode }) => state !== 'waiting' || exitCode !== undefined,
  )
  return started.flatMap(({ name, restarts }) =>
    (restarts > 0 ? [false, true] : [false]).map((previous) => {
      const flags = [`--tail=${LINES}`, `--limit-bytes=${BYTES}`, ...(previous ? ['--previous'] : [])]
      const read = kubectl.run(['logs', pod.name, '--container', name, ...flags, ...namespace])
      const log = read.then((text) => {
        // The kubelet says in the log itself, and with success, that the container's log is gone.
        if (/^unable to retrieve container logs for \S+$/.test(text.trim())) throw new Error(text.trim())
        return { pod: pod.name, container: name, previous, text }
      })
      return orGap(`log of pod ${pod.name}, container ${name}${previous ? ' (previous)' : ''}`, log)
    }),
  )
}

async function eventsOf(
  kubectl: Kubectl,
  seen: Observation,
  namespace: readonly string[],
): Promise<WarningEvent[]> {
  const found = await kubectl.get(['events', '--field-selector', 'type=Warning', ...namespace])
  const workload = seen.workload.split('/')[1] ?? ''
  // Events outlive their pods, so those of earlier rollouts are still told; and a name may begin like another's.
  const fresh = new Set(seen.pods.filter((pod) => pod.fresh).map(({ name }) => name))
  return listOf(event)
    .parse(found)
    .items.filter(({ involvedObject: { kind, name } }) =>
      kind === 'Pod' ? fresh.has(name) : name === workload || name.startsWith(`${workload}-`),
    )
    .map(({ involvedObject, reason, message, count, lastTimestamp, eventTime }) => ({
      object: `${involvedObject.kind}/${involvedObject.name}`,
      reason,
      message,
      count: count ?? 1,
      last: lastTimestamp ?? eventTime ?? '',
    }))
    .sort((one, other) => one.last.localeCompare(other.last))
    .slice(-EVENTS)
}
