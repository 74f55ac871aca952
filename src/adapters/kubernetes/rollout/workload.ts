import { UserError } from '../../../domain/core/errors.ts'
import type { ClusterConnection } from '../client/connection.ts'
import { manifestObject, type ObjectRef, parseManifest, toObjectRef } from '../client/objects.ts'

const workloadSchema = manifestObject('Deployment', 'StatefulSet', 'DaemonSet')

/** Parses every Deployment, StatefulSet and DaemonSet of a manifest. */
export function parseWorkloads(manifest: string): ObjectRef[] {
  return parseManifest(manifest, workloadSchema).map(toObjectRef)
}

/**
 * The workload that serves the model: the only one of the release, or the one that the input `workload` names.
 * @throws UserError where there is none, several, or not the named one
 */
export function selectServingWorkload(
  workloads: readonly ObjectRef[],
  release: string,
  wanted: string | undefined,
): ObjectRef {
  const names = workloads.map(({ kind, name }) => `${kind}/${name}`)
  if (wanted !== undefined) {
    const found = workloads[names.indexOf(wanted.toLowerCase())]
    if (found) return found
    throw new UserError(
      `Input workload: release ${release} has no ${wanted}; it has ${names.join(', ') || 'no Deployment, StatefulSet or DaemonSet'}.`,
    )
  }
  const [only, ...others] = workloads
  if (only && others.length === 0) return only
  throw new UserError(
    only
      ? `Input workload: release ${release} has several workloads; name the one that serves the model: ${names.join(', ')}.`
      : `Release ${release} has no Deployment, StatefulSet or DaemonSet, so it has no pods to serve a model. Check the templates of its chart.`,
  )
}

/**
 * The same for an existing revision, where the input may name a workload of a newer chart: an only workload is the one,
 * whatever its name.
 */
export function selectDeployedWorkload(
  workloads: readonly ObjectRef[],
  release: string,
  wanted: string | undefined,
): ObjectRef {
  return selectServingWorkload(workloads, release, workloads.length === 1 ? undefined : wanted)
}

/**
 * Reads every workload of a revision (undefined: the newest), and the one that serves the model.
 * @param select `selectServingWorkload` for a revision of the current chart
 */
export async function readWorkloads(
  { helm, release }: Pick<ClusterConnection, 'helm' | 'release'>,
  revision: number | undefined,
  wanted: string | undefined,
  select = selectDeployedWorkload,
): Promise<{ workloads: readonly ObjectRef[]; ref: ObjectRef }> {
  const number = revision ?? (await helm.history(release)).at(-1)?.revision ?? 0
  const workloads = parseWorkloads(await helm.manifest(release, number))
  return { workloads, ref: select(workloads, release, wanted) }
}
