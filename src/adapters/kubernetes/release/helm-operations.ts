import { helmStorageResource, revisionObjectName } from '../../../domain/preflight/rbac.ts'
import { apiRefusalHint, formatApiRefusal } from '../../../domain/release/api-refusal.ts'
import type { Revision } from '../../../domain/release/revision-history.ts'
import { RollbackBlockedError, type RollbackObstacle } from '../../../domain/release/rollback-target.ts'
import { findApiRefusals } from '../../cluster-access/api-refusals.ts'
import type { UpgradeRequest } from '../../helm/arguments.ts'
import type { ClusterConnection } from '../client/connection.ts'
import type { ReleaseOptions } from '../rollout/rollout-watcher.ts'
import { deleteBlockingPods } from '../rollout/statefulset-rollback.ts'
import { parseWorkloads } from '../rollout/workload.ts'
import { compareWithRevision, type DryRun, type UpgradeDiff } from './dry-run.ts'
import { checkPermissions } from './permissions.ts'
import { findRollbackObstacles, findUnknownKinds } from './rollback-check.ts'

export type HelmOperations = ReturnType<typeof createHelmOperations>

/** Changes a release with Helm, and says beforehand what would change and whether it may. */
export function createHelmOperations(
  cluster: ClusterConnection,
  dryRun: DryRun,
  { versionFrom, workload, runsSmokeTest, driver, log }: ReleaseOptions,
) {
  const { helm, kubectl, release, namespace } = cluster
  const storage = helmStorageResource(driver)
  /**
   * Deletes pending rollbacks that Helm could not build: nothing of them was applied, but until they are gone, Helm can
   * neither upgrade, nor roll back, nor uninstall. No Helm may be running.
   * @returns their revisions
   */
  const deleteStuckRollbacks = async (): Promise<number[]> => {
    const deleted: number[] = []
    for (;;) {
      const last = (await helm.history(release)).at(-1)
      if (last?.status !== 'pending-rollback' || !storage) return deleted
      const unknown = await findUnknownKinds(cluster, await helm.manifest(release, last.revision))
      if (unknown.length === 0) return deleted
      await kubectl.run(['delete', storage, revisionObjectName(release, last.revision)])
      log(
        `deleted revision ${last.revision}, a rollback that Helm could not start: ${unknown.map(formatApiRefusal).join('; ')}`,
      )
      deleted.push(last.revision)
    }
  }
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

    /**
     * What stops Helm from rolling back to a revision, now or after an upgrade; empty: nothing that a dry run shows.
     * Changes nothing.
     */
    findRollbackObstacles: (revision: number, request?: UpgradeRequest): Promise<RollbackObstacle[]> =>
      findRollbackObstacles(cluster, dryRun, storage, revision, request),

    /**
     * @param timeout milliseconds
     * @throws RollbackBlockedError where the API server refuses an object
     */
    async rollback(revision: number, timeout: number): Promise<void> {
      const manifest = await helm.manifest(release, revision)
      await helm.rollback(release, revision, timeout).catch(async (error: unknown) => {
        const refusals = findApiRefusals(error)
        if (refusals.length === 0) throw error
        await deleteStuckRollbacks()
        const obstacles = refusals.map((each) => ({
          text: formatApiRefusal(each),
          hint: apiRefusalHint(each, namespace),
        }))
        throw new RollbackBlockedError(release, [{ target: { revision, version: '' }, obstacles }])
      })
      await unblockStatefulSets(manifest)
    },

    deleteStuckRollbacks,

    /** @param timeout milliseconds */
    uninstall: (timeout: number) => helm.uninstall(release, timeout),
  }
}
