import { setTimeout as sleep } from 'node:timers/promises'
import { RELEASE, type TrialNamespace } from './trial-namespace.ts'

interface PodList {
  items: {
    metadata: { name: string; labels: Record<string, string>; deletionTimestamp?: string }
    spec: { containers: { name: string }[]; initContainers?: { name: string }[] }
    status: { conditions?: { type: string; status: string }[] }
  }[]
}

/** What pods serve: the version of all of them, "none" where none is ready, "mixed" where not all are, or differ. */
export async function readServedVersion(site: TrialNamespace): Promise<string> {
  const found = await site.kubectl('get', 'deployments', '--output', 'json')
  const [deployment]: { spec: { replicas: number } }[] = JSON.parse(found).items
  const pods = (await listPods(site)).filter(({ metadata }) => metadata.labels.app === RELEASE)
  const isReady = (pod: (typeof pods)[number]) =>
    pod.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')
  const ready = pods.filter(isReady)
  const versions = new Set(pods.map(({ metadata }) => metadata.labels['model-version'] ?? ''))
  if (!deployment || ready.length === 0) return 'none'
  if (ready.length < pods.length || pods.length !== deployment.spec.replicas || versions.size > 1)
    return 'mixed'
  return [...versions].join()
}

async function listPods(site: TrialNamespace): Promise<PodList['items']> {
  const list: PodList = JSON.parse(await site.kubectl('get', 'pods', '--output', 'json'))
  return list.items.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
}

/** Waits for pods that serve `version`. Returns the time at which they were seen; undefined after `timeoutMs`. */
export async function waitUntilServing(
  site: TrialNamespace,
  version: string,
  timeoutMs: number,
): Promise<number | undefined> {
  for (const until = Date.now() + timeoutMs; ; await sleep(500)) {
    if ((await readServedVersion(site)) === version) return Date.now()
    if (Date.now() > until) return undefined
  }
}

/** Waits for the first pod of version 2, however long its tool takes to begin; at most a minute and a half. */
export async function waitForNewPod({ kubectl }: Pick<TrialNamespace, 'kubectl'>): Promise<void> {
  const until = Date.now() + 90_000
  const found = () => kubectl('get', 'pods', '--selector', 'model-version=2', '--output', 'name')
  while ((await found()).trim() === '' && Date.now() < until) await sleep(500)
}

export interface ReleaseState {
  /** Status of each revision, oldest first; none: there is no release. */
  statuses: string[]
  /** Number of the deployed revision. */
  deployedRevision: number | undefined
  /** Whether Helm refuses whatever comes next. */
  isPending: boolean
}

export async function readReleaseState(site: TrialNamespace): Promise<ReleaseState> {
  const text = await site.helm('history', RELEASE, '--output', 'json').catch((error: unknown) => {
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

/** Lines of logs that can still be asked for of pods that are not those of version 1. */
export async function countRemainingLogLines(site: TrialNamespace): Promise<number> {
  const pods = (await listPods(site)).filter(({ metadata }) => metadata.labels['model-version'] !== '1')
  const lines = pods.flatMap(({ metadata: { name }, spec: { containers, initContainers = [] } }) =>
    [...initContainers, ...containers].flatMap((container) =>
      [false, true].map(async (previous) => {
        const flags = ['--container', container.name, `--previous=${previous}`]
        const text = await site.kubectl('logs', name, ...flags).catch(() => '')
        return text.split('\n').filter((line) => line.trim() !== '').length
      }),
    ),
  )
  return (await Promise.all(lines)).reduce((sum, count) => sum + count, 0)
}

/** Warning events since then that Kubernetes still has; it forgets them after an hour. */
export async function countRemainingEvents(site: TrialNamespace, since: number): Promise<number> {
  const events: { items: { lastTimestamp?: string; eventTime?: string }[] } = JSON.parse(
    await site.kubectl('get', 'events', '--field-selector', 'type=Warning', '--output', 'json'),
  )
  const at = ({ lastTimestamp, eventTime }: (typeof events.items)[number]) =>
    Date.parse(lastTimestamp ?? eventTime ?? '')
  // Events are dated by whole seconds.
  return events.items.filter((event) => at(event) >= since - 1000).length
}
