import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod'
import { Fault } from '../../../domain/core/errors.ts'
import { FieldConflictError, parseConflict } from '../../../domain/preflight/field-conflict.ts'
import type { PredictedVersion } from '../../../domain/preflight/preflight.ts'
import { parseMissingPermission } from '../../cluster-access/error-hints.ts'
import type { UpgradeRequest } from '../../helm/arguments.ts'
import type { Preview } from '../../helm/helm.ts'
import { ReleaseLockedError } from '../../helm/helm-errors.ts'
import type { ClusterConnection } from '../client/connection.ts'
import { type ObjectRef, parseManifest, podTemplate } from '../client/objects.ts'
import { readDeclaredVersion, type VersionFrom } from '../rollout/version-from.ts'
import { parseWorkloads, selectServingWorkload } from '../rollout/workload.ts'

/** What an upgrade renders, by Helm's dry run. */
export type DryRun = ReturnType<typeof createDryRun>

/**
 * Keeps the dry run of a request: one takes 0.3 to 1 s, and a deployment needs it for permissions, the diff, the
 * smoke test, the hooks and the StatefulSets.
 */
export function createDryRun({ helm }: Pick<ClusterConnection, 'helm'>) {
  const previews = new WeakMap<UpgradeRequest, Promise<Preview>>()
  const preview = (request: UpgradeRequest): Promise<Preview> => {
    const result = previews.get(request) ?? helm.preview(request)
    previews.set(request, result)
    result.catch(() => previews.delete(request))
    return result
  }
  return {
    preview,
    /** All rendered objects, hooks too. Where the dry run is forbidden or locked, as `helm template` renders them. */
    async renderObjects(request: UpgradeRequest): Promise<string> {
      try {
        const { manifest, hooks } = await preview(request)
        return `${manifest}\n---\n${hooks}`
      } catch (error) {
        const forbidden = error instanceof Fault && parseMissingPermission(error.message)
        if (!forbidden && !(error instanceof ReleaseLockedError)) throw error
        return helm.template(request)
      }
    },
  }
}

/** What an upgrade would change of a revision. */
export interface UpgradeDiff extends Omit<ChartPreview, 'workload'> {
  /** Same values and same objects. */
  isUnchanged: boolean
  /** Fields of other field managers, over which Helm would fail. */
  conflict?: FieldConflictError | undefined
}

export async function compareWithRevision(
  cluster: ClusterConnection,
  { manifest, values }: Preview,
  revision: number,
  options: ChartOptions,
): Promise<UpgradeDiff> {
  const { helm, release } = cluster
  const [deployedManifest, deployedValues, conflict] = await Promise.all([
    helm.manifest(release, revision),
    helm.values(release, revision, false),
    findFieldConflict(cluster, manifest),
  ])
  return {
    isUnchanged: manifest.trim() === deployedManifest.trim() && isDeepStrictEqual(values, deployedValues),
    ...describeChart(manifest, release, options),
    conflict,
  }
}

/** Where the version of a model stands in its pods; the input `workload`, if it is given. */
interface ChartOptions {
  versionFrom: VersionFrom
  workload: string | undefined
}

/** What a rendered chart says about the new pods. */
export interface ChartPreview {
  /** The workload that serves the model, as kind/name. */
  workload: string
  /** The version that the new pods will name. */
  predictedVersion: PredictedVersion
  /** The chart leaves the number of pods to an autoscaler. */
  omitsReplicas: boolean
}

/** @throws UserError unless the chart has one workload, or the one that the input `workload` names */
export function describeChart(
  manifest: string,
  release: string,
  { versionFrom, workload }: ChartOptions,
): ChartPreview {
  const ref = selectServingWorkload(parseWorkloads(manifest), release, workload)
  return {
    workload: `${ref.kind}/${ref.name}`,
    predictedVersion: predictVersion(manifest, ref, versionFrom),
    omitsReplicas: omitsReplicas(manifest, ref),
  }
}

/**
 * Finds fields of other field managers, over which Helm would fail: the API server dry-runs a server-side apply as Helm's
 * field manager (Helm's own dry run only renders). Undefined where Helm applies on the client's side, and where the dry
 * run fails for another reason.
 */
export async function findFieldConflict(
  { helm, kubectl, release }: Pick<ClusterConnection, 'helm' | 'kubectl' | 'release'>,
  manifest: string,
): Promise<FieldConflictError | undefined> {
  if (helm.major === '3' || helm.forcesConflicts) return undefined
  const flags = ['--server-side', '--dry-run=server', '--field-manager=helm', '--validate=ignore']
  const conflict = await kubectl
    .run(['apply', ...flags, '--output', 'name', '--filename', '-'], manifest)
    .then(
      () => undefined,
      (error: unknown) => (error instanceof Fault ? parseConflict(error.detail) : undefined),
    )
  if (!conflict || !(await helm.usesServerSideApply(release))) return undefined
  return new FieldConflictError(release, conflict)
}

const workload = z.object({
  kind: z.string(),
  metadata: z.object({ name: z.string() }),
  spec: z.object({ replicas: z.unknown().optional(), template: z.unknown().optional() }),
})

function findWorkloadSpec(manifest: string, ref: ObjectRef) {
  return parseManifest(manifest, workload).find(
    ({ kind, metadata }) => kind.toLowerCase() === ref.kind && metadata.name === ref.name,
  )?.spec
}

/** Whether a rendered workload leaves the number of its pods to an autoscaler; false for a DaemonSet, which has none. */
export function omitsReplicas(manifest: string, ref: ObjectRef): boolean {
  const spec = findWorkloadSpec(manifest, ref)
  return ref.kind !== 'daemonset' && spec !== undefined && (spec.replicas ?? undefined) === undefined
}

/** Which version the pods of a rendered workload will name; unknown for a template that we cannot read. */
export function predictVersion(manifest: string, ref: ObjectRef, where: VersionFrom): PredictedVersion {
  const template = podTemplate.safeParse(findWorkloadSpec(manifest, ref)?.template).data
  if (!template || where.from === 'http') return { kind: 'unknown' }
  return { kind: 'known', version: readDeclaredVersion(template, where) }
}
