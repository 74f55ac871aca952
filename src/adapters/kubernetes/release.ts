import { isDeepStrictEqual } from 'node:util'
import { modelIn } from '../../domain/chart-values.ts'
import type { FieldConflict } from '../../domain/field-conflict.ts'
import type { Revision } from '../../domain/history.ts'
import type { Live } from '../../domain/live.ts'
import type { Mark } from '../../domain/marks.ts'
import type { Observation } from '../../domain/rollout.ts'
import type { PodWords } from '../../domain/rollout-redaction.ts'
import type { Foretold } from '../../domain/version-source.ts'
import type { UpgradeOrder } from '../helm/arguments.ts'
import { type ApiServer, apiServerBy } from './api-server.ts'
import { bystanders } from './bystanders.ts'
import { conflictsWith } from './conflicts.ts'
import { connectCluster, type HelmInputs } from './connection.ts'
import { collect, type Traces } from './evidence.ts'
import { forceBack } from './forced-back.ts'
import { type HookPodsLeft, hookPodsLeft, hooksIn, observeHook } from './hooks.ts'
import { type LeaseStore, leaseOf } from './lease.ts'
import { readLive } from './live.ts'
import { marksOf } from './marks.ts'
import { observe } from './observe.ts'
import { versionFromText } from './pod-version.ts'
import type { ClusterInputs, Job } from './reach.ts'
import { foretoldVersion, leavesReplicas } from './rendered.ts'
import { renderingsBy } from './renderings.ts'
import { checkRights } from './rights.ts'
import { beginTrial, endTrials, type Trial, type TrialPlan } from './trial.ts'
import { type BeforeHelm, lookUnderHelm } from './under-helm.ts'
import { isFoundGood, type WatchEnd, type WatchFailed, watchForDoom, watchRollout } from './watch.ts'
import {
  servingFound,
  servingIn,
  servingWorkload,
  type WorkloadRef,
  workloadsIn,
  workloadsOf,
} from './workload.ts'

/** A Helm release that serves a model: what can be read of it and done to it. */
export interface Release {
  name: string
  history(): Promise<Revision[]>
  /** @param history where it was read a moment ago */
  live(history?: readonly Revision[]): Promise<Live | undefined>
  marks(): Promise<Mark[]>
  /** Writes down that a revision was seen serving, and forgets those that are no longer in the history. */
  mark(mark: Mark, history: readonly Revision[]): Promise<void>
  /** Who may touch it: one job at a time. */
  lease: LeaseStore
  /**
   * Throws UserError with all rights that a rollout needs and the user lacks, before it would be too late: for what is
   * live, and for what the order would bring.
   * @param history where it is being read
   */
  checkRights(order?: UpgradeOrder, history?: Promise<readonly Revision[]>): Promise<void>
  /** What an upgrade would change of a revision, by Helm's dry run. */
  compare(order: UpgradeOrder, revision: number): Promise<Change>
  /** Starts, beside the release, one pod of those that an upgrade would bring. */
  trial(order: UpgradeOrder, plan: TrialAim): Promise<Trial | WatchFailed>
  /** Removes the pods of trials: those of one run, or whoever left them. */
  endTrials(run?: string): Promise<void>
  /** Gives the revision that it wrote. */
  upgrade(order: UpgradeOrder, stop?: AbortSignal): Promise<number>
  /** `model.version` in the values of a revision. */
  versionIn(revision: number): Promise<string | undefined>
  rollback(revision: number, timeout: number): Promise<void>
  uninstall(timeout: number): Promise<void>
  /**
   * Watches the pods of the newest revision; the deadline is in milliseconds since 1970. What pods and Kubernetes said is
   * told as far as `evidence-logs` lets it, so that it may go on into logs, outputs and tags.
   * @param own its number where it was just deployed: then its workload is the one that the input names
   */
  watch(version: string | undefined, deadline: number, own?: number): Promise<WatchEnd>
  /** Whether the pods of the newest template are good by the same standard, looked at for a moment. */
  isFoundGood(version: string | undefined, revision: number): Promise<boolean>
  /** Watches what a helm that is at work has written, for what will not mend; until `ended` aborts, then undefined. */
  watchUnderHelm(
    before: BeforeHelm,
    version: string,
    deadline: number,
    ended: AbortSignal,
  ): Promise<WatchFailed | undefined>
  /** Pods that are there already of the hooks that an upgrade would run; undefined where nobody can tell. */
  hookPods(order: UpgradeOrder): Promise<HookPodsLeft | undefined>
  /** The pods of the hooks of a revision, but those that were left by earlier ones. */
  hooks(revision: number, left: HookPodsLeft): Promise<Observation[]>
  /** Logs and events of what was observed. */
  traces(seen: Observation | undefined, withLogs: boolean): Promise<Traces>
  /** What the newest revision has besides the workload that serves the model, as far as it is not up, in sentences. */
  bystanders(revision: number): Promise<string[]>
  /** Which cluster it is in, by the kubeconfig. */
  apiServer(): Promise<ApiServer>
  /** Removes the kubeconfig that was written for this job. */
  close(): void
}

export type TrialAim = Pick<TrialPlan, 'version' | 'run' | 'requests' | 'deadline'>

export interface Change {
  /** Nothing: same values, same objects as the chart renders now. */
  same: boolean
  /** Which version the new pods will name. */
  foretold: Foretold
  /** How many pods there are is left to an autoscaler. */
  leavesReplicas: boolean
  /** Fields that Helm would not overwrite, and so fail. */
  conflict?: FieldConflict | undefined
}

export interface ReleaseInputs extends ClusterInputs, HelmInputs {
  release: string
  'version-from': string
  workload?: string | undefined
  'evidence-logs'?: PodWords | undefined
  'ignore-containers'?: readonly string[] | undefined
  /** Whether a candidate's pod is to be run beside the release. */
  verify?: unknown
}

/** Opens the release that the inputs name; it need not exist yet. */
export async function openRelease(
  inputs: ReleaseInputs,
  job: Job & { log: { info(line: string): void } },
): Promise<Release> {
  const cluster = await connectCluster(inputs, job)
  const { helm, kubectl } = cluster
  const name = inputs.release
  const versionFrom = versionFromText(inputs['version-from'])
  const options = { versionFrom: inputs['version-from'], workload: inputs.workload }
  const words = inputs['evidence-logs']
  const ignored = inputs['ignore-containers'] ?? []
  const renderings = renderingsBy(cluster)
  const marks = marksOf(kubectl, name)
  const removeBroken = async (manifest: string) => {
    const removed = await forceBack(kubectl, workloadsIn(manifest))
    if (removed.length > 0)
      job.log.info(
        `${name}: removed ${removed.join(', ')}, not ready and of another template, for which its StatefulSet would have waited for ever`,
      )
  }
  const looksAt = (ref: WorkloadRef) => () => observe(kubectl, ref, versionFrom, words, ignored)
  return {
    name,
    history: () => helm.history(name),
    live: (history) => readLive(cluster, options, history),
    marks: marks.read,
    mark: marks.write,
    lease: leaseOf(cluster.tidying, name),
    async checkRights(order, history) {
      const plan = {
        asksPods: versionFrom.from === 'http',
        triesPod: inputs.verify !== undefined,
        driver: job.env.HELM_DRIVER,
      }
      // Who may not read Helm's releases is told so with all the rest.
      const revision = history?.then((known) => known.at(-1)?.revision)
      const newest = Promise.resolve(revision)
        .then((known) => helm.manifest(name, known))
        .catch(() => '')
      // `compare` asks for it next: it is being found out while rights are.
      if (order) renderings.conflict(order).catch(() => undefined)
      await checkRights(cluster, plan, [newest, ...(order ? [renderings.objects(order)] : [])])
    },
    async compare(order, revision) {
      const preview = await renderings.preview(order)
      const [manifest, values, conflict] = await Promise.all([
        helm.manifest(name, revision),
        helm.values(name, revision, false),
        renderings.conflict(order),
      ])
      const same = preview.manifest.trim() === manifest.trim() && isDeepStrictEqual(preview.values, values)
      const ref = servingIn(preview.manifest, name, inputs.workload)
      return {
        same,
        foretold: foretoldVersion(preview.manifest, ref, versionFrom),
        leavesReplicas: leavesReplicas(preview.manifest, ref),
        conflict,
      }
    },
    async trial(order, aim) {
      const [{ manifest }, before] = await Promise.all([
        renderings.preview(order),
        helm.manifest(name).catch(() => ''),
      ])
      const ref = servingIn(manifest, name, inputs.workload)
      const telling = { words: inputs['evidence-logs'] ?? 'redacted', ignored }
      const say = (line: string) => job.log.info(`${name}, candidate: ${line}`)
      const tools = { ...cluster, versionFrom, telling, cancelled: job.cancelled, say }
      return beginTrial(tools, { ...aim, manifest, before, ref, release: name })
    },
    endTrials: (run) => endTrials(cluster.tidying, name, run),
    async upgrade(order, stop) {
      const revision = await helm.upgrade(order, stop)
      // Helm has done its part: that a broken pod of before could not be removed is for the watch to find out.
      const removed = renderings.preview(order).then(({ manifest }) => removeBroken(manifest))
      await removed.catch((error: unknown) => job.log.info(`${name}: ${error}`))
      return revision
    },
    versionIn: async (revision) => modelIn(await helm.values(name, revision, false)).version,
    async rollback(revision, timeout) {
      const manifest = await helm.manifest(name, revision)
      const conflict = await conflictsWith(cluster, manifest)
      if (conflict) throw conflict
      await helm.rollback(name, revision, timeout)
      await removeBroken(manifest)
    },
    uninstall: (timeout) => helm.uninstall(name, timeout),
    async watch(version, deadline, own) {
      // The end of a rollout asks for the values of its revision: then they are known.
      if (own !== undefined) helm.values(name, own, false).catch(() => undefined)
      const find = own === undefined ? servingFound : servingWorkload
      const { ref } = await workloadsOf(cluster, own, inputs.workload, find)
      return watchRollout({
        look: looksAt(ref),
        version,
        deadline,
        cancelled: job.cancelled,
        say: (line) => job.log.info(`${name}: ${line}`),
      })
    },
    async isFoundGood(version, revision) {
      const { ref } = await workloadsOf(cluster, revision, inputs.workload)
      return isFoundGood({ look: looksAt(ref), version, cancelled: job.cancelled })
    },
    watchUnderHelm: (before, version, deadline, ended) =>
      watchForDoom({
        look: lookUnderHelm(cluster, before, { versionFrom, workload: inputs.workload, words, ignored }),
        version,
        deadline,
        ended,
      }),
    async hookPods(order) {
      const preview = await renderings.preview(order).catch(() => undefined)
      return preview && hookPodsLeft(kubectl, hooksIn(preview.hooks))
    },
    async hooks(revision, left) {
      const hooks = hooksIn(await helm.hooks(name, revision))
      return Promise.all(hooks.map((hook) => observeHook(kubectl, hook, left, words)))
    },
    traces: async (seen, withLogs) =>
      seen ? collect(kubectl, seen, withLogs) : { logs: [], events: undefined, gaps: ['No pod was seen.'] },
    async bystanders(revision) {
      const { workloads, ref } = await workloadsOf(cluster, revision, inputs.workload)
      const others = workloads.filter(({ kind, name }) => kind !== ref.kind || name !== ref.name)
      return bystanders(kubectl, others, words)
    },
    apiServer: () => apiServerBy(kubectl),
    close: cluster.close,
  }
}
