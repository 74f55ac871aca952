/** An object of a manifest. */
export interface ManifestObject {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string | undefined }
  [field: string]: unknown
}

/** A field that Kubernetes never changes, with two values in two manifests. */
export interface ChangedField {
  kind: string
  name: string
  /** spec.template */
  field: string
}

/** By API group and kind. */
const IMMUTABLE_FIELDS: Readonly<Record<string, readonly string[]>> = {
  'batch/Job': [
    'spec.template',
    'spec.selector',
    'spec.completions',
    'spec.completionMode',
    'spec.backoffLimitPerIndex',
    'spec.podFailurePolicy',
    'spec.successPolicy',
    'spec.managedBy',
  ],
  'apps/Deployment': ['spec.selector'],
  'apps/DaemonSet': ['spec.selector'],
  'apps/ReplicaSet': ['spec.selector'],
  'apps/StatefulSet': [
    'spec.selector',
    'spec.serviceName',
    'spec.volumeClaimTemplates',
    'spec.podManagementPolicy',
  ],
  '/PersistentVolumeClaim': [
    'spec.accessModes',
    'spec.storageClassName',
    'spec.selector',
    'spec.volumeName',
    'spec.volumeMode',
    'spec.dataSource',
    'spec.dataSourceRef',
  ],
  '/PersistentVolume': ['spec.csi', 'spec.nfs', 'spec.hostPath', 'spec.local', 'spec.volumeMode'],
  '/Secret': ['type'],
  'rbac.authorization.k8s.io/RoleBinding': ['roleRef'],
  'rbac.authorization.k8s.io/ClusterRoleBinding': ['roleRef'],
  'storage.k8s.io/StorageClass': ['provisioner', 'parameters', 'reclaimPolicy', 'volumeBindingMode'],
  'scheduling.k8s.io/PriorityClass': ['value', 'preemptionPolicy'],
  'node.k8s.io/RuntimeClass': ['handler'],
  'resource.k8s.io/ResourceClaim': ['spec'],
  'resource.k8s.io/ResourceClaimTemplate': ['spec'],
  'discovery.k8s.io/EndpointSlice': ['addressType'],
  'networking.k8s.io/IngressClass': ['spec.controller'],
}

/** What Kubernetes sets where a manifest leaves a field out. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  'batch/Job/spec.completions': 1,
  'batch/Job/spec.completionMode': 'NonIndexed',
  'apps/StatefulSet/spec.podManagementPolicy': 'OrderedReady',
  '/PersistentVolumeClaim/spec.volumeMode': 'Filesystem',
  '/Secret/type': 'Opaque',
  'storage.k8s.io/StorageClass/reclaimPolicy': 'Delete',
  'storage.k8s.io/StorageClass/volumeBindingMode': 'Immediate',
}

const keyOf = ({ apiVersion, kind }: ManifestObject): string => {
  const [group = '', version] = apiVersion.split('/')
  return `${version === undefined ? '' : group}/${kind}`
}

/**
 * The fields that stop Helm from applying the objects of `to` over those of `from`. The API server says so only where the
 * objects of `from` exist already.
 */
export function findChangedImmutableFields(
  from: readonly ManifestObject[],
  to: readonly ManifestObject[],
): ChangedField[] {
  const identify = (each: ManifestObject) =>
    `${keyOf(each)}/${each.metadata.namespace ?? ''}/${each.metadata.name}`
  const before = new Map(from.map((each) => [identify(each), each]))
  return to.flatMap((object) => {
    const existing = before.get(identify(object))
    const fields = existing ? findChanges(existing, object) : []
    return fields.map((field) => ({ kind: object.kind, name: object.metadata.name, field }))
  })
}

function findChanges(from: ManifestObject, to: ManifestObject): string[] {
  const key = keyOf(to)
  const read = (object: ManifestObject, field: string) =>
    canonicalize(valueAt(object, field) ?? DEFAULTS[`${key}/${field}`])
  const differs = (field: string) => read(from, field) !== read(to, field)
  const changed = (IMMUTABLE_FIELDS[key] ?? []).filter(differs)
  switch (key) {
    // An address that the new object leaves out stays.
    case '/Service':
      return valueAt(to, 'spec.clusterIP') !== undefined && differs('spec.clusterIP')
        ? ['spec.clusterIP']
        : []
    case '/ConfigMap':
    case '/Secret': {
      const data = from.immutable === true ? ['immutable', 'data', 'binaryData', 'stringData'] : []
      return [...changed, ...data.filter(differs)]
    }
    case '/PersistentVolumeClaim': {
      const storage = 'spec.resources.requests.storage'
      return parseQuantity(valueAt(to, storage)) < parseQuantity(valueAt(from, storage))
        ? [...changed, storage]
        : changed
    }
    default:
      return changed
  }
}

function valueAt(object: unknown, path: string): unknown {
  let value = object
  for (const key of path.split('.')) value = (value as Record<string, unknown> | null | undefined)?.[key]
  return value ?? undefined
}

/** JSON with sorted keys, and quantities of storage as bytes. */
function canonicalize(value: unknown): string | undefined {
  return JSON.stringify(value, (name, node: unknown) => {
    if (name === 'storage') return parseQuantity(node) || node
    return typeof node === 'object' && node !== null && !Array.isArray(node)
      ? Object.fromEntries(Object.entries(node).sort(([one], [other]) => (one < other ? -1 : 1)))
      : node
  })
}

const SUFFIXES = ['', 'k', 'M', 'G', 'T', 'P', 'E']

/** A quantity of Kubernetes, such as 10Gi; NaN, which compares with nothing, for any other text. */
function parseQuantity(quantity: unknown): number {
  const [, number = '', suffix = '', binary] =
    /^(\d+(?:\.\d+)?)([kKMGTPE]?)(i?)$/.exec(String(quantity)) ?? []
  if (number === '') return Number.NaN
  return Number(number) * (binary ? 1024 : 1000) ** SUFFIXES.indexOf(suffix.replace('K', 'k'))
}
