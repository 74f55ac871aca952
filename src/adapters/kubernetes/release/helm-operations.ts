import type { Revision } from '../../../domain/release/revision-history.ts'
import type { UpgradeRequest } from '../../helm/arguments.ts'
import { findFieldConflict } from '../chart/apply-dry-run.ts'
import type { ClusterConnection } from '../client/connection.ts'
import type { ReleaseOptions } from '../rollout/rollout-watcher.ts'
import { deleteBlockingPods } from '../rollout/statefulset-rollback.ts'
import { parseWorkloads } from '../rollout/workload.ts'
import { compareWithRevision, type DryRun, type UpgradeDiff } from './dry-run.ts'
import { checkPermissions } from './permissions.ts'

export type HelmOperations = ReturnType<typeof createHelmOperations>

/** Changes a release with Helm, and says beforehand what would change and whether it may. */
export function createHelmOperations(
  cluster: ClusterConnection,
  dryRun: DryRun,
  { versionFrom, workload, runsSmokeTest, driver, log }: ReleaseOptions,
) {
  const { helm, kubectl, release } = cluster
  const unblockStatefulSets = async (manifest: string) => {
    const deleted = await deleteBlockingPods(kubectl, parseWorkloads(manifest))
    if (deleted.length > 0)
      log(`deleted ${deleted.join(', ')}: not ready, and of an old template, so the StatefulSet waits for it`)
  }
  return {
    /**
     * Checks the permissions for everything that a rollout does to the live objects and to those of `request`.
     * @param history where it is being read already
     * @returns false where the cluster does not list the user's permissions
     * @throws UserError with every missing permission
     */
    async checkPermissions(
      request?: UpgradeRequest,
      history?: Promise<readonly Revision[]>,
    ): Promise<boolean> {
      const plan = { readsVersionOverHttp: versionFrom.from === 'http', runsSmokeTest, driver }
      const readNewest = async () => helm.manifest(release, (await history)?.at(-1)?.revision)
      // A missing permission to read releases is reported with all the others.
      const newest = readNewest().catch(() => '')
      const rendered = request ? [dryRun.renderObjects(request)] : []
      return checkPermissions(cluster, plan, [newest, ...rendered])
    },

    /** All objects that the chart renders, by a dry run on the server. */
    renderObjects: dryRun.renderObjects,

    /** @param revision the deployed one; undefined: none is */
    compare: async (request: UpgradeRequest, revision: number | undefined): Promise<UpgradeDiff> =>
      compareWithRevision(cluster, await dryRun.preview(request), revision, { versionFrom, workload }),

    /** Returns the revision that Helm wrote; `stop` ends helm early. */
    async upgrade(request: UpgradeRequest, stop?: AbortSignal): Promise<number> {
      const revision = await helm.upgrade(request, stop)
      // Helm is done. Where a broken old pod stays, the watch reports it.
      await dryRun
        .preview(request)
        .then(({ manifest }) => unblockStatefulSets(manifest))
        .catch((error: unknown) => log(String(error)))
      return revision
    },

    /** @param timeout milliseconds */
    async rollback(revision: number, timeout: number): Promise<void> {
      const manifest = await helm.manifest(release, revision)
      const conflict = await findFieldConflict(cluster, manifest)
      if (conflict) throw conflict
      await helm.rollback(release, revision, timeout)
      await unblockStatefulSets(manifest)
    },

    /** @param timeout milliseconds */
    uninstall: (timeout: number) => helm.uninstall(release, timeout),
  }
}
