import * as z from 'zod'
import { Fault } from '../../domain/failure.ts'
import type { Revision } from '../../domain/history.ts'
import { type Mark, markKey, markPatch } from '../../domain/marks.ts'
import type { Kubectl } from './kubectl.ts'

const configMap = z.object({ data: z.record(z.string(), z.string()).default({}) })
const mark = z.object({
  revision: z.number(),
  updated: z.string(),
  model: z.string(),
  version: z.string(),
  digest: z.string(),
  run: z.string(),
  provenAt: z.string(),
})

/**
 * Marks live in a ConfigMap of our own: Helm writes its description and labels before pods are ready, and rewrites the
 * labels of its Secrets when a revision is superseded.
 */
export const marksName = (release: string): string => `retrain-actions.${release}`

/** The marks of a release. */
export interface MarkStore {
  /** Every one, the stale ones too. */
  read(): Promise<Mark[]>
  /** Adds one, and drops those of revisions that are no longer in the history. */
  write(added: Mark, history: readonly Revision[]): Promise<void>
}

/** What was last read or written here is what a mark is added to: a stale one besides is dropped with the next. */
export function marksOf(kubectl: Kubectl, release: string): MarkStore {
  const name = marksName(release)
  let known: Record<string, string> | undefined
  const read = async () => {
    const found = await kubectl.get(['configmap', name])
    known = found === undefined ? {} : configMap.parse(found).data
    return known
  }
  return {
    read: async () => Object.values(await read()).flatMap(parsed),
    async write(added, history) {
      const before = known ?? (await read())
      const change = markPatch(Object.keys(before), Object.values(before).flatMap(parsed), history, added)
      const after = Object.entries({ ...before, ...change }).filter(([, text]) => text !== null)
      const patch = JSON.stringify({ data: change })
      try {
        await kubectl.run(['patch', 'configmap', name, '--type', 'merge', '--patch', patch])
      } catch (error) {
        if (!(error instanceof Fault) || !/NotFound/.test(error.message)) throw error
        // Nobody holds a lease, which would lie there, or someone has just deleted it.
        await kubectl.create(configMapWith(release, { [markKey(added.revision)]: JSON.stringify(added) }))
      }
      known = Object.fromEntries(after) as Record<string, string>
    },
  }
}

/** The ConfigMap in which a release's marks and lease are kept. */
export function configMapWith(release: string, data: Readonly<Record<string, string | null>>): object {
  const labels = { 'app.kubernetes.io/managed-by': 'retrain-actions', 'app.kubernetes.io/instance': release }
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: marksName(release), labels }, data }
}

/** One that cannot be read is none: it proves nothing. */
function parsed(text: string): Mark[] {
  try {
    return [mark.parse(JSON.parse(text))]
  } catch {
    return []
  }
}
