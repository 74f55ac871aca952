import * as z from 'zod'
import { UserError } from '../../../domain/core/errors.ts'
import type { ClusterConnection } from '../client/connection.ts'
import { manifestObject, type ObjectRef, parseManifest, toObjectRef } from '../client/objects.ts'

const workloadSchema = manifestObject('Deployment', 'StatefulSet', 'DaemonSet')

/** Parses every Deployment, StatefulSet and DaemonSet of a manifest. */
export function parseWorkloads(manifest: string): ObjectRef[] {
  return parseManifest(manifest, workloadSchema).map(toObjectRef)
}

/** A release without a workload that the suite can watch. */
export class UnwatchedWorkloadError extends UserError {}

/** Kinds that make pods, besides those that can be watched. A Service is one of Knative. */
const POD_MAKERS =
  /^(CronJob|Job|Pod|ReplicaSet|ReplicationController|Rollout|\w*InferenceService|InferenceGraph|Ray(Service|Cluster|Job)|SeldonDeployment|Server|Service|SparkApplication|JobSet|LeaderWorkerSet|CloneSet)$/
const listedObject = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.object({ name: z.string() }),
})

/** Objects of a manifest that make pods which cannot be watched, as `Rollout digits`; else its custom resources. */
export function findUnwatchedObjects(manifest: string): string[] {
  const objects = parseManifest(manifest, listedObject)
  const isCustom = ({ apiVersion }: z.output<typeof listedObject>) =>
    /^[\w-]+\.[^/]+\//.test(apiVersion) && !/^[\w.-]*\.k8s\.io\//.test(apiVersion)
  const makers = objects.filter(
    (object) => POD_MAKERS.test(object.kind) && (object.kind !== 'Service' || isCustom(object)),
  )
  const found = makers.length > 0 ? makers : objects.filter(isCustom)
  return found
    .slice(0, MAX_LISTED)
    .map(({ kind, metadata }) => `${kind === 'Service' ? 'Knative Service' : kind} ${metadata.name}`)
}

const MAX_LISTED = 5

/**
 * The workload that serves the model: the only one of the release, or the one that the input `workload` names.
 * @param unwatched what makes its pods, where no workload does
 * @throws UserError where there is none, several, or not the named one
 */
export function selectServingWorkload(
  workloads: readonly ObjectRef[],
  release: string,
  wanted: string | undefined,
  unwatched: readonly string[] = [],
): ObjectRef {
  const names = workloads.map(({ kind, name }) => `${kind}/${name}`)
  if (names.length === 0 && unwatched.length > 0)
    throw new UnwatchedWorkloadError(
      `The chart of release ${release} has no Deployment, StatefulSet or DaemonSet; it has ${unwatched.join(', ')}, which this suite cannot watch yet. Serve the model with one of these three.`,
    )
  if (wanted !== undefined) {
    const found = workloads[names.indexOf(wanted.toLowerCase())]
    if (found) return found
    throw new UserError(
      `Input workload: release ${release} has no ${wanted}; it has ${names.join(', ') || 'no Deployment, StatefulSet or DaemonSet'}.`,
    )
  }
  const [only, ...others] = workloads
  if (only && others.length === 0) return only
  if (!only)
    throw new UnwatchedWorkloadError(
      `The chart of release ${release} has no Deployment, StatefulSet or DaemonSet, so it has no pods to serve a model. Check its templates.`,
    )
  throw new UserError(
    `Input workload: release ${release} has several workloads; name the one that serves the model: ${names.join(', ')}.`,
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
  unwatched: readonly string[] = [],
): ObjectRef {
  return selectServingWorkload(workloads, release, workloads.length === 1 ? undefined : wanted, unwatched)
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
  const manifest = await helm.manifest(release, number)
  const workloads = parseWorkloads(manifest)
  return { workloads, ref: select(workloads, release, wanted, findUnwatchedObjects(manifest)) }
}
