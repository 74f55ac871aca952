import * as z from 'zod'
import { UserError } from '../../../domain/core/errors.ts'
import type { Lease } from '../../../domain/release/lease.ts'
import type { Operation } from '../../../domain/release/recovery-plan.ts'
import { isRefused, type Kubectl } from '../client/kubectl.ts'
import { failureRecord, type SchemaShape, stateLabels, stateObjectName } from './state-config-map.ts'

/** The Lease object of a release. */
export type LeaseStore = ReturnType<typeof createLeaseStore>

const OPERATION_ANNOTATION = 'retrain-actions.github.io/operation'

const operation = z.object({
  release: z.string(),
  namespace: z.string(),
  previousRevision: z.number(),
  isInstall: z.boolean(),
  version: z.string(),
  revision: z.number().optional(),
  rollbackTarget: z.number().optional(),
  keepOnFailure: z.boolean().optional(),
  failure: failureRecord.optional(),
} satisfies SchemaShape<Operation>)
const time = z.iso.datetime({ offset: true })
const leaseObject = z.object({
  metadata: z.object({
    resourceVersion: z.string(),
    annotations: z.record(z.string(), z.string()).nullish(),
  }),
  spec: z.object({
    holderIdentity: z.string().nullish(),
    acquireTime: time,
    renewTime: time,
    leaseDurationSeconds: z.number(),
    leaseTransitions: z.number().default(0),
  }),
})

/** @param kubectl one that a cancelled job may use still, since it must release its lease */
export function createLeaseStore(kubectl: Kubectl, release: string, namespace: string) {
  const name = stateObjectName(release)
  const parse = (object: unknown): Lease => {
    try {
      const { metadata, spec } = leaseObject.parse(object)
      const text = metadata.annotations?.[OPERATION_ANNOTATION]
      return {
        ...spec,
        holderIdentity: spec.holderIdentity ?? '',
        operation: text === undefined ? undefined : operation.parse(JSON.parse(text)),
        resourceVersion: metadata.resourceVersion,
      }
    } catch (error) {
      const detail = error instanceof z.ZodError ? z.prettifyError(error) : String(error)
      throw new UserError(
        `Lease ${name} cannot be read: ${detail.replaceAll('\n', ' ')}. See that no job works on release ${release} and that "helm history ${release} --namespace ${namespace}" shows nothing pending, then run "kubectl delete lease ${name} --namespace ${namespace}".`,
        { cause: error },
      )
    }
  }
  /** Undefined where there is none. @throws UserError where it cannot be read */
  const read = async (): Promise<Lease | undefined> => {
    const found = await kubectl.get(['lease', name])
    return found === undefined ? undefined : parse(found)
  }
  const put = async ({ operation, resourceVersion, ...spec }: Lease): Promise<unknown> => {
    const annotations = { [OPERATION_ANNOTATION]: operation ? JSON.stringify(operation) : null }
    const kind = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' }
    if (resourceVersion === undefined)
      return kubectl.create({
        ...kind,
        metadata: { name, labels: stateLabels(release), ...(operation ? { annotations } : {}) },
        spec,
      })
    // The API server refuses a patch that names another version than the current one.
    const patch = JSON.stringify({ metadata: { resourceVersion, annotations }, spec })
    return JSON.parse(
      await kubectl.run(['patch', 'lease', name, '--type', 'merge', '--patch', patch, '--output', 'json']),
    )
  }
  return {
    read,
    /**
     * Creates the object, or replaces the version that `lease.resourceVersion` names. Gives the lease as it is stored
     * then, also where the answer to the write was lost; undefined where another process has written in between.
     */
    async write(lease: Lease): Promise<Lease | undefined> {
      try {
        return parse(await put(lease))
      } catch (error) {
        // A lost answer, also one that kubectl tried again after: then the stored lease is the one that was to be written.
        const found = await read().catch(() => undefined)
        if (found?.holderIdentity === lease.holderIdentity && found.renewTime === lease.renewTime)
          return found
        const wasCreated = lease.resourceVersion === undefined
        if (wasCreated ? isRefused(error, 'AlreadyExists') : isRefused(error, 'Conflict', 'NotFound'))
          return undefined
        throw error
      }
    },
  }
}
