import * as z from 'zod'
import { Fault } from '../../domain/failure.ts'
import type { Lease } from '../../domain/lease.ts'
import { LEASE_KEY } from '../../domain/marks.ts'
import type { Blame, Underway } from '../../domain/rollout-recovery.ts'
import type { Kubectl } from './kubectl.ts'
import { configMapWith, marksName } from './marks.ts'

/** The lease of a release, in the ConfigMap of its marks. */
export interface LeaseStore {
  /** Undefined where nobody holds it. */
  read(): Promise<Lease | undefined>
  /**
   * Puts one in the place of another (undefined: none). False where someone else was faster: then nothing was written. What
   * was written stands, also where the answer to it was lost.
   */
  swap(before: Lease | undefined, next: Lease | undefined): Promise<boolean>
}

const configMap = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  data: z.record(z.string(), z.string()).default({}),
})
/** Every field, the optional ones too: what a schema does not name is lost on the way. */
type Shape<T> = Record<keyof T, z.ZodType>
const blame = z.object({
  model: z.string(),
  tags: z.record(z.string(), z.string()),
  at: z.string(),
  digest: z.string().optional(),
} satisfies Shape<Blame>)
const underway = z.object({
  release: z.string(),
  namespace: z.string(),
  before: z.number(),
  first: z.boolean(),
  version: z.string(),
  own: z.number().optional(),
  backTo: z.number().optional(),
  keep: z.boolean().optional(),
  blame: blame.optional(),
} satisfies Shape<Underway>)
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
  untold: underway.array().optional(),
} satisfies Shape<Lease>)

/** @param kubectl one that a cancelled job may use still, since a lease is to be given back */
export function leaseOf(kubectl: Kubectl, release: string): LeaseStore {
  const name = marksName(release)
  /** What was last read or written here: mostly it still stands, and where it does not the API server refuses. */
  let known: Found | undefined
  const read = async (): Promise<Found> => {
    const found = await kubectl.get(['configmap', name])
    const { metadata, data } = found === undefined ? NONE : configMap.parse(found)
    const text = data[LEASE_KEY]
    known = { version: metadata.resourceVersion, text, lease: leaseIn(text) }
    return known
  }
  const write = async (before: Found, next: Lease | undefined): Promise<boolean> => {
    known = undefined
    const text = next && JSON.stringify(next)
    try {
      if (before.version === undefined)
        await kubectl.create(configMapWith(release, { [LEASE_KEY]: text ?? null }))
      else await kubectl.run(['patch', 'configmap', name, ...changeOf(before, text)])
      if (text !== undefined) known = { version: before.version ?? '', text, lease: next }
      return true
    } catch (error) {
      if (error instanceof Fault && REFUSED.test(error.message)) return false
      const now = await read().catch(() => undefined)
      if (now && now.text === text) return true
      throw error
    }
  }
  return {
    read: async () => (await read()).lease,
    async swap(before, next) {
      const last = known
      if (last && last.lease?.id === before?.id && (last.version !== undefined || next !== undefined))
        if (await write(last, next)) return true
      const now = await read()
      if (next && now.text === JSON.stringify(next)) return true
      if (now.lease?.id !== before?.id) return false
      if (now.version === undefined && next === undefined) return true
      return write(now, next)
    },
  }
}

interface Found {
  /** Undefined: there is no ConfigMap. */
  version: string | undefined
  /** The lease as it stands there, to the letter. */
  text: string | undefined
  lease: Lease | undefined
}

const NONE = { metadata: { resourceVersion: undefined }, data: {} as Record<string, string> }
/** By another version of the object, a lease that reads otherwise, or an object that came or went. */
const REFUSED = /\((Conflict|AlreadyExists|NotFound|Invalid)\)|The request is invalid/

/** A patch that the API server refuses where the lease is not the one from before: marks may have come meanwhile. */
function changeOf({ version, text }: Found, next: string | undefined): string[] {
  if (text === undefined) {
    const change = { metadata: { resourceVersion: version }, data: { [LEASE_KEY]: next ?? null } }
    return ['--type', 'merge', '--patch', JSON.stringify(change)]
  }
  const path = `/data/${LEASE_KEY}`
  const put = next === undefined ? { op: 'remove', path } : { op: 'replace', path, value: next }
  return ['--type', 'json', '--patch', JSON.stringify([{ op: 'test', path, value: text }, put])]
}

/** A lease as it was written. One that cannot be read is none: nobody could ever give it back. */
export function leaseIn(text: string | undefined): Lease | undefined {
  if (text === undefined) return undefined
  try {
    return lease.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}
