import * as z from 'zod'
import { UserError } from '../../../domain/core/errors.ts'
import {
  missingRules,
  objectPermissions,
  type ReleaseObject,
  type RolloutPlan,
  type Rule,
  requiredPermissions,
} from '../../../domain/preflight/rbac.ts'
import type { ClusterConnection } from '../client/connection.ts'
import type { Kubectl } from '../client/kubectl.ts'
import { isTestHook, parseManifest } from '../client/objects.ts'
import { stateObjectName } from './state-config-map.ts'

const strings = z
  .array(z.string())
  .nullish()
  .transform((list) => list ?? [])
const review = z.object({
  status: z.object({
    incomplete: z.boolean().default(false),
    resourceRules: z
      .array(z.object({ apiGroups: strings, resources: strings, verbs: strings, resourceNames: strings }))
      .nullish(),
  }),
})

/**
 * Checks the user's permissions for a rollout: ours, and those that Helm needs for the objects of these manifests.
 * @returns false where the cluster does not list the user's rules, so that nothing could be checked
 * @throws UserError with every missing rule
 */
export async function checkPermissions(
  { helm, kubectl, namespace, release }: ClusterConnection,
  plan: Omit<RolloutPlan, 'stateObject'>,
  manifests: readonly Promise<string>[],
): Promise<boolean> {
  const [rules, ...texts] = await Promise.all([readRules(kubectl, namespace), ...manifests])
  // Some authorizers (of clouds, for example) cannot list all rules; then there is nothing to check against.
  if (rules === undefined) return false
  const objects = await resolveResources(kubectl, texts.flatMap(parseObjects), namespace)
  const places = new Set([namespace, ...objects.flatMap((each) => each.namespace ?? []), undefined])
  const checkPlace = async (place: string | undefined): Promise<string[]> => {
    const isOwn = place === namespace
    const known = isOwn || place === undefined ? rules : await readRules(kubectl, place)
    const placed = objects.filter((each) => each.namespace === place)
    const needed = [
      ...(isOwn ? requiredPermissions({ stateObject: stateObjectName(release), ...plan }) : []),
      ...objectPermissions(placed, helm.major),
    ]
    const missing = known ? missingRules(known, needed) : []
    if (missing.length === 0) return []
    const where =
      place === undefined
        ? 'on cluster-scoped objects of the chart. Move them out of the chart, for an administrator to install, or grant the user a ClusterRole with:'
        : `in namespace ${place}. Add to its Role${isOwn ? '' : ' there'}:`
    return [`The kubeconfig's user lacks permissions ${where}`, ...missing.map((rule) => `- ${rule}`)]
  }
  const problems = (await Promise.all([...places].map(checkPlace))).flat()
  if (problems.length > 0) throw new UserError(problems.join('\n'))
  return true
}

/** Reads the user's rules with one review, which every user may create. Undefined where the list is incomplete. */
async function readRules(kubectl: Kubectl, namespace: string): Promise<Rule[] | undefined> {
  const request = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectRulesReview',
    spec: { namespace },
  }
  const { status } = review.parse(await kubectl.create(request))
  return status.incomplete ? undefined : (status.resourceRules ?? [])
}

/** An object of a rendered release. */
type RenderedObject = ReturnType<typeof parseObjects>[number]

const object = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z
    .object({
      name: z.string().default(''),
      namespace: z.string().optional(),
      annotations: z.record(z.string(), z.unknown()).nullish(),
    })
    .default({ name: '' }),
})

/** Parses every object of a rendered manifest, with the hooks in it, but without tests. */
export function parseObjects(manifest: string) {
  const objects = parseManifest(manifest, object).filter(
    ({ metadata }) => !isTestHook(metadata.annotations?.['helm.sh/hook']),
  )
  return objects.map(({ apiVersion, kind, metadata }) => {
    const [first = '', second] = apiVersion.split('/')
    return {
      /** Empty for the core group. */
      apiGroup: second === undefined ? '' : first,
      version: second ?? first,
      kind,
      name: metadata.name,
      /** Undefined where the manifest names none. */
      namespace: metadata.namespace,
      hook: metadata.annotations?.['helm.sh/hook'] !== undefined,
    }
  })
}

/** An object by the API server's resource name; the namespace of a cluster-scoped one is undefined. */
export type ApiResource = ReleaseObject & Pick<RenderedObject, 'namespace'>

/** API groups of Kubernetes whose kinds need no discovery, and the cluster-scoped ones of these kinds. */
const BUILT_IN_GROUPS = new Set([
  '',
  'apps',
  'batch',
  'autoscaling',
  'policy',
  'networking.k8s.io',
  'rbac.authorization.k8s.io',
])
const CLUSTER_SCOPED_KINDS =
  /^(Namespace|Node|PersistentVolume|IngressClass|IPAddress|ServiceCIDR|ClusterRole|ClusterRoleBinding)$/

const discovery = z.object({
  resources: z.array(z.object({ name: z.string(), kind: z.string(), namespaced: z.boolean() })),
})
type DiscoveredResources = z.output<typeof discovery>['resources']

/**
 * Resolves the resources of objects. Custom kinds need a discovery request, one for each group. Unknown kinds are left
 * out; Helm reports them.
 */
export async function resolveResources(
  kubectl: Kubectl,
  objects: readonly RenderedObject[],
  namespace: string,
): Promise<ApiResource[]> {
  const groups = new Map<string, Promise<DiscoveredResources>>()
  const discover = ({ apiGroup, version }: RenderedObject) => {
    const path = `/apis/${encodeURIComponent(apiGroup)}/${encodeURIComponent(version)}`
    const resources = groups.get(path) ?? discoverResources(kubectl, path)
    groups.set(path, resources)
    return resources
  }
  const found = objects.map(async (each): Promise<ApiResource | undefined> => {
    const { apiGroup, kind } = each
    const resource = BUILT_IN_GROUPS.has(apiGroup)
      ? { name: pluralize(kind), namespaced: !CLUSTER_SCOPED_KINDS.test(kind) }
      : (await discover(each)).find((known) => known.kind === kind && !known.name.includes('/'))
    if (!resource) return undefined
    const place = resource.namespaced ? (each.namespace ?? namespace) : undefined
    return { ...each, resource: resource.name, namespace: place }
  })
  return (await Promise.all(found)).filter((each) => each !== undefined)
}

async function discoverResources(kubectl: Kubectl, path: string): Promise<DiscoveredResources> {
  try {
    return discovery.parse(JSON.parse(await kubectl.run(['get', '--raw', path]))).resources
  } catch {
    return []
  }
}

/** The plural of a kind of Kubernetes; these are all regular. */
function pluralize(kind: string): string {
  const lower = kind.toLowerCase()
  if (lower === 'endpoints') return lower
  if (lower.endsWith('s')) return `${lower}es`
  return lower.endsWith('y') ? `${lower.slice(0, -1)}ies` : `${lower}s`
}
