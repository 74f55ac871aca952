import { parseAllDocuments } from 'yaml'
import * as z from 'zod'
import { UserError } from '../../domain/failure.ts'
import { configToCome } from './trial-config.ts'
import type { WorkloadRef } from './workload.ts'

/** A pod that tries out what a rollout would bring, beside the release. */
export interface TrialPod {
  /** The object to create. */
  object: { metadata: { name: string }; [key: string]: unknown }
  /** The ports that its containers name. */
  ports: ReadonlyMap<string, number>
  /** In what it differs from the pods of the rollout, where that may matter. */
  notes: readonly string[]
}

export interface TrialNames {
  pod: string
  release: string
  /** The run and attempt of the job, by which its post step knows its own. */
  run: string
  /** Seconds after which the cluster ends it, should nobody else. */
  seconds: number
}

/** A pod of a trial is known by these labels, whatever became of the job that made it. */
const MANAGED_BY = 'app.kubernetes.io/managed-by'
export const TRIAL_OF = 'retrain-actions/verify'
export const TRIAL_RUN = 'retrain-actions/run'
/** Label selector for the trials of a release: of one run, or of all. */
export function trialsOf(release: string, run?: string): string {
  const own = run === undefined ? '' : `,${TRIAL_RUN}=${run}`
  return `${MANAGED_BY}=retrain-actions,${TRIAL_OF}=${release}${own}`
}

const record = z.record(z.string(), z.unknown()).nullish()
const expressions = z.array(z.object({ key: z.string() }))
const named = z.looseObject({ name: z.string() })
const template = z.object({
  metadata: z.object({ labels: record, annotations: record }).nullish(),
  spec: z.looseObject({
    containers: z.array(
      z.looseObject({
        ports: z.array(z.looseObject({ name: z.string().optional(), containerPort: z.number() })).nullish(),
      }),
    ),
    volumes: z.array(named).nullish(),
  }),
})
const workload = z.object({
  kind: z.string(),
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    template,
    volumeClaimTemplates: z.array(z.object({ metadata: z.object({ name: z.string() }) })).nullish(),
  }),
})

/** Whatever finds its pods by labels: a Service by a map of them, controllers and budgets by a selector. */
const finder = z.object({ spec: z.object({ selector: z.record(z.string(), z.unknown()) }) })
const labelSelector = z.union([
  z.object({ matchLabels: z.record(z.string(), z.unknown()), matchExpressions: expressions.nullish() }),
  z.object({ matchLabels: record, matchExpressions: expressions }),
])

/**
 * The pod of a rendered release's workload, as one that stands alone and ends by itself. It has none of the labels by
 * which anything of the release finds its pods, so no Service sends it traffic and no controller takes it for its own;
 * and a gate that nobody opens keeps it from ever being ready to a Service from elsewhere.
 * @param manifest what Helm renders
 * @param before the manifest of the newest revision; empty where there is none
 * @throws UserError where the workload has no pod template that can be read
 */
export function trialPod(manifest: string, ref: WorkloadRef, names: TrialNames, before = ''): TrialPod {
  const objects = documentsIn(manifest)
  const found = objects
    .map((object) => workload.safeParse(object).data)
    .find((each) => each?.kind.toLowerCase() === ref.kind && each.metadata.name === ref.name)
  if (!found)
    throw new UserError(
      `Input verify: ${ref.kind}/${ref.name} has no pod template that can be read, so no pod of it can be tried out; see what "helm template" makes of the chart.`,
    )
  const { metadata, spec } = found.spec.template
  const sought = new Set(objects.flatMap(labelsSought))
  const claims = (found.spec.volumeClaimTemplates ?? [])
    .map((claim) => claim.metadata.name)
    .filter((name) => !spec.volumes?.some((volume) => volume.name === name))
  const object = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: names.pod,
      labels: {
        ...without(metadata?.labels, (key) => sought.has(key)),
        [MANAGED_BY]: 'retrain-actions',
        [TRIAL_OF]: names.release,
        [TRIAL_RUN]: names.run,
      },
      annotations: without(metadata?.annotations, isOfOthers),
    },
    spec: {
      ...spec,
      volumes: [...(spec.volumes ?? []), ...claims.map((name) => ({ name, emptyDir: {} }))],
      restartPolicy: 'Never',
      activeDeadlineSeconds: names.seconds,
      readinessGates: [{ conditionType: 'retrain-actions/never' }],
    },
  }
  const ports = found.spec.template.spec.containers
    .flatMap((container) => container.ports ?? [])
    .flatMap(({ name, containerPort }) => (name === undefined ? [] : [[name, containerPort] as const]))
  const toCome = configToCome(spec, objects, documentsIn(before))
  const notes = [
    ...claims.map(
      (name) =>
        `The pod of the golden requests had an empty volume ${name}: a claim of ${ref.kind}/${ref.name} is for one pod alone.`,
    ),
    ...toCome.map(
      (each) => `The pod of the golden requests had not the ${each} that only the rollout brings or changes.`,
    ),
  ]
  return { object, ports: new Map(ports), notes }
}

/** As Kubernetes reads them: a mode of 0644 is octal there. What looks like a date stays the text that it is. */
function documentsIn(manifest: string): unknown[] {
  return parseAllDocuments(manifest, {
    version: '1.1',
    customTags: (tags) =>
      tags.filter((tag) => typeof tag === 'string' || !/timestamp|TIME/.test(tag.format ?? tag.tag)),
  }).map((document) => document.toJS())
}

/** The keys of labels by which an object finds pods. */
function labelsSought(object: unknown): string[] {
  const { data } = finder.safeParse(object)
  if (!data) return []
  const { selector } = data.spec
  const told = labelSelector.safeParse(selector).data
  if (!told) return Object.keys(selector)
  return [...Object.keys(told.matchLabels ?? {}), ...(told.matchExpressions ?? []).map(({ key }) => key)]
}

/** Helm's hooks are not for pods, and an alert shall not name a version for what it was only asked in a trial. */
function isOfOthers(annotation: string): boolean {
  return /^(helm\.sh|prometheus\.io)\//.test(annotation)
}

function without(all: Record<string, unknown> | null | undefined, drops: (key: string) => boolean) {
  return Object.fromEntries(Object.entries(all ?? {}).filter(([key]) => !drops(key)))
}
