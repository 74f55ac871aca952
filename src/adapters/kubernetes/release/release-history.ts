import { modelLabels } from '../../../domain/chart/version-values.ts'
import { helmStorageResource, revisionObjectName } from '../../../domain/preflight/rbac.ts'
import type { OtherRelease } from '../../../domain/registry/champion-release.ts'
import { readModelValues } from '../../../domain/release/chart-values.ts'
import type { LiveRelease } from '../../../domain/release/live-release.ts'
import { deployedRevision, type Revision } from '../../../domain/release/revision-history.ts'
import { isRolloutComplete } from '../../../domain/rollout/workload-status.ts'
import { isReleaseNotFound } from '../../helm/helm-errors.ts'
import type { ClusterConnection } from '../client/connection.ts'
import { observe } from '../rollout/observe.ts'
import { parseVersionFrom } from '../rollout/version-from.ts'
import { findUnwatchedObjects, parseWorkloads, selectDeployedWorkload } from '../rollout/workload.ts'

export interface LiveOptions {
  /** The input `version-from`, as the contract has checked it. */
  versionFrom: string
  /** The input `workload`: kind/name. */
  workload?: string | undefined
  /** HELM_DRIVER */
  driver?: string | undefined
}

export type ReleaseHistory = ReturnType<typeof createReleaseHistory>

/** Reads what Helm has written of a release, and what its deployed revision serves. */
export function createReleaseHistory(
  cluster: ClusterConnection,
  { versionFrom, workload, driver }: LiveOptions,
) {
  const { helm, kubectl, release } = cluster
  /**
   * The model that a revision names: in the user's values, or in its labels, where `version-values` has placed it
   * elsewhere, or else in the chart's defaults.
   */
  const readModel = async (name: string, revision: number) => {
    const given = readModelValues(await helm.values(name, revision, false))
    if (given.name !== undefined && given.version !== undefined) return given
    const labelled = await readModelLabels(kubectl, name, revision, driver)
    if (labelled.version !== undefined) return labelled
    return readModelValues(await helm.values(name, revision, true))
  }
  return {
    /** Oldest first; empty where there is no such release. */
    history: () => helm.history(release),

    /**
     * Reads what the release serves now from Helm's deployed revision and from the pods. Undefined where there is no such
     * release, or none of its revisions is deployed.
     * @param history the history, where the caller has just read it
     * @throws UserError where the workload must be named; Fault where Helm or Kubernetes fails
     */
    async readLive(history?: readonly Revision[]): Promise<LiveRelease | undefined> {
      const deployed = deployedRevision(history ?? (await helm.history(release)))
      if (!deployed) return undefined
      const { revision } = deployed
      const [model, manifest] = await Promise.all([
        readModel(release, revision),
        helm.manifest(release, revision),
      ])
      const unwatched = findUnwatchedObjects(manifest)
      const ref = selectDeployedWorkload(parseWorkloads(manifest), release, workload, unwatched)
      const status = await observe(kubectl, ref, { versionFrom: parseVersionFrom(versionFrom) })
      return {
        revision,
        releaseModel: model.name,
        releaseVersion: model.version,
        workload: `${ref.kind}/${ref.name}`,
        // Without a workload (a person deleted it) nothing serves.
        pods: status?.pods.map(({ name, ready, version }) => ({ name, ready, version })) ?? [],
        rolloutComplete: status !== undefined && isRolloutComplete(status),
        desired: status?.desired,
        template: status?.template,
        versionFrom,
      }
    },

    /**
     * The other releases of the namespace that have a deployed revision, without any that was uninstalled meanwhile.
     * Reads one after the other: there may be many.
     */
    async listOtherReleases(): Promise<OtherRelease[]> {
      const others: OtherRelease[] = []
      for (const { name, revision, status } of await helm.list()) {
        if (name === release) continue
        const deployed =
          status === 'deployed' ? revision : deployedRevision(await helm.history(name))?.revision
        if (deployed === undefined) continue
        const model = await readModel(name, deployed).catch((error: unknown) => {
          if (isReleaseNotFound(error)) return undefined
          throw error
        })
        if (model) others.push({ name, model: model.name, version: model.version })
      }
      return others
    },

    /** The model version that helm-deploy wrote into a revision. */
    readModelVersion: async (revision: number): Promise<string | undefined> =>
      readModelValues(await helm.values(release, revision, false)).version ??
      (await readModelLabels(kubectl, release, revision, driver)).version,
  }
}

/** Helm 3 does not print the labels of a revision, so they are read where Helm stores it. A database has none. */
async function readModelLabels(
  kubectl: ClusterConnection['kubectl'],
  release: string,
  revision: number,
  driver: string | undefined,
) {
  const storage = helmStorageResource(driver)
  if (storage === undefined) return { name: undefined, version: undefined }
  const format = ['--ignore-not-found', '--output', 'jsonpath={.metadata.labels}']
  const output = await kubectl.run(['get', storage, revisionObjectName(release, revision), ...format])
  const labels = JSON.parse(output || '{}')
  return { name: toText(labels[modelLabels.name]), version: toText(labels[modelLabels.version]) }
}

const toText = (label: unknown): string | undefined => (typeof label === 'string' ? label : undefined)
