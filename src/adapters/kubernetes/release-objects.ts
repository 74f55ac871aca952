import { parseAllDocuments } from 'yaml'
import * as z from 'zod'
import type { ReleaseObject } from '../../domain/rollout-rights.ts'
import type { Kubectl } from './kubectl.ts'

/** An object of a rendered release, by its kind. */
export interface Rendered {
  /** Empty for the core group. */
  apiGroup: string
  version: string
  kind: string
  name: string
  /** Where the manifest names one. */
  namespace: string | undefined
  hook: boolean
}

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
const list = z.object({ kind: z.string().endsWith('List'), items: z.array(z.unknown()) })

/** Every object of a manifest that Helm rendered, hooks too where they are in it. */
export function objectsIn(manifest: string): Rendered[] {
  return parseAllDocuments(manifest).flatMap((document) => renderedIn(document.toJS()))
}

function renderedIn(node: unknown): Rendered[] {
  const several = list.safeParse(node)
  if (several.success) return several.data.items.flatMap(renderedIn)
  const { data } = object.safeParse(node)
  if (!data) return []
  const [first = '', second] = data.apiVersion.split('/')
  const { name, namespace, annotations } = data.metadata
  return [
    {
      apiGroup: second === undefined ? '' : first,
      version: second ?? first,
      kind: data.kind,
      name,
      namespace,
      hook: annotations?.['helm.sh/hook'] !== undefined,
    },
  ]
}

/** An object as the API server names it. */
export interface Resource extends ReleaseObject {
  /** Undefined for an object of the whole cluster. */
  namespace: string | undefined
}

/** Kubernetes' own groups whose kinds we know without asking, and those of their kinds that are in no namespace. */
const OWN_GROUPS = new Set([
  '',
  'apps',
  'batch',
  'autoscaling',
  'policy',
  'networking.k8s.io',
  'rbac.authorization.k8s.io',
])
const CLUSTER_WIDE =
  /^(Namespace|Node|PersistentVolume|IngressClass|IPAddress|ServiceCIDR|ClusterRole|ClusterRoleBinding)$/

const discovery = z.object({
  resources: z.array(z.object({ name: z.string(), kind: z.string(), namespaced: z.boolean() })),
})
type Known = z.output<typeof discovery>['resources']

/**
 * The resources of objects. What custom kinds are called in the plural only the API server knows: it is asked once for
 * each group. Kinds that it does not know are left out; Helm will say so.
 */
export async function resourcesOf(
  kubectl: Kubectl,
  objects: readonly Rendered[],
  namespace: string,
): Promise<Resource[]> {
  const groups = new Map<string, Promise<Known>>()
  const knownIn = ({ apiGroup, version }: Rendered) => {
    const path = `/apis/${encodeURIComponent(apiGroup)}/${encodeURIComponent(version)}`
    const known = groups.get(path) ?? discovered(kubectl, path)
    groups.set(path, known)
    return known
  }
  const found = objects.map(async (each): Promise<Resource | undefined> => {
    const { apiGroup, kind, name, hook } = each
    const own = OWN_GROUPS.has(apiGroup)
      ? { name: plural(kind), namespaced: !CLUSTER_WIDE.test(kind) }
      : (await knownIn(each)).find((known) => known.kind === kind && !known.name.includes('/'))
    if (!own) return undefined
    const where = own.namespaced ? (each.namespace ?? namespace) : undefined
    return { apiGroup, resource: own.name, name, hook, namespace: where }
  })
  return (await Promise.all(found)).filter((each) => each !== undefined)
}

async function discovered(kubectl: Kubectl, path: string): Promise<Known> {
  try {
    return discovery.parse(JSON.parse(await kubectl.run(['get', '--raw', path]))).resources
  } catch {
    return []
  }
}

/** Of Kubernetes' own kinds, which are all regular. */
function plural(kind: string): string {
  const lower = kind.toLowerCase()
  if (lower === 'endpoints') return lower
  if (lower.endsWith('s')) return `${lower}es`
  return lower.endsWith('y') ? `${lower.slice(0, -1)}ies` : `${lower}s`
}
