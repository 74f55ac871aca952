import { modelIn } from '../../domain/chart-values.ts'
import { deployedRevision, type Revision } from '../../domain/history.ts'
import type { Live } from '../../domain/live.ts'
import { settled } from '../../domain/rollout.ts'
import type { ClusterConnection } from './connection.ts'
import { observe } from './observe.ts'
import { versionFromText } from './pod-version.ts'
import { servingFound, workloadsIn } from './workload.ts'

export interface LiveOptions {
  /** The input `version-from`, as the contract has checked it. */
  versionFrom: string
  /** The input `workload`: kind/name. */
  workload?: string | undefined
}

/**
 * What the release serves now, read from Helm's deployed revision and from the pods. Undefined where there is no such
 * release, or none of its revisions is deployed.
 * @param history where it was read a moment ago
 * @throws UserError where the workload must be named; Fault where Helm or Kubernetes fails
 */
export async function readLive(
  cluster: ClusterConnection,
  { versionFrom, workload }: LiveOptions,
  history?: readonly Revision[],
): Promise<Live | undefined> {
  const { helm, kubectl, release } = cluster
  const deployed = deployedRevision(history ?? (await helm.history(release)))
  if (!deployed) return undefined
  const [model, manifest] = await Promise.all([
    modelOf(cluster, deployed.revision),
    helm.manifest(release, deployed.revision),
  ])
  const ref = servingFound(workloadsIn(manifest), release, workload)
  const seen = await observe(kubectl, ref, versionFromText(versionFrom))
  return {
    revision: deployed.revision,
    releaseModel: model.name,
    releaseVersion: model.version,
    workload: `${ref.kind}/${ref.name}`,
    // Someone may have deleted the workload by hand; then nothing serves.
    pods: seen?.pods.map(({ name, ready, version }) => ({ name, ready, version })) ?? [],
    settled: seen !== undefined && settled(seen),
    desired: seen?.desired,
    template: seen?.template,
    proof: versionFrom,
  }
}

/** The model of a revision: by the values that it was given, or where those do not name it, by its chart's. */
async function modelOf({ helm, release }: ClusterConnection, revision: number) {
  const given = modelIn(await helm.values(release, revision, false))
  if (given.name !== undefined && given.version !== undefined) return given
  return modelIn(await helm.values(release, revision, true))
}
