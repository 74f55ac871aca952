import { diagnose, formatDiagnosis } from '../../../domain/rollout/diagnosis.ts'
import {
  describeProgress,
  isRolloutComplete,
  type WorkloadStatus,
} from '../../../domain/rollout/workload-status.ts'
import type { UpgradeRequest } from '../../helm/arguments.ts'
import type { Preview } from '../../helm/helm.ts'
import type { ClusterConnection } from '../client/connection.ts'
import { createActivityReporter } from './activity-reporter.ts'
import { collectLogsAndEvents, type LogsAndEvents } from './evidence.ts'
import { type ExistingHookPods, findExistingHookPods, observeHook, parseHooks } from './hooks.ts'
import { observe } from './observe.ts'
import type { ObserveOptions } from './pod-status.ts'
import { createStartupReader } from './startup-reader.ts'
import { NO_VERSION } from './version-from.ts'
import { isHealthy, type WatchResult, watchRollout } from './watch-rollout.ts'
import { createUpgradeObserver, type UpgradeBaseline, watchUpgrade } from './watch-upgrade.ts'
import { readWorkloads, selectDeployedWorkload, selectServingWorkload } from './workload.ts'

/** Inputs and context of the job that matter to a release. */
export interface ReleaseOptions extends ObserveOptions {
  /** The input `workload`. */
  workload: string | undefined
  runsSmokeTest: boolean
  /** Helm's storage driver (HELM_DRIVER). */
  driver: string | undefined
  cancelled: AbortSignal | undefined
  log: (line: string) => void
}

export type RolloutWatcher = ReturnType<typeof createRolloutWatcher>

/** Watches the pods of a release. Messages of pods and of Kubernetes are redacted as `evidence-logs` requires. */
export function createRolloutWatcher(
  cluster: ClusterConnection,
  dryRun: { preview(request: UpgradeRequest): Promise<Preview> },
  options: ReleaseOptions,
) {
  const { helm, kubectl, release } = cluster
  const { workload, disclosure, cancelled, log } = options
  return {
    /**
     * Watches the pods of the newest revision until they verify it, fail, or run out of time.
     * @param deadline milliseconds since 1970
     * @param revision the revision just deployed: then the input `workload` names the workload
     */
    async watch(version: string | undefined, deadline: number, revision?: number): Promise<WatchResult> {
      const select = revision === undefined ? selectDeployedWorkload : selectServingWorkload
      const { ref } = await readWorkloads(cluster, revision, workload, select)
      const readStartup = createStartupReader(kubectl, disclosure)
      const observePods = async () => {
        const status = await observe(kubectl, ref, options)
        return status && readStartup(status)
      }
      const reports = { onProgress: log, reportActivity: createActivityReporter(kubectl, disclosure, log) }
      return watchRollout({ observe: observePods, version, deadline, cancelled, ...reports })
    },

    /** Checks the pods of the newest template by the standard of a rollout, for a few seconds. */
    async isHealthy(version: string | undefined, revision: number): Promise<boolean> {
      const { ref } = await readWorkloads(cluster, revision, workload)
      return isHealthy({ observe: () => observe(kubectl, ref, options), version, cancelled })
    },

    /** Watches what a running helm has written for fail-fast conditions, until `ended` aborts. */
    watchUpgrade: (before: UpgradeBaseline, version: string, deadline: number, ended: AbortSignal) =>
      watchUpgrade({ observe: createUpgradeObserver(cluster, before, options), version, deadline, ended }),

    /** Pods of the hooks of an upgrade that exist before it; undefined where they cannot be read. */
    async findExistingHookPods(request: UpgradeRequest): Promise<ExistingHookPods | undefined> {
      const preview = await dryRun.preview(request).catch(() => undefined)
      return preview && findExistingHookPods(kubectl, parseHooks(preview.hooks))
    },

    /** The pods of the hooks of a revision, without those that existed before. */
    async observeHooks(revision: number, existing: ExistingHookPods): Promise<WorkloadStatus[]> {
      const hooks = parseHooks(await helm.hooks(release, revision))
      return Promise.all(hooks.map((hook) => observeHook(kubectl, hook, existing, disclosure)))
    },

    collectLogsAndEvents: async (status: WorkloadStatus | undefined): Promise<LogsAndEvents> =>
      status
        ? collectLogsAndEvents(kubectl, status)
        : { logs: [], events: undefined, gaps: ['No pod was seen.'] },

    /** One sentence for each workload of a revision that does not serve the model and is not ready. */
    async describeOtherWorkloads(revision: number): Promise<string[]> {
      const { workloads, ref } = await readWorkloads(cluster, revision, workload)
      const others = workloads.filter(({ kind, name }) => kind !== ref.kind || name !== ref.name)
      const statuses = await Promise.all(
        others.map((other) => observe(kubectl, other, { versionFrom: NO_VERSION, disclosure })),
      )
      return statuses.flatMap((status) => describeUnready(status) ?? [])
    },
  }
}

/** Does not wait, so a slow start counts as not ready. */
function describeUnready(status: WorkloadStatus | undefined): string | undefined {
  if (!status || status.desired === 0 || isRolloutComplete(status)) return undefined
  const diagnosis = diagnose(status, undefined)
  const cause = diagnosis.reason === 'Timeout' ? diagnosis.message : formatDiagnosis(diagnosis)
  return `${status.workload} has ${describeProgress(status)} (${cause}). It serves no model, so it causes no rollback.`
}
