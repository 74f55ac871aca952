import * as z from 'zod'
import { Fault } from '../../../domain/core/errors.ts'
import { FieldConflictError, parseConflict } from '../../../domain/preflight/field-conflict.ts'
import type { OwnedObject } from '../../../domain/preflight/ownership.ts'
import type { RenderedText } from '../../../domain/preflight/rendered-text.ts'
import { type ApiRefusal, describeUnknownKind } from '../../../domain/release/api-refusal.ts'
import { findApiRefusals } from '../../cluster-access/api-refusals.ts'
import type { Preview } from '../../helm/helm.ts'
import type { ClusterConnection } from '../client/connection.ts'
import type { Kubectl } from '../client/kubectl.ts'
import { isTestHook, parseManifest } from '../client/objects.ts'
import { collectTexts } from './rendered-chart.ts'

type Cluster = Pick<ClusterConnection, 'helm' | 'kubectl' | 'release'>

/** What the API server says of rendered objects, without storing them. */
export interface ApplyDryRun {
  /** Fields of other field managers, over which Helm would fail. */
  conflict?: FieldConflictError | undefined
  /** Objects that it refuses. */
  refusals: readonly ApiRefusal[]
  /** The objects as the cluster would have them; empty where it refuses one. */
  objects: readonly OwnedObject[]
}

const DRY_RUN = ['--dry-run=server', '--validate=ignore', '--filename', '-']

/**
 * Dry-runs what a chart renders, hooks too. Tolerates what only a real run can do: kinds whose CRD is not installed yet,
 * namespaces, webhooks without dry run.
 * @param isInstall no object of the release exists yet
 */
export async function dryRunChart(
  cluster: Cluster,
  { manifest, hooks }: Pick<Preview, 'manifest' | 'hooks'>,
  isInstall: boolean,
): Promise<ApplyDryRun> {
  const hookManifest = formatHooks(hooks)
  const [applied, hookRefusals] = await Promise.all([
    dryRunApply(cluster, manifest),
    hookManifest === '' ? [] : findCreateRefusals(cluster.kubectl, hookManifest),
  ])
  const lacks = (refusal: ApiRefusal) =>
    isInstall ? lacksObject(refusal) : lacksOneOf(refusal, `${manifest}\n---\n${hookManifest}`)
  // Helm deletes the hook of the revision before, which has the port.
  const kept = [...applied.refusals, ...hookRefusals.filter((refusal) => !isAllocated(refusal))]
  const refusals = kept.filter((refusal) => refusal.reason !== 'UnknownKind' && !lacks(refusal))
  return { ...applied, refusals }
}

/** Whether a policy or an admission plugin looks for an object that is not there, such as the ServiceAccount of a pod. */
const lacksObject = ({ reason, message }: ApiRefusal): boolean =>
  reason === 'Denied' && /not found|was found|(?:does not|doesn't) exist/i.test(message)

/** Whether it may be one that the same manifest creates before. */
function lacksOneOf(refusal: ApiRefusal, manifest: string): boolean {
  const words = lacksObject(refusal) ? refusal.message.split(/[\s"'/:,]+/) : []
  return parseManifest(manifest, namedObject).some(
    (object) => words.includes(object.metadata.name) && !isNamed(refusal, object),
  )
}

/** Lets the API server check objects as Helm's field manager would apply them (Helm's own dry run only renders them). */
export async function dryRunApply(cluster: Cluster, manifest: string): Promise<ApplyDryRun> {
  const { helm, kubectl, release } = cluster
  const force = helm.major === '3' || helm.forcesConflicts
  const first = await applyObjects(kubectl, manifest, force)
  if (first.error === undefined) return { refusals: [], objects: first.objects }
  const isServerSide = await helm.usesServerSideApply(release)
  const conflict = force
    ? undefined
    : parseConflict(first.error instanceof Fault ? first.error.detail : String(first.error))
  const { error, objects } = conflict && !isServerSide ? await applyObjects(kubectl, manifest, true) : first
  const applied = findApiRefusals(error)
  const created = !isServerSide && applied.some(isInvalid) ? await findCreateRefusals(kubectl, manifest) : []
  const refusals = await locate(
    isServerSide ? applied : acceptOnClient(applied, created),
    manifest,
    async (object) => findApiRefusals((await applyObjects(kubectl, object, true)).error),
  )
  return {
    conflict: conflict && isServerSide ? new FieldConflictError(release, conflict) : undefined,
    refusals: refusals.filter((refusal) => !lacksOneOf(refusal, manifest)),
    objects,
  }
}

const isInvalid = ({ reason }: ApiRefusal): boolean => reason === 'Invalid'
const isAllocated = ({ message }: ApiRefusal): boolean => message.includes('already allocated')

/** Where Helm patches on the client's side, only what no object may have counts: not what the apply adds to live fields. */
function acceptOnClient(applied: readonly ApiRefusal[], created: readonly ApiRefusal[]): ApiRefusal[] {
  const isSame = (one: ApiRefusal, other: ApiRefusal) =>
    one.kind === other.kind && [one.name, ''].includes(other.name)
  // A Service that exists has its port and address already, so that a create proves nothing.
  const proven = created.filter((each) => isInvalid(each) && !isAllocated(each))
  const kept = applied.filter(
    (refusal) =>
      !isInvalid(refusal) ||
      isAllocated(refusal) ||
      (proven.some((each) => isSame(refusal, each)) &&
        !/^duplicate entries|^field not declared/.test(refusal.message)),
  )
  return [...kept, ...proven.filter((each) => !kept.some((one) => isSame(one, each)))]
}

const labels = z.record(z.string(), z.string()).nullish()
const ownedObject = z.object({
  kind: z.string(),
  metadata: z.object({
    name: z.string(),
    namespace: z.string().optional(),
    labels: labels.transform((found) => found ?? {}),
    annotations: labels.transform((found) => found ?? {}),
  }),
})

/** Parses the objects of a manifest with what states their owner. */
export function parseOwnedObjects(manifest: string): OwnedObject[] {
  return parseManifest(manifest, ownedObject)
}

async function applyObjects(
  kubectl: Kubectl,
  manifest: string,
  force: boolean,
): Promise<{ objects: OwnedObject[]; error?: unknown }> {
  const flags = ['--server-side', '--field-manager=helm', ...(force ? ['--force-conflicts'] : [])]
  try {
    const output = await kubectl.run(['apply', ...flags, ...DRY_RUN, '--output', 'json'], manifest)
    return { objects: parseOwnedObjects(output) }
  } catch (error) {
    return { objects: [], error }
  }
}

/** Objects that the API server would not create, whether they exist or not. */
async function findCreateRefusals(kubectl: Kubectl, manifest: string): Promise<ApiRefusal[]> {
  const error = await kubectl.run(['create', ...DRY_RUN, '--output', 'name'], manifest).then(
    () => undefined,
    (cause: unknown) => cause,
  )
  return findApiRefusals(error)
}

const hook = z.looseObject({
  metadata: z.looseObject({ annotations: z.record(z.string(), z.unknown()) }),
})

/** The hooks of an upgrade; Helm runs those of `helm test` never. */
function formatHooks(hooks: string): string {
  return parseManifest(hooks, hook)
    .filter(({ metadata }) => !isTestHook(metadata.annotations['helm.sh/hook']))
    .map((object) => JSON.stringify(object))
    .join('\n---\n')
}

const namedObject = z.looseObject({
  apiVersion: z.string().default(''),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
})

/** An admission plugin says deployments where others say Deployment. */
const isNamed = ({ kind, name }: ApiRefusal, object: z.output<typeof namedObject>): boolean =>
  [object.kind, `${object.kind.toLowerCase()}s`].includes(kind) && [object.metadata.name, ''].includes(name)

/**
 * Adds names, fields and values that the API server left out, from the manifest.
 * @param applyAlone for an error that does not say which object it is about
 */
async function locate(
  refusals: readonly ApiRefusal[],
  manifest: string,
  applyAlone: (object: string) => Promise<ApiRefusal[]>,
): Promise<ApiRefusal[]> {
  const objects = parseManifest(manifest, namedObject)
  // Of a webhook, and of an API version that only the discovery cache still has.
  const isUnnamed = ({ kind }: ApiRefusal) => kind === '' || kind.includes('.')
  const located = refusals
    .filter((refusal) => !isUnnamed(refusal))
    .map((refusal) => {
      const [object, ...others] = objects.filter((each) => isNamed(refusal, each))
      return object && others.length === 0 ? complete(refusal, object) : refusal
    })
  if (!refusals.some(isUnnamed)) return located
  for (const object of objects) {
    const own = (await applyAlone(JSON.stringify(object))).filter(isUnnamed)
    located.push(...own.map((each) => complete(each, object)))
  }
  return located
}

function complete(refusal: ApiRefusal, object: z.output<typeof namedObject>): ApiRefusal {
  const { kind, apiVersion, metadata } = object
  const field = refusal.field || findQuantity(object, refusal.message)
  const value = refusal.value || (isInvalid(refusal) ? formatScalar(readField(object, field)) : '')
  const message = refusal.reason === 'UnknownKind' ? describeUnknownKind(kind, apiVersion) : refusal.message
  return { ...refusal, kind, name: metadata.name, field, value, message }
}

/** The field that the API server does not name: of a quantity such as a memory limit. */
function findQuantity(object: unknown, message: string): string {
  if (!message.startsWith('quantities must match')) return ''
  const isQuantity = ({ place, text }: RenderedText) =>
    /\.(?:limits|requests|hard|capacity)\.[^.]+$|\.sizeLimit$/.test(place) &&
    !/^[+-]?[0-9.]+([eEinumkKMGTP]*[-+]?[0-9]*)$/.test(text)
  return collectTexts(object, '').find(isQuantity)?.place.slice(1) ?? ''
}

/** The value at a path such as `spec.containers[0].image`, or with an item by its name: `spec.containers[name="serve"].image`. */
function readField(object: unknown, path: string): unknown {
  let value = object
  for (const [, key = '', index, listKey = '', text] of path.matchAll(
    /(?<![[\w"=-])([^.[\]]+)|\[(?:(\d+)|(?:(\w+)=)?"?([^"\]]*)"?)\]/g,
  )) {
    if (key || index !== undefined) value = Object(value)[key || Number(index)]
    else
      value = Array.isArray(value)
        ? value.find((item) => Object(item)[listKey || 'name'] === text)
        : undefined
  }
  return path === '' ? undefined : value
}

function formatScalar(value: unknown): string {
  if (typeof value === 'string') return value.length > 100 ? '' : JSON.stringify(value)
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}
