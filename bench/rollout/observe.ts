import { setTimeout as sleep } from 'node:timers/promises'
import { RELEASE, type TrialNamespace } from './trial-namespace.ts'

interface PodList {
  items: {
    metadata: { name: string; labels: Record<string, string>; deletionTimestamp?: string }
    spec: { containers: { name: string }[]; initContainers?: { name: string }[] }
    status: { phase?: string; conditions?: { type: string; status: string }[] }
  }[]
}

/** The version that all pods serve, "none" if no pod is ready, or "mixed" if some are not ready or versions differ. */
export async function readServedVersion(cluster: TrialNamespace): Promise<string> {
  const found = await cluster.kubectl('get', 'deployments', '--output', 'json')
  const [deployment]: { spec: { replicas: number } }[] = JSON.parse(found).items
  const pods = (await listPods(cluster)).filter(({ metadata }) => metadata.labels.app === RELEASE)
  const isReady = (pod: (typeof pods)[number]) =>
    pod.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')
  const ready = pods.filter(isReady)
  const versions = new Set(pods.map(({ metadata }) => metadata.labels['model-version'] ?? ''))
  if (!deployment || ready.length === 0) return 'none'
  if (ready.length < pods.length || pods.length !== deployment.spec.replicas || versions.size > 1)
    return 'mixed'
  return [...versions].join()
}

async function listPods(cluster: TrialNamespace): Promise<PodList['items']> {
  const list: PodList = JSON.parse(await cluster.kubectl('get', 'pods', '--output', 'json'))
  // Kubernetes keeps pods that were evicted.
  return list.items.filter(
    ({ metadata, status }) => metadata.deletionTimestamp === undefined && status.phase !== 'Failed',
  )
}

/** Waits until pods serve `version`. @returns the time at which they did; undefined after `timeoutMs` */
export async function waitUntilServing(
  cluster: TrialNamespace,
  version: string,
  timeoutMs: number,
): Promise<number | undefined> {
  for (const deadline = Date.now() + timeoutMs; ; await sleep(500)) {
    if ((await readServedVersion(cluster)) === version) return Date.now()
    if (Date.now() > deadline) return undefined
  }
}

/** Waits up to 90 s for the first pod of version 2. */
export async function waitForNewPod({ kubectl }: Pick<TrialNamespace, 'kubectl'>): Promise<void> {
  const deadline = Date.now() + 90_000
  const found = () => kubectl('get', 'pods', '--selector', 'model-version=2', '--output', 'name')
  while ((await found()).trim() === '' && Date.now() < deadline) await sleep(500)
}

export interface ReleaseState {
  /** Status of each revision, oldest first. Empty without a release. */
  statuses: string[]
  /** Number of the deployed revision. */
  deployedRevision: number | undefined
  /** Whether Helm refuses the next operation. */
  isPending: boolean
}

export async function readReleaseState(cluster: TrialNamespace): Promise<ReleaseState> {
  const text = await cluster.helm('history', RELEASE, '--output', 'json').catch((error: unknown) => {
    if (/release: not found/.test(String(error))) return '[]'
    throw error
  })
  const history: { revision: number; status: string }[] = JSON.parse(text)
  return {
    statuses: history.map(({ status }) => status),
    deployedRevision: history.findLast(({ status }) => status === 'deployed')?.revision,
    isPending: history.at(-1)?.status.startsWith('pending') ?? false,
  }
}

/** Counts the log lines that the cluster still has of pods other than those of version 1. */
export async function countRemainingLogLines(cluster: TrialNamespace): Promise<number> {
  const pods = (await listPods(cluster)).filter(({ metadata }) => metadata.labels['model-version'] !== '1')
  const lines = pods.flatMap(({ metadata: { name }, spec: { containers, initContainers = [] } }) =>
    [...initContainers, ...containers].flatMap((container) =>
      [false, true].map(async (previous) => {
        const flags = ['--container', container.name, `--previous=${previous}`]
        const text = await cluster.kubectl('logs', name, ...flags).catch(() => '')
        return text.split('\n').filter((line) => line.trim() !== '').length
      }),
    ),
  )
  return (await Promise.all(lines)).reduce((sum, count) => sum + count, 0)
}

/** Counts the Warning events since a time that Kubernetes still has. It deletes events after an hour. */
export async function countRemainingEvents(cluster: TrialNamespace, since: number): Promise<number> {
  const events: { items: { lastTimestamp?: string; eventTime?: string }[] } = JSON.parse(
    await cluster.kubectl('get', 'events', '--field-selector', 'type=Warning', '--output', 'json'),
  )
  const parseEventTime = ({ lastTimestamp, eventTime }: (typeof events.items)[number]) =>
    Date.parse(lastTimestamp ?? eventTime ?? '')
  // Event times are in whole seconds.
  return events.items.filter((event) => parseEventTime(event) >= since - 1000).length
}
