import * as z from 'zod'
import { UserError } from '../../../domain/core/errors.ts'
import { parseJson } from '../../../domain/core/text.ts'
import type { FailureRecord } from '../../../domain/release/recovery-plan.ts'
import type { Revision } from '../../../domain/release/revision-history.ts'
import {
  buildVerifiedRevisionPatch,
  type VerifiedRevision,
} from '../../../domain/release/verified-revisions.ts'
import { isRefused, type Kubectl } from '../client/kubectl.ts'

/** All keys of T, the optional ones too: zod drops what a schema does not name. */
export type SchemaShape<T> = Record<keyof T, z.ZodType>
export const failureRecord = z.object({
  model: z.string(),
  version: z.string(),
  tags: z.record(z.string(), z.string()),
  failedAt: z.string(),
  digest: z.string().optional(),
} satisfies SchemaShape<FailureRecord>)

const configMap = z.object({
  metadata: z.object({ resourceVersion: z.string() }).optional(),
  data: z.record(z.string(), z.string()).default({}),
})
const verifiedRevision = z.object({
  revision: z.number(),
  updated: z.string(),
  model: z.string(),
  version: z.string(),
  digest: z.string(),
  run: z.string(),
  verifiedAt: z.string(),
})

/** The ConfigMap and the Lease of a release have the same name. */
export const stateObjectName = (release: string): string => `retrain-actions.${release}`

export const stateLabels = (release: string) => ({
  'app.kubernetes.io/managed-by': 'retrain-actions',
  'app.kubernetes.io/instance': release,
})

const PENDING_TAGS_KEY = 'pending-tags'
const MAX_ATTEMPTS = 5

export type StateStore = ReturnType<typeof createStateStore>
export type OutboxStore = StateStore['outbox']

/**
 * What the actions remember of a release, in a ConfigMap of its own: Helm rewrites the labels of its Secrets, and its
 * description before any pod is ready.
 */
export function createStateStore(kubectl: Kubectl, release: string, namespace: string) {
  const name = stateObjectName(release)
  const read = async () => configMap.parse((await kubectl.get(['configmap', name])) ?? {})

  /** Writes what `change` makes of the stored data, unless that is nothing. A key that is null is deleted. */
  const update = async (change: (data: Record<string, string>) => Record<string, string | null>) => {
    for (let attempt = 1; ; attempt += 1) {
      const { metadata, data: stored } = await read()
      const changed = change(stored)
      if (Object.keys(changed).length === 0) return
      const data = { schema: '1', ...changed }
      try {
        if (metadata) {
          const patch = JSON.stringify({ metadata, data })
          await kubectl.run(['patch', 'configmap', name, '--type', 'merge', '--patch', patch])
        } else {
          const labels = stateLabels(release)
          await kubectl.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels }, data })
        }
        return
      } catch (error) {
        if (attempt >= MAX_ATTEMPTS || !isRefused(error, 'Conflict', 'AlreadyExists', 'NotFound')) throw error
      }
    }
  }
  const parsePending = (text: string | undefined): readonly FailureRecord[] => {
    if (text === undefined) return []
    try {
      return failureRecord.array().parse(JSON.parse(text))
    } catch (cause) {
      const removal = JSON.stringify({ data: { [PENDING_TAGS_KEY]: null } })
      throw new UserError(
        `Key ${PENDING_TAGS_KEY} of ConfigMap ${name} cannot be read: ${String(cause).replaceAll('\n', ' ')}. It holds failures that MLflow does not have yet. Write its tags to the model versions, then run "kubectl patch configmap ${name} --namespace ${namespace} --type merge --patch '${removal}'".`,
        { cause },
      )
    }
  }
  return {
    /** Those of earlier releases of the same name included. */
    readVerifiedRevisions: async () => Object.values((await read()).data).flatMap(parseVerifiedRevision),
    /** Adds one, and drops those of revisions that are no longer in the history. */
    recordVerifiedRevision: (added: VerifiedRevision, history: readonly Revision[]): Promise<void> =>
      update((data) => {
        const verified = Object.values(data).flatMap(parseVerifiedRevision)
        return buildVerifiedRevisionPatch(Object.keys(data), verified, history, added)
      }),
    /** Failure tags that MLflow does not have yet. @throws UserError where they cannot be read */
    outbox: {
      read: async () => parsePending((await read()).data[PENDING_TAGS_KEY]),
      /** Changes what is stored now. */
      update: (change: (pending: readonly FailureRecord[]) => readonly FailureRecord[]): Promise<void> =>
        update((data) => {
          const pending = change(parsePending(data[PENDING_TAGS_KEY]))
          const text = pending.length > 0 ? JSON.stringify(pending) : undefined
          return text === data[PENDING_TAGS_KEY] ? {} : { [PENDING_TAGS_KEY]: text ?? null }
        }),
    },
  }
}

/** One that cannot be read verifies nothing. */
function parseVerifiedRevision(text: string): VerifiedRevision[] {
  const { success, data } = verifiedRevision.safeParse(parseJson(text))
  return success ? [data] : []
}
