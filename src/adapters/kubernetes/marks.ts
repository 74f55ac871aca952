import * as z from 'zod'
import { Fault } from '../../domain/failure.ts'
import type { Revision } from '../../domain/history.ts'
import { type Mark, markPatch } from '../../domain/marks.ts'
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

/** Every mark of a release, the stale ones too. */
export async function readMarks(kubectl: Kubectl, release: string): Promise<Mark[]> {
  return Object.values(await dataOf(kubectl, release)).flatMap(parsed)
}

/** Adds a mark, and drops those of revisions that are no longer in the history. */
export async function writeMark(
  kubectl: Kubectl,
  release: string,
  history: readonly Revision[],
  added: Mark,
): Promise<void> {
  const name = marksName(release)
  const before = await dataOf(kubectl, release)
  const data = markPatch(Object.keys(before), Object.values(before).flatMap(parsed), history, added)
  const patch = () =>
    kubectl.run(['patch', 'configmap', name, '--type', 'merge', '--patch', JSON.stringify({ data })])
  if (Object.keys(before).length > 0) {
    await patch()
    return
  }
  try {
    await kubectl.create(configMapWith(release, data))
  } catch (error) {
    // Someone made it a moment ago, or it is there and empty.
    if (!(error instanceof Fault) || !/AlreadyExists/.test(error.message)) throw error
    await patch()
  }
}

/** The ConfigMap in which a release's marks and lease are kept. */
export function configMapWith(release: string, data: Readonly<Record<string, string | null>>): object {
  const labels = { 'app.kubernetes.io/managed-by': 'retrain-actions', 'app.kubernetes.io/instance': release }
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: marksName(release), labels }, data }
}

async function dataOf(kubectl: Kubectl, release: string): Promise<Record<string, string>> {
  const found = await kubectl.get(['configmap', marksName(release)])
  return found === undefined ? {} : configMap.parse(found).data
}

/** One that cannot be read is none: it proves nothing. */
function parsed(text: string): Mark[] {
  try {
    return [mark.parse(JSON.parse(text))]
  } catch {
    return []
  }
}
