import * as z from 'zod'
import { Fault } from '../../domain/failure.ts'
import type { Lease } from '../../domain/lease.ts'
import { LEASE_KEY } from '../../domain/marks.ts'
import type { Kubectl } from './kubectl.ts'
import { configMapWith, marksName } from './marks.ts'

/** The lease of a release, in the ConfigMap of its marks. */
export interface LeaseStore {
  /** Undefined where nobody holds it. */
  read(): Promise<Lease | undefined>
  /** Puts one in the place of another (undefined: none). False where someone else was faster: then nothing was written. */
  swap(before: Lease | undefined, next: Lease | undefined): Promise<boolean>
}

const configMap = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  data: z.record(z.string(), z.string()).default({}),
})
const underway = z.object({
  release: z.string(),
  namespace: z.string(),
  before: z.number(),
  first: z.boolean(),
  version: z.string(),
  own: z.number().optional(),
  backTo: z.number().optional(),
  keep: z.boolean().optional(),
})
const lease = z.object({
  id: z.string(),
  action: z.string(),
  repository: z.string(),
  run: z.string(),
  attempt: z.string(),
  runner: z.string(),
  url: z.string(),
  since: z.string(),
  until: z.string(),
  underway: underway.optional(),
})

/** @param kubectl one that a cancelled job may use still, since a lease is to be given back */
export function leaseOf(kubectl: Kubectl, release: string): LeaseStore {
  const name = marksName(release)
  const read = async () => {
    const found = await kubectl.get(['configmap', name])
    if (found === undefined) return { version: undefined, lease: undefined }
    const { metadata, data } = configMap.parse(found)
    return { version: metadata.resourceVersion, lease: parsed(data[LEASE_KEY]) }
  }
  return {
    read: async () => (await read()).lease,
    async swap(before, next) {
      const now = await read()
      if (now.lease?.id !== before?.id) return false
      if (now.version === undefined && next === undefined) return true
      const data = { [LEASE_KEY]: next === undefined ? null : JSON.stringify(next) }
      try {
        if (now.version === undefined) await kubectl.create(configMapWith(release, data))
        // The API server refuses a patch that names another version than the object's.
        else await patch(kubectl, name, { metadata: { resourceVersion: now.version }, data })
        return true
      } catch (error) {
        if (error instanceof Fault && /\((Conflict|AlreadyExists|NotFound)\)/.test(error.message))
          return false
        throw error
      }
    },
  }
}

async function patch(kubectl: Kubectl, name: string, change: object): Promise<void> {
  await kubectl.run(['patch', 'configmap', name, '--type', 'merge', '--patch', JSON.stringify(change)])
}

/** One that cannot be read is none: nobody could ever give it back. */
function parsed(text: string | undefined): Lease | undefined {
  if (text === undefined) return undefined
  try {
    return lease.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}
