import * as z from 'zod'
import { Fault } from '../../../domain/core/errors.ts'
import { FieldConflictError, parseConflict } from '../../../domain/preflight/field-conflict.ts'
import {
  type ApiRefusal,
  apiRefusalAdvice,
  apiRefusalHint,
  describeUnknownKind,
  findApiRefusals,
  formatApiRefusal,
} from '../../../domain/release/api-refusal.ts'
import { findChangedImmutableFields } from '../../../domain/release/immutable-fields.ts'
import type { RollbackObstacle } from '../../../domain/release/rollback-target.ts'
import type { UpgradeRequest } from '../../helm/arguments.ts'
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
    findRefusals(cluster, target),
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
    return `Delete that revision, which is ${last.status}: run "kubectl delete ${storage} ${revisionName(release, last.revision)} --namespace ${namespace}".`
  return `Serve that API version again. For one of Kubernetes, install the plugin helm-mapkubeapis and run "helm mapkubeapis ${release} --namespace ${namespace}".`
}

/** The object in which Helm stores a revision. */
export const revisionName = (release: string, revision: number): string =>
  `sh.helm.release.v1.${release}.v${revision}`

/** Kinds of a manifest that the cluster lacks, so that Helm cannot build its objects. */
export async function findUnknownKinds(cluster: Cluster, manifest: string): Promise<ApiRefusal[]> {
  return (await findRefusals(cluster, manifest)).refusals.filter(({ reason }) => reason === 'UnknownKind')
}

/** Dry-runs an apply as Helm's field manager would do it. */
async function findRefusals(
  { helm, kubectl, release }: Cluster,
  manifest: string,
): Promise<{ refusals: ApiRefusal[]; conflict?: FieldConflictError }> {
  const apply = (text: string, force: boolean) =>
    kubectl
      .run(
        [
          ...['apply', '--server-side', '--dry-run=server', '--field-manager=helm', '--validate=ignore'],
          ...[...(force ? ['--force-conflicts'] : []), '--output', 'name', '--filename', '-'],
        ],
        text,
      )
      .then(
        () => undefined,
        (error: unknown) => error,
      )
  let force = helm.major === '3' || helm.forcesConflicts
  let error = await apply(manifest, force)
  if (error === undefined) return { refusals: [] }
  const isServerSide = await helm.usesServerSideApply(release)
  const conflict = force || !(error instanceof Fault) ? undefined : parseConflict(error.detail)
  if (conflict && !isServerSide) {
    force = true
    error = await apply(manifest, force)
  }
  // Helm patches on the client's side: it removes fields that an apply keeps, so that only an apply may be invalid.
  const refusals = findApiRefusals(error).filter(({ reason }) => isServerSide || reason !== 'Invalid')
  const found = conflict && isServerSide ? { conflict: new FieldConflictError(release, conflict) } : {}
  const isLocated = ({ kind, name }: ApiRefusal) => name !== '' && !kind.includes('.')
  if (refusals.every(isLocated)) return { refusals, ...found }
  // A webhook does not say which object it denies, and a stale discovery cache not which version it looked for.
  const located: ApiRefusal[] = []
  for (const object of parseManifest(manifest, manifestObject)) {
    const own = findApiRefusals(await apply(JSON.stringify(object), force))
    const { kind, metadata, apiVersion } = object
    const isGone = ({ reason }: ApiRefusal) => reason === 'UnknownKind'
    located.push(
      ...own.map((each) => ({
        ...each,
        ...(isLocated(each) ? {} : { kind, name: metadata.name }),
        ...(isGone(each) ? { message: describeUnknownKind(kind, apiVersion) } : {}),
      })),
    )
  }
  return { refusals: located.filter(({ reason }) => isServerSide || reason !== 'Invalid'), ...found }
}
