import { parseAllDocuments } from 'yaml'
import * as z from 'zod'
import { UserError } from '../../domain/failure.ts'
import type { ClusterConnection } from './connection.ts'

/** A workload by name; `namespace` only where the manifest names one. */
export interface WorkloadRef {
  /** deployment, statefulset or daemonset */
  kind: string
  name: string
  namespace: string | undefined
}

const serving = z.object({
  kind: z.enum(['Deployment', 'StatefulSet', 'DaemonSet']),
  metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
})

/** Every Deployment, StatefulSet and DaemonSet among the objects of a rendered release. */
export function workloadsIn(manifest: string): WorkloadRef[] {
  return parseAllDocuments(manifest)
    .map((document) => serving.safeParse(document.toJS()))
    .flatMap(({ data }) =>
      data
        ? { kind: data.kind.toLowerCase(), name: data.metadata.name, namespace: data.metadata.namespace }
        : [],
    )
}

/**
 * The workload that serves the model: the only one of the release, or the one that the input `workload` names.
 * @throws UserError where there is none, several, or not the named one
 */
export function servingWorkload(
  workloads: readonly WorkloadRef[],
  release: string,
  wanted: string | undefined,
): WorkloadRef {
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
      : `Release ${release} has no Deployment, StatefulSet or DaemonSet, so no pod of it can serve a model; see the templates of its chart.`,
  )
}

/**
 * The same of a revision that is there already, maybe of another chart than the input speaks of, which has renamed its
 * workload since or made several of it: where there is only one, it is that one.
 */
export function servingFound(
  workloads: readonly WorkloadRef[],
  release: string,
  wanted: string | undefined,
): WorkloadRef {
  return servingWorkload(workloads, release, workloads.length === 1 ? undefined : wanted)
}

/** The workload that serves the model in a manifest of our own making: the one that the input names. */
export function servingIn(manifest: string, release: string, wanted: string | undefined): WorkloadRef {
  return servingWorkload(workloadsIn(manifest), release, wanted)
}

/**
 * Every workload of a revision (undefined: the newest), and the one that serves the model.
 * @param find how that is known; of a revision of our own making by `servingWorkload`
 */
export async function workloadsOf(
  { helm, release }: Pick<ClusterConnection, 'helm' | 'release'>,
  revision: number | undefined,
  wanted: string | undefined,
  find = servingFound,
): Promise<{ workloads: readonly WorkloadRef[]; ref: WorkloadRef }> {
  const of = revision ?? (await helm.history(release)).at(-1)?.revision ?? 0
  const workloads = workloadsIn(await helm.manifest(release, of))
  return { workloads, ref: find(workloads, release, wanted) }
}
