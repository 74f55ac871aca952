import * as z from 'zod'

/** The parts of Kubernetes objects that we read; everything else in them is left alone. */
const metadata = z.object({
  name: z.string(),
  namespace: z.string().optional(),
  uid: z.string().default(''),
  generation: z.number().default(0),
  creationTimestamp: z.string().optional(),
  deletionTimestamp: z.string().optional(),
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
      /** Ready for minReadySeconds; a DaemonSet has a name of its own for it. */
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
const container = z.object({
  name: z.string(),
  image: z.string().default(''),
  env: z.array(z.object({ name: z.string(), value: z.string().optional() })).default([]),
  ports: z.array(z.object({ containerPort: z.number() })).default([]),
  readinessProbe: z.object({}).nullish(),
  /** Of an init container: "Always" makes it a sidecar. */
  restartPolicy: z.string().default(''),
})
export type Container = z.output<typeof container>

const podSpec = z.object({
  initContainers: z.array(container).default([]),
  containers: z.array(container),
})
/** What a workload makes its pods from. */
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

/** A ReplicaSet or ControllerRevision: what stands between a workload and its pods. */
export const generation = z.object({ kind: z.string(), metadata, revision: z.number().optional() })
export type Generation = z.output<typeof generation>

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
    /** Which container of a pod: "spec.containers{serve}". */
    fieldPath: z.string().default(''),
  }),
})
export type KubernetesEvent = z.output<typeof event>

export const listOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item) })
export const anyObject = z.looseObject({ kind: z.string() })

/** A label selector in the form that `kubectl get --selector` reads. */
export function selectorText({ matchLabels, matchExpressions }: z.output<typeof selector>): string {
  const equal = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`)
  const others = matchExpressions.map(({ key, operator, values }) => {
    if (operator === 'Exists') return key
    if (operator === 'DoesNotExist') return `!${key}`
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`
  })
  return [...equal, ...others].join(',')
}
