import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod'
import { UserError } from '../../../domain/core/errors.ts'
import { findObject, type ObjectRef, parseManifest } from '../client/objects.ts'

/** One pod of the candidate, beside the release. */
export type SmokeTestPod = ReturnType<typeof buildSmokeTestPod>

export interface SmokeTestPodOptions {
  podName: string
  release: string
  /** Run and attempt of the job. Its post step selects the pod by them. */
  runId: string
  /** Seconds after which Kubernetes ends it, if the job does not. */
  activeDeadlineSeconds: number
}

const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by'
export const SMOKE_TEST_LABEL = 'retrain-actions.github.io/smoke-test'
export const RUN_ID_LABEL = 'retrain-actions.github.io/run-id'
/** Selects the smoke test pods of a release: those of one run, or of all runs. */
export function smokeTestSelector(release: string, runId?: string): string {
  const ofRun = runId === undefined ? '' : `,${RUN_ID_LABEL}=${runId}`
  return `${MANAGED_BY_LABEL}=retrain-actions,${SMOKE_TEST_LABEL}=${release}${ofRun}`
}

const record = z.record(z.string(), z.unknown()).nullish()
const template = z.object({
  metadata: z.object({ labels: record, annotations: record }).nullish(),
  spec: z.looseObject({
    containers: z.array(
      z.looseObject({
        ports: z.array(z.looseObject({ name: z.string().optional(), containerPort: z.number() })).nullish(),
      }),
    ),
    volumes: z.array(z.looseObject({ name: z.string() })).nullish(),
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

/** Objects that select pods: a Service by a map of labels, controllers and disruption budgets by a selector. */
const podFinder = z.object({ spec: z.object({ selector: z.record(z.string(), z.unknown()) }) })
const labelSelector = z.object({
  matchLabels: record,
  matchExpressions: z.array(z.object({ key: z.string() })).nullish(),
})

/**
 * Builds a single pod from the template of the release's workload. It has no label by which an object of the release
 * selects pods, so no Service sends it traffic and no controller adopts it. A readiness gate that never opens keeps it
 * from becoming ready for Services outside the release.
 * @param manifest what Helm renders
 * @param previousManifest of the newest revision; empty: none
 * @throws UserError if the workload has no readable pod template
 */
export function buildSmokeTestPod(
  manifest: string,
  ref: ObjectRef,
  names: SmokeTestPodOptions,
  previousManifest = '',
) {
  const found = findObject(manifest, workload, ref)
  if (!found)
    throw new UserError(
      `Input verify: ${ref.kind}/${ref.name} has no readable pod template, so no smoke test can run; check the output of "helm template".`,
    )
  const { metadata, spec } = found.spec.template
  const selectorKeys = new Set(parseManifest(manifest, podFinder).flatMap(selectorLabelKeys))
  const claims = (found.spec.volumeClaimTemplates ?? [])
    .map((template) => template.metadata.name)
    .filter((name) => !spec.volumes?.some((volume) => volume.name === name))
  const object = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: names.podName,
      labels: {
        ...omitKeys(metadata?.labels, (key) => selectorKeys.has(key)),
        [MANAGED_BY_LABEL]: 'retrain-actions',
        [SMOKE_TEST_LABEL]: names.release,
        [RUN_ID_LABEL]: names.runId,
      },
      annotations: omitKeys(metadata?.annotations, isExternalAnnotation),
    },
    spec: {
      ...spec,
      volumes: [...(spec.volumes ?? []), ...claims.map((name) => ({ name, emptyDir: {} }))],
      restartPolicy: 'Never',
      activeDeadlineSeconds: names.activeDeadlineSeconds,
      readinessGates: [{ conditionType: 'retrain-actions.github.io/never-ready' }],
    },
  }
  const ports = spec.containers
    .flatMap((container) => container.ports ?? [])
    .flatMap(({ name, containerPort }) => (name === undefined ? [] : [[name, containerPort] as const]))
  const notes: readonly string[] = [
    ...claims.map(
      (name) =>
        `The smoke test pod had an empty volume ${name}: each pod of ${ref.kind}/${ref.name} has a PersistentVolumeClaim of its own.`,
    ),
    ...findPendingConfigs(spec, manifest, previousManifest).map(
      (config) => `The smoke test pod did not have the ${config} that only the rollout creates or changes.`,
    ),
  ]
  return {
    object,
    /** Named ports of its containers. */
    ports: new Map(ports),
    /** How it differs from the pods of the rollout, if that may matter. */
    notes,
  }
}

/** The keys of the labels by which an object selects pods. */
function selectorLabelKeys({ spec: { selector } }: z.output<typeof podFinder>): string[] {
  const { matchLabels, matchExpressions } = labelSelector.safeParse(selector).data ?? {}
  const keys = [...Object.keys(matchLabels ?? {}), ...(matchExpressions ?? []).map(({ key }) => key)]
  return keys.length > 0 ? keys : Object.keys(selector)
}

/** Pods are not Helm hooks, and Prometheus must not alert on a smoke test. */
function isExternalAnnotation(annotation: string): boolean {
  return /^(helm\.sh|prometheus\.io)\//.test(annotation)
}

function omitKeys(all: Record<string, unknown> | null | undefined, isOmitted: (key: string) => boolean) {
  return Object.fromEntries(Object.entries(all ?? {}).filter(([key]) => !isOmitted(key)))
}

/** The pod template of a workload in a manifest, with the ConfigMaps and Secrets of the manifest that it uses. */
export function readTemplate(manifest: string, ref: ObjectRef): unknown {
  const found = findObject(manifest, workload, ref)?.spec.template
  const spec = JSON.stringify(found?.spec ?? {})
  const configs = parseManifest(manifest, configSchema)
    .filter(({ metadata }) => spec.includes(JSON.stringify(metadata.name)))
    .map(configContent)
  return found && { template: found, configs }
}

const configSchema = z.looseObject({
  kind: z.enum(['ConfigMap', 'Secret']),
  metadata: z.object({ name: z.string() }),
})
type Config = z.infer<typeof configSchema>

/** ConfigMaps and Secrets, as "ConfigMap NAME", that the pod uses and that only the rollout creates or changes. */
function findPendingConfigs(podSpec: unknown, manifest: string, previousManifest: string): string[] {
  const spec = JSON.stringify(podSpec)
  const existing = parseManifest(previousManifest, configSchema)
  return parseManifest(manifest, configSchema)
    .filter(({ metadata }) => spec.includes(JSON.stringify(metadata.name)))
    .filter((config) => !existing.some((each) => hasSameContent(config, each)))
    .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
}

function hasSameContent(one: Config, other: Config): boolean {
  return isDeepStrictEqual(configContent(one), configContent(other))
}

/** Without labels, such as the chart's version: pods do not see them. */
function configContent({ kind, metadata, data, binaryData, stringData }: Config): unknown[] {
  return [kind, metadata.name, data, binaryData, stringData]
}
