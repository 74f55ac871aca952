import { parseAllDocuments } from 'yaml'
import * as z from 'zod'
import type { Foretold } from '../../domain/version-source.ts'
import { podTemplate } from './objects.ts'
import { declaredVersion, type VersionFrom } from './pod-version.ts'
import type { WorkloadRef } from './workload.ts'

const workload = z.object({
  kind: z.string(),
  metadata: z.object({ name: z.string() }),
  spec: z.object({ template: podTemplate }),
})
/** The same as far as the number of its pods goes. */
const scaled = workload.extend({ spec: z.object({ replicas: z.unknown().optional() }) })

/** Whether a rendered workload leaves the number of its pods to an autoscaler. A DaemonSet has none to leave. */
export function leavesReplicas(manifest: string, ref: WorkloadRef): boolean {
  if (ref.kind === 'daemonset') return false
  return parseAllDocuments(manifest).some((document) => {
    const { data } = scaled.safeParse(document.toJS())
    return (
      data?.kind.toLowerCase() === ref.kind &&
      data.metadata.name === ref.name &&
      (data.spec.replicas ?? undefined) === undefined
    )
  })
}

/** Which version the pods of a rendered workload will name. A template that we cannot read is for the cluster to judge. */
export function foretoldVersion(manifest: string, ref: WorkloadRef, where: VersionFrom): Foretold {
  if (where.from === 'http') return { kind: 'unknown' }
  for (const document of parseAllDocuments(manifest)) {
    const { data } = workload.safeParse(document.toJS())
    if (data?.kind.toLowerCase() === ref.kind && data.metadata.name === ref.name)
      return { kind: 'named', version: declaredVersion(data.spec.template, where) }
  }
  return { kind: 'unknown' }
}
