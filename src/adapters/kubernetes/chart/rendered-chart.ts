import * as z from 'zod'
import type { PredictedVersion, UpgradePreview } from '../../../domain/preflight/preflight.ts'
import {
  findInvalidImages,
  findUnusableTexts,
  type RenderedText,
  type UnusableText,
} from '../../../domain/preflight/rendered-text.ts'
import { findObject, type ObjectRef, podTemplate } from '../client/objects.ts'
import { readDeclaredVersion, type VersionFrom } from '../rollout/version-from.ts'
import { findUnwatchedObjects, parseWorkloads, selectServingWorkload } from '../rollout/workload.ts'

/** Where the version of a model stands in its pods; the input `workload`, if it is given. */
export interface ChartOptions {
  versionFrom: VersionFrom
  workload: string | undefined
}

/** What a rendered chart says about the new pods. */
export type ChartPreview = Pick<
  UpgradePreview,
  'predictedVersion' | 'omitsReplicas' | 'workload' | 'stoppedBy' | 'showsReadiness' | 'unusableTexts'
>

/** @throws UserError unless the chart has one workload, or the one that the input `workload` names */
export function describeChart(
  manifest: string,
  release: string,
  { versionFrom, workload }: ChartOptions,
): ChartPreview {
  const ref = selectServingWorkload(
    parseWorkloads(manifest),
    release,
    workload,
    findUnwatchedObjects(manifest),
  )
  const spec = findWorkloadSpec(manifest, ref)
  return {
    workload: `${ref.kind}/${ref.name}`,
    predictedVersion: predictVersion(manifest, ref, versionFrom),
    omitsReplicas: omitsReplicas(manifest, ref),
    stoppedBy: spec?.replicas === 0 ? 'replicas: 0' : spec?.paused === true ? 'paused: true' : undefined,
    showsReadiness: versionFrom.from === 'http' || hasReadinessProbe(spec?.template),
    unusableTexts: findTextProblems(spec?.template),
  }
}

const probedPod = z.object({
  spec: z.object({
    containers: z.array(z.object({ readinessProbe: z.unknown(), startupProbe: z.unknown() }).partial()),
  }),
})

/** Undefined for a template that we cannot read. */
function hasReadinessProbe(template: unknown): boolean | undefined {
  return probedPod
    .safeParse(template)
    .data?.spec.containers.some(({ readinessProbe, startupProbe }) => readinessProbe ?? startupProbe)
}

function findTextProblems(template: unknown): UnusableText[] {
  const texts = collectTexts(template, 'template')
  const isImage = ({ place }: RenderedText) => /\.(?:initContainers|containers)\[[^\]]*\]\.image$/.test(place)
  return [
    ...findInvalidImages(texts.filter(isImage)),
    ...findUnusableTexts(texts.filter((text) => !isImage(text))),
  ]
}

/** Every text below a node; an item of a list by its name: `spec.containers[serve].image`. */
export function collectTexts(node: unknown, place: string): RenderedText[] {
  if (typeof node === 'string') return [{ place, text: node }]
  if (Array.isArray(node))
    return node.flatMap((item, index) => collectTexts(item, `${place}[${Object(item).name ?? index}]`))
  return Object.entries(Object(node)).flatMap(([key, value]) => collectTexts(value, `${place}.${key}`))
}

const workload = z.object({
  kind: z.string(),
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    replicas: z.unknown().optional(),
    paused: z.unknown().optional(),
    template: z.unknown().optional(),
  }),
})

function findWorkloadSpec(manifest: string, ref: ObjectRef) {
  return findObject(manifest, workload, ref)?.spec
}

/** Whether a rendered workload leaves the number of its pods to an autoscaler; false for a DaemonSet, which has none. */
export function omitsReplicas(manifest: string, ref: ObjectRef): boolean {
  const spec = findWorkloadSpec(manifest, ref)
  return ref.kind !== 'daemonset' && spec !== undefined && (spec.replicas ?? undefined) === undefined
}

/** Which version the pods of a rendered workload will name; unknown for a template that we cannot read. */
export function predictVersion(manifest: string, ref: ObjectRef, where: VersionFrom): PredictedVersion {
  const { template: raw } = findWorkloadSpec(manifest, ref) ?? {}
  const template = podTemplate.safeParse(raw).data
  if (!template || where.from === 'http') return { kind: 'unknown' }
  const version = readDeclaredVersion(template, where)
  if (where.from !== 'env') return { kind: 'known', version }
  const { containers, initContainers } = template.spec
  const isDuplicate = [...containers, ...initContainers].some(
    ({ env }) => env.filter(({ name }) => name === where.name).length > 1,
  )
  return {
    kind: 'known',
    version,
    reference: version === undefined ? findReference(raw, where.name) : undefined,
    duplicate: isDuplicate ? where.name : undefined,
  }
}

const named = z.object({ name: z.string() })
const referencingPod = z.object({
  spec: z.object({
    containers: z.array(
      z.object({
        env: z
          .array(
            z.object({
              name: z.string(),
              valueFrom: z
                .object({ configMapKeyRef: named.optional(), secretKeyRef: named.optional() })
                .optional(),
            }),
          )
          .default([]),
        envFrom: z
          .array(z.object({ configMapRef: named.optional(), secretRef: named.optional() }))
          .default([]),
      }),
    ),
  }),
})

/** The ConfigMap or Secret from which pods may take a variable; its value stands in no pod. */
function findReference(template: unknown, variable: string): string | undefined {
  const containers = referencingPod.safeParse(template).data?.spec.containers ?? []
  const own = containers.flatMap(({ env }) => env.filter(({ name }) => name === variable))
  const sources = own.flatMap(({ valueFrom }) => valueFrom ?? [])
  const all = containers.flatMap(({ envFrom }) => envFrom)
  const configMap =
    sources.find((each) => each.configMapKeyRef)?.configMapKeyRef ??
    all.find((each) => each.configMapRef)?.configMapRef
  if (configMap) return `ConfigMap ${configMap.name}`
  const secret =
    sources.find((each) => each.secretKeyRef)?.secretKeyRef ?? all.find((each) => each.secretRef)?.secretRef
  return secret && `Secret ${secret.name}`
}
