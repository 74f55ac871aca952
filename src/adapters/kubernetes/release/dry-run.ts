import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod'
import { Fault, UserError } from '../../../domain/core/errors.ts'
import type { FieldConflictError } from '../../../domain/preflight/field-conflict.ts'
import { NotOwnedError } from '../../../domain/preflight/ownership.ts'
import type { UpgradePreview } from '../../../domain/preflight/preflight.ts'
import { type ApiRefusal, apiRefusalAdvice, formatApiRefusal } from '../../../domain/release/api-refusal.ts'
import { parseMissingPermission } from '../../cluster-access/error-hints.ts'
import type { UpgradeRequest } from '../../helm/arguments.ts'
import type { Preview } from '../../helm/helm.ts'
import { findMissingKinds, ReleaseLockedError } from '../../helm/helm-errors.ts'
import { dryRunChart, parseOwnedObjects } from '../chart/apply-dry-run.ts'
import { readControllers } from '../chart/controllers.ts'
import { type ChartOptions, describeChart } from '../chart/rendered-chart.ts'
import type { ClusterConnection } from '../client/connection.ts'
import { parseManifest } from '../client/objects.ts'
import { findUnwatchedObjects, parseWorkloads, selectServingWorkload } from '../rollout/workload.ts'

/** What an upgrade renders, by Helm's dry run. */
export type DryRun = ReturnType<typeof createDryRun>

/**
 * Keeps the dry run of a request: one takes 0.3 to 1 s, and a deployment needs it for permissions, the diff, the
 * smoke test, the hooks and the StatefulSets.
 */
export function createDryRun(cluster: Pick<ClusterConnection, 'helm' | 'kubectl'>) {
  const { helm } = cluster
  const previews = new WeakMap<UpgradeRequest, Promise<Preview>>()
  const preview = (request: UpgradeRequest): Promise<Preview> => {
    const result =
      previews.get(request) ?? helm.preview(request).catch((error) => recoverPreview(cluster, request, error))
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

/** A preview without the dry run, where only a real run can make what it lacks; otherwise throws its error. */
async function recoverPreview(
  { helm, kubectl }: Parameters<typeof createDryRun>[0],
  request: UpgradeRequest,
  error: unknown,
): Promise<Preview> {
  const missing = findMissingKinds(error)
  if (missing) {
    const rendered = await helm.templateWithCrds(request).catch(() => undefined)
    const isInCrds = rendered !== undefined && definesKinds(rendered.crds, missing.refusals)
    if (isInCrds && missing.isInstall) return { ...rendered, values: {} }
    if (rendered) assertWatched(rendered.manifest, request.release)
    const [first] = missing.refusals
    const isInTemplates = rendered !== undefined && definesKinds(rendered.manifest, missing.refusals)
    const hint = isInCrds
      ? 'Helm installs the folder crds/ of a chart with its first install only: run "kubectl apply --filename" on that folder.'
      : isInTemplates
        ? 'Helm needs its CRD before: move that from the templates to the folder crds/ of the chart.'
        : first && apiRefusalAdvice(first)
    const text = missing.refusals.map(formatApiRefusal).join('; ')
    throw new UserError(`Input chart: ${text}. ${hint}`, { cause: error })
  }
  if (error instanceof NotOwnedError) {
    // Helm names the first only.
    const args = ['get', '--ignore-not-found', '--filename', '-', '--output', 'json']
    const existing = await helm
      .template(request)
      .then((manifest) => kubectl.run(args, manifest))
      .catch(() => '')
    throw new NotOwnedError(error.place, error.object, parseOwnedObjects(existing))
  }
  throw error
}

/** A kind that the cluster lacks may be one that could not be watched anyway. @throws UnwatchedWorkloadError */
function assertWatched(manifest: string, release: string): void {
  const unwatched = findUnwatchedObjects(manifest)
  if (parseWorkloads(manifest).length === 0 && unwatched.length > 0)
    selectServingWorkload([], release, undefined, unwatched)
}

const customResourceDefinition = z.object({
  kind: z.literal('CustomResourceDefinition'),
  spec: z.object({
    group: z.string(),
    names: z.object({ kind: z.string() }),
    versions: z.array(z.object({ name: z.string() })),
  }),
})

/** Whether CRDs define every kind that the cluster lacks. */
function definesKinds(crds: string, missing: readonly ApiRefusal[]): boolean {
  const defined = parseManifest(crds, customResourceDefinition).flatMap(
    ({ spec: { group, names, versions } }) =>
      versions.map(({ name }) => `${names.kind} in version ${group}/${name}`),
  )
  return missing.every(({ message }) => defined.some((kind) => message.endsWith(kind)))
}

/** What an upgrade would change of a revision, or a first install would make, and what stands against it. */
export interface UpgradeDiff extends UpgradePreview {
  /** Same values and same objects. */
  isUnchanged: boolean
  /** Fields of other field managers, over which Helm would fail. */
  conflict?: FieldConflictError | undefined
}

/** @param revision the deployed one; undefined: none is */
export async function compareWithRevision(
  cluster: ClusterConnection,
  preview: Preview,
  revision: number | undefined,
  options: ChartOptions,
): Promise<UpgradeDiff> {
  const { helm, kubectl, release } = cluster
  const { manifest, values, modelDefault } = preview
  // A chart that nothing can watch need not be applied.
  const described = describeChart(manifest, release, options)
  const [deployedManifest, deployedValues, applied] = await Promise.all([
    revision === undefined ? '' : helm.manifest(release, revision),
    revision === undefined ? {} : helm.values(release, revision, false),
    dryRunChart(cluster, preview, revision === undefined),
  ])
  const { conflict, refusals, objects } = applied
  return {
    isUnchanged: manifest.trim() === deployedManifest.trim() && isDeepStrictEqual(values, deployedValues),
    ...described,
    modelDefault,
    conflict,
    refusals,
    controllers: await readControllers(kubectl, [...parseOwnedObjects(deployedManifest), ...objects]),
  }
}
