import { parseAllDocuments } from 'yaml'
import * as z from 'zod'

/** The fields of Kubernetes objects that we read. */
const metadata = z.object({
  name: z.string(),
  namespace: z.string().optional(),
  uid: z.string().default(''),
  generation: z.number().default(0),
  creationTimestamp: z.string().optional(),
  deletionTimestamp: z.string().optional(),
  deletionGracePeriodSeconds: z.number().default(0),
  finalizers: z.array(z.string()).default([]),
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
  ownerReferences: z.array(z.object({ uid: z.string() })).default([]),
})

const condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().default(''),
  message: z.string().default(''),
})

const selector = z.object({
  matchLabels: z.record(z.string(), z.string()).default({}),
  matchExpressions: z
    .array(z.object({ key: z.string(), operator: z.string(), values: z.array(z.string()).default([]) }))
    .default([]),
})

export const workload = z.object({
  kind: z.string(),
  metadata,
  spec: z.object({
    replicas: z.number().default(1),
    paused: z.boolean().default(false),
    minReadySeconds: z.number().default(0),
    /** Of a StatefulSet: OrderedReady or Parallel. */
    podManagementPolicy: z.string().default('OrderedReady'),
    /** Of a StatefulSet or DaemonSet. */
    updateStrategy: z
      .object({
        type: z.string().default(''),
        rollingUpdate: z.object({ partition: z.number().default(0) }).nullish(),
      })
      .prefault({}),
    selector,
  }),
  status: z
    .object({
      observedGeneration: z.number().default(0),
      updateRevision: z.string().optional(),
      /** A DaemonSet has no replicas in its spec. */
      desiredNumberScheduled: z.number().optional(),
      /** Pods that were ready for minReadySeconds; numberAvailable in a DaemonSet. */
      availableReplicas: z.number().default(0),
      numberAvailable: z.number().optional(),
      conditions: z.array(condition).default([]),
    })
    .prefault({}),
})
export type Workload = z.output<typeof workload>

const terminated = z.object({
  exitCode: z.number(),
  reason: z.string().default(''),
  message: z.string().default(''),
  startedAt: z.string().nullish(),
  finishedAt: z.string().nullish(),
})
const state = z.object({
  waiting: z.object({ reason: z.string().default(''), message: z.string().default('') }).optional(),
  running: z.object({}).optional(),
  terminated: terminated.optional(),
})
const containerStatus = z.object({
  name: z.string(),
  ready: z.boolean().default(false),
  restartCount: z.number().default(0),
  state: state.prefault({}),
  lastState: state.prefault({}),
})
const quantities = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((given) => given ?? {})
const container = z.object({
  name: z.string(),
  image: z.string().default(''),
  env: z.array(z.object({ name: z.string(), value: z.string().optional() })).default([]),
  ports: z.array(z.object({ containerPort: z.number() })).default([]),
  readinessProbe: z.object({}).nullish(),
  /** Of an init container: "Always" makes it a sidecar. */
  restartPolicy: z.string().default(''),
  resources: z.object({ requests: quantities, limits: quantities }).prefault({}),
})
export type Container = z.output<typeof container>

const podSpec = z.object({
  initContainers: z.array(container).default([]),
  containers: z.array(container),
  schedulingGates: z.array(z.object({ name: z.string() })).nullish(),
  readinessGates: z.array(z.object({ conditionType: z.string() })).nullish(),
})
export const podTemplate = z.object({
  metadata: metadata.pick({ labels: true, annotations: true }).prefault({}),
  spec: podSpec,
})
export type PodTemplate = z.output<typeof podTemplate>

export const pod = z.object({
  kind: z.literal('Pod'),
  metadata,
  spec: podSpec,
  status: z
    .object({
      phase: z.string().default('Pending'),
      reason: z.string().default(''),
      message: z.string().default(''),
      conditions: z.array(condition).default([]),
      initContainerStatuses: z.array(containerStatus).default([]),
      containerStatuses: z.array(containerStatus).default([]),
    })
    .prefault({}),
})
export type Pod = z.output<typeof pod>
export type ContainerStatus = z.output<typeof containerStatus>

/** A ReplicaSet or ControllerRevision, which hold the pod templates of a workload. */
export const templateRevision = z.object({ kind: z.string(), metadata, revision: z.number().optional() })
export type TemplateRevision = z.output<typeof templateRevision>

export const event = z.object({
  type: z.string().default(''),
  reason: z.string().default(''),
  message: z.string().default(''),
  count: z.number().nullish(),
  lastTimestamp: z.string().nullish(),
  eventTime: z.string().nullish(),
  involvedObject: z.object({
    kind: z.string().default(''),
    name: z.string().default(''),
    uid: z.string().default(''),
    /** The container of a pod: "spec.containers{serve}". */
    fieldPath: z.string().default(''),
  }),
})
export type KubernetesEvent = z.output<typeof event>

export const listSchema = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item) })

/** Formats a label selector for `kubectl get --selector`. */
export function formatSelector({ matchLabels, matchExpressions }: z.output<typeof selector>): string {
  const equal = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`)
  const others = matchExpressions.map(({ key, operator, values }) => {
    if (operator === 'Exists') return key
    if (operator === 'DoesNotExist') return `!${key}`
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`
  })
  return [...equal, ...others].join(',')
}

/** An object by name; `namespace` only where its manifest names one. */
export interface ObjectRef {
  /** In lower case, such as deployment or job. */
  kind: string
  name: string
  namespace: string | undefined
}

/** An object of a manifest with one of these kinds. */
export const manifestObject = <const K extends string>(...kinds: K[]) =>
  z.object({
    kind: z.enum(kinds),
    metadata: z.object({
      name: z.string(),
      namespace: z.string().optional(),
      annotations: z.record(z.string(), z.unknown()).nullish(),
    }),
  })

export function toObjectRef({ kind, metadata }: z.output<ReturnType<typeof manifestObject>>): ObjectRef {
  return { kind: kind.toLowerCase(), name: metadata.name, namespace: metadata.namespace }
}

/** The object of a manifest that a reference names. */
export function findObject<T extends { kind: string; metadata: { name: string } }>(
  manifest: string,
  schema: z.ZodType<T>,
  ref: ObjectRef,
): T | undefined {
  return parseManifest(manifest, schema).find(
    ({ kind, metadata }) => kind.toLowerCase() === ref.kind && metadata.name === ref.name,
  )
}

/** By the annotation helm.sh/hook: a hook that only `helm test` creates. */
export const isTestHook = (hook: unknown): boolean =>
  typeof hook === 'string' && hook.split(',').every((event) => event.trim().startsWith('test'))

const nestedList = z.object({ kind: z.string().endsWith('List'), items: z.array(z.unknown()) })

/**
 * Parses the objects of a manifest that match a schema, also those in a List. Parses as Kubernetes does: the mode 0644 is
 * octal. Text that looks like a date stays text.
 */
export function parseManifest<T>(manifest: string, schema: z.ZodType<T>): T[] {
  const flatten = (node: unknown): unknown[] => {
    const { data } = nestedList.safeParse(node)
    return data ? data.items.flatMap(flatten) : [node]
  }
  const documents = parseAllDocuments(manifest, {
    version: '1.1',
    customTags: (tags) =>
      tags.filter((tag) => typeof tag === 'string' || !/timestamp|TIME/.test(tag.format ?? tag.tag)),
  })
  return documents
    .flatMap((document) => flatten(document.toJS()))
    .flatMap((node) => {
      const { success, data } = schema.safeParse(node)
      return success ? [data] : []
    })
}
