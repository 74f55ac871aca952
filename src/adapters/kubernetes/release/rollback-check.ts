import * as z from 'zod'
import { revisionObjectName } from '../../../domain/preflight/rbac.ts'
import {
  type ApiRefusal,
  apiRefusalAdvice,
  apiRefusalHint,
  formatApiRefusal,
} from '../../../domain/release/api-refusal.ts'
import { findChangedImmutableFields } from '../../../domain/release/immutable-fields.ts'
import type { RollbackObstacle } from '../../../domain/release/rollback-target.ts'
import type { UpgradeRequest } from '../../helm/arguments.ts'
import { dryRunApply } from '../chart/apply-dry-run.ts'
import type { ClusterConnection } from '../client/connection.ts'
import { parseManifest } from '../client/objects.ts'
import type { DryRun } from './dry-run.ts'

type Cluster = Pick<ClusterConnection, 'helm' | 'kubectl' | 'release' | 'namespace'>

/**
 * Finds what stops Helm from rolling back to a revision. Nothing is changed, and Helm writes no revision.
 * @param storage the resource in which Helm stores its releases
 * @param request an upgrade before which this is asked; undefined: the rollback would start now
 */
export async function findRollbackObstacles(
  cluster: Cluster,
  dryRun: DryRun,
  storage: string | undefined,
  revision: number,
  request?: UpgradeRequest,
): Promise<RollbackObstacle[]> {
  const { helm, release } = cluster
  const [target, newest] = await Promise.all([
    helm.manifest(release, revision),
    request ? dryRun.preview(request).then(({ manifest }) => manifest) : helm.manifest(release),
  ])
  // A Job that deletes itself is only in the way for some time.
  const expiring = parseManifest(newest, expiringJob)
  const withExpiry = ({ kind, name }: ApiRefusal, obstacle: RollbackObstacle): RollbackObstacle => {
    const job = kind === 'Job' ? expiring.find(({ metadata }) => metadata.name === name) : undefined
    return job ? { ...obstacle, expiresAfterMs: job.spec.ttlSecondsAfterFinished * 1000 } : obstacle
  }
  const [found, unknown] = await Promise.all([
    dryRunApply(cluster, target),
    // Helm builds the objects of the newest revision, too.
    request || newest === target ? [] : findUnknownKinds(cluster, newest),
  ])
  const hintForNewest = unknown.length > 0 ? await newestHint(cluster, storage) : ''
  const changed = request ? compareManifests(newest, target) : []
  return [
    ...found.refusals.map((refusal) =>
      withExpiry(refusal, { text: formatApiRefusal(refusal), hint: targetHint(refusal, cluster.namespace) }),
    ),
    ...changed.map((refusal) =>
      withExpiry(refusal, { text: formatApiRefusal(refusal), hint: apiRefusalAdvice(refusal) }),
    ),
    ...unknown.map((refusal) => ({
      text: `the newest revision has ${formatApiRefusal(refusal)}`,
      hint: hintForNewest,
    })),
    ...(found.conflict ? [{ text: found.conflict.message.replace(/\.$/, ''), hint: '' }] : []),
  ]
}

const expiringJob = z.object({
  kind: z.literal('Job'),
  metadata: z.object({ name: z.string() }),
  spec: z.object({ ttlSecondsAfterFinished: z.number() }),
})

const manifestObject = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
})

/** Objects of the target that Helm could not apply over those of the new revision. */
function compareManifests(newest: string, target: string): ApiRefusal[] {
  const parse = (manifest: string) => parseManifest(manifest, manifestObject)
  return findChangedImmutableFields(parse(newest), parse(target)).map((changed) => ({
    reason: 'ImmutableField',
    ...changed,
    value: '',
    message: 'is immutable, and the new revision would set another value',
  }))
}

function targetHint(refusal: ApiRefusal, namespace: string): string {
  if (refusal.reason === 'UnknownKind')
    return 'Serve that API version again, or deploy another version with a chart whose API versions "kubectl api-resources" lists.'
  return apiRefusalHint(refusal, namespace)
}

/** Helm can do nothing with a release while it cannot build the objects of its newest revision. */
async function newestHint(
  { helm, release, namespace }: Cluster,
  storage: string | undefined,
): Promise<string> {
  const last = (await helm.history(release)).at(-1)
  if (last && last.status !== 'deployed' && storage)
    return `Delete that revision, which is ${last.status}: run "kubectl delete ${storage} ${revisionObjectName(release, last.revision)} --namespace ${namespace}".`
  return `Serve that API version again. For one of Kubernetes, install the plugin helm-mapkubeapis and run "helm mapkubeapis ${release} --namespace ${namespace}".`
}

/** Kinds of a manifest that the cluster lacks, so that Helm cannot build its objects. */
export async function findUnknownKinds(cluster: Cluster, manifest: string): Promise<ApiRefusal[]> {
  return (await dryRunApply(cluster, manifest)).refusals.filter(({ reason }) => reason === 'UnknownKind')
}
