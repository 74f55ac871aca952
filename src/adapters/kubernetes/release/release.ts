import type { LogDisclosure } from '../../../domain/rollout/redaction.ts'
import type { ClusterInputs, JobContext } from '../../cluster-access/kubeconfig.ts'
import type { HelmInputs, UpgradeRequest } from '../../helm/arguments.ts'
import { connectCluster } from '../client/connection.ts'
import { observe } from '../rollout/observe.ts'
import { createRolloutWatcher, type ReleaseOptions, type RolloutWatcher } from '../rollout/rollout-watcher.ts'
import { parseVersionFrom } from '../rollout/version-from.ts'
import type { WatchFailure } from '../rollout/watch-rollout.ts'
import { parseWorkloads, selectServingWorkload } from '../rollout/workload.ts'
import {
  type PreviousStart,
  type PreviousVersionPlan,
  startPreviousVersion,
} from '../smoke-test/previous-version.ts'
import {
  deleteSmokeTestPods,
  type SmokeTest,
  type SmokeTestPlan,
  startSmokeTest,
} from '../smoke-test/smoke-test.ts'
import { createClusterCheck } from './cluster-check.ts'
import { createDryRun } from './dry-run.ts'
import { createHelmOperations, type HelmOperations } from './helm-operations.ts'
import { createLeaseStore, type LeaseStore } from './lease-store.ts'
import { createReleaseHistory, type ReleaseHistory } from './release-history.ts'
import { createStateStore, type StateStore } from './state-config-map.ts'

export type { UpgradeDiff } from './dry-run.ts'
export type { HelmOperations, ReleaseHistory, RolloutWatcher }

/** Keeps what Helm does not: the lease, the verified revisions and the outbox. */
export type ReleaseStore = StateStore & { lease: LeaseStore }
export type PreviousVersionSpec = { revision: number } & Omit<
  PreviousVersionPlan,
  'manifest' | 'previousManifest' | 'ref' | 'release'
>
export type SmokeTestSpec = Pick<SmokeTestPlan, 'version' | 'runId' | 'requests' | 'deadline'>
/** A Helm release that serves a model. A function takes only the ports that it needs. */
export type Release = Awaited<ReturnType<typeof openRelease>>

export interface ReleaseInputs extends ClusterInputs, HelmInputs {
  release: string
  'version-from': string
  workload?: string | undefined
  'evidence-logs'?: LogDisclosure | undefined
  'ignore-containers'?: readonly string[] | undefined
  /** Golden requests: a smoke test runs. */
  verify?: unknown
}

/** Opens the release that the inputs name; it need not exist yet. */
export async function openRelease(
  inputs: ReleaseInputs,
  job: JobContext & { log: { info(line: string): void } },
) {
  const cluster = await connectCluster(inputs, job)
  const { kubectl, uncancellableKubectl } = cluster
  const { release: name, workload } = inputs
  const options: ReleaseOptions = {
    versionFrom: parseVersionFrom(inputs['version-from']),
    workload,
    disclosure: inputs['evidence-logs'] ?? 'redacted',
    ignoredContainers: inputs['ignore-containers'] ?? [],
    runsSmokeTest: inputs.verify !== undefined,
    driver: job.env.HELM_DRIVER,
    cancelled: job.cancelled,
    log: (line) => job.log.info(`${name}: ${line}`),
  }
  const dryRun = createDryRun(cluster)
  return {
    name,
    ...createReleaseHistory(cluster, {
      versionFrom: inputs['version-from'],
      workload,
      driver: options.driver,
    }),
    ...createHelmOperations(cluster, dryRun, options),
    ...createRolloutWatcher(cluster, dryRun, options),
    ...createStateStore(kubectl, name, inputs.namespace),
    ...createClusterCheck(cluster),
    lease: createLeaseStore(uncancellableKubectl, name, inputs.namespace),
    /** Runs one pod of an upgrade beside the release. */
    async startSmokeTest(request: UpgradeRequest, spec: SmokeTestSpec): Promise<SmokeTest | WatchFailure> {
      const [{ manifest }, previousManifest] = await Promise.all([
        dryRun.preview(request),
        cluster.helm.manifest(name).catch(() => ''),
      ])
      const ref = selectServingWorkload(parseWorkloads(manifest), name, workload)
      const onProgress = (line: string) => options.log(`smoke test: ${line}`)
      const context = { ...cluster, ...options, onProgress }
      return startSmokeTest(context, { ...spec, manifest, previousManifest, ref, release: name })
    },
    /** Whether an earlier revision starts in the pod template in which an upgrade's pod exited. */
    async startPreviousVersion(
      request: UpgradeRequest,
      { revision, ...spec }: PreviousVersionSpec,
    ): Promise<PreviousStart> {
      const [{ manifest }, previousManifest] = await Promise.all([
        dryRun.preview(request),
        cluster.helm.manifest(name, revision),
      ])
      const ref = selectServingWorkload(parseWorkloads(previousManifest), name, workload)
      const onProgress = (line: string) => options.log(`version ${spec.version} beside the release: ${line}`)
      const plan = { ...spec, manifest, previousManifest, ref, release: name }
      const observeLive = () => observe(kubectl, ref, options)
      return startPreviousVersion({ ...cluster, ...options, onProgress }, plan, observeLive)
    },
    /** @param run the run whose pods to delete; left out, those of every run */
    deleteSmokeTestPods: (run?: string) => deleteSmokeTestPods(uncancellableKubectl, name, run),
    /** Deletes the kubeconfig that was written for this job. */
    close: cluster.close,
  }
}
