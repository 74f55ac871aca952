import { createDebouncer, failFastConditions } from '../../../domain/rollout/fail-fast.ts'
import { diagnoseHelmTimeout, hookFailFastConditions } from '../../../domain/rollout/hook-failure.ts'
import type { WorkloadStatus } from '../../../domain/rollout/workload-status.ts'
import type { ClusterConnection } from '../client/connection.ts'
import type { ObjectRef } from '../client/objects.ts'
import { type ExistingHookPods, observeHook, parseHooks } from './hooks.ts'
import { observe } from './observe.ts'
import type { ObserveOptions } from './pod-status.ts'
import { createStartupReader, type StatusReader } from './startup-reader.ts'
import { abortableSleep, pollInterval, type Sleep, type WatchFailure } from './watch-rollout.ts'
import { parseWorkloads, selectServingWorkload } from './workload.ts'

/** What existed before helm started; everything else is of the upgrade. */
export interface UpgradeBaseline {
  /** The highest revision; 0 where there was none. */
  revision: number
  /** The workload's newest pod template; empty where there was no workload, undefined where it is not known. */
  template: string | undefined
  /** Hook pods of earlier revisions; undefined where they could not be read. */
  existingHookPods: ExistingHookPods | undefined
}

/** What a running helm has written so far. */
export interface UpgradeStatus {
  hooks: readonly WorkloadStatus[]
  /** Undefined before Helm has written it. */
  workload: WorkloadStatus | undefined
}

/** Milliseconds before the first poll: most upgrades without hooks have ended by then. */
const FIRST_POLL_DELAY_MS = 1000
/** Milliseconds that helm, which has the same deadline for one hook, gets to end by itself. */
const HELM_GRACE_MS = 3000

/**
 * Watches a running helm for fail-fast conditions only, never for proof. A failed poll is ignored: helm uses the same
 * cluster and reports the error.
 * @returns what has failed; undefined when `ended` aborts
 */
export async function watchUpgrade(options: {
  observe: () => Promise<UpgradeStatus>
  version: string | undefined
  /** Milliseconds since 1970. */
  deadline: number
  ended: AbortSignal
  sleep?: Sleep
}): Promise<WatchFailure | undefined> {
  const { observe: observeUpgrade, version, deadline, ended, sleep = abortableSleep } = options
  const debounce = createDebouncer()
  const started = Date.now()
  let last: UpgradeStatus | undefined
  await sleep(FIRST_POLL_DELAY_MS, ended)
  for (; !ended.aborted; await sleep(pollInterval(Date.now() - started), ended)) {
    const now = Date.now()
    if (now >= deadline + HELM_GRACE_MS) return { kind: 'failed', ...diagnoseHelmTimeout(last?.hooks ?? []) }
    last = await observeUpgrade().catch(() => undefined)
    if (!last) continue
    const found = [
      ...last.hooks.map((hook) => ({ observation: hook, conditions: hookFailFastConditions(hook) })),
      ...(last.workload
        ? [{ observation: last.workload, conditions: failFastConditions(last.workload, version) }]
        : []),
    ]
    const diagnosis = debounce(
      found.flatMap(({ conditions }) => conditions),
      now,
    )
    const source = found.find(({ conditions }) => conditions.some((each) => each.diagnosis === diagnosis))
    if (diagnosis) return { kind: 'failed', diagnosis, observation: source?.observation }
  }
  return undefined
}

/** Observes the hooks that a running helm has written, and the workload once its pod template is a new one. */
export function createUpgradeObserver(
  { helm, kubectl, release }: ClusterConnection,
  before: UpgradeBaseline,
  options: ObserveOptions & { workload: string | undefined },
): () => Promise<UpgradeStatus> {
  let written: { ref: ObjectRef; hooks: readonly ObjectRef[] } | undefined
  const read = async () => {
    const { revision } = (await helm.history(release)).at(-1) ?? { revision: 0 }
    if (revision <= before.revision) return undefined
    const [manifest, hooks] = await Promise.all([
      helm.manifest(release, revision),
      helm.hooks(release, revision),
    ])
    const ref = selectServingWorkload(parseWorkloads(manifest), release, options.workload)
    return { ref, hooks: parseHooks(hooks) }
  }
  const readers = new Map<string, StatusReader>()
  const addStartup = (status: WorkloadStatus): Promise<WorkloadStatus> => {
    const reader = readers.get(status.workload) ?? createStartupReader(kubectl, options.disclosure)
    readers.set(status.workload, reader)
    return reader(status)
  }
  return async () => {
    written ??= await read()
    if (!written) return { hooks: [], workload: undefined }
    const { existingHookPods: existing } = before
    const [status, ...hooks] = await Promise.all([
      observe(kubectl, written.ref, options),
      ...(existing
        ? written.hooks.map((hook) => observeHook(kubectl, hook, existing, options.disclosure))
        : []),
    ])
    const isNew = before.template !== undefined && status?.template !== before.template
    return {
      hooks: await Promise.all(hooks.map(addStartup)),
      workload: isNew && status ? await addStartup(status) : undefined,
    }
  }
}
