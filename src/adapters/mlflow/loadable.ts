import { Unlisted } from './failures.ts'
import type { Mlflow } from './mlflow.ts'
import type { ModelVersion } from './schemas.ts'

/** Whether a version can be counted on to load; `why` is the end of a sentence about it. */
export type Loadable =
  | { kind: 'loads' }
  | { kind: 'broken'; why: string }
  /** The server does not list its files, which says nothing against them: pods may well reach the store. */
  | { kind: 'unseen'; why: string }

/** It loads if it is READY, its run is not deleted (what is deleted is collected some day, files and all), and its MLmodel is listed. */
export async function loadable(
  mlflow: Pick<Mlflow, 'run' | 'list' | 'placeOf'>,
  version: ModelVersion,
): Promise<Loadable> {
  const broken = (why: string): Loadable => ({ kind: 'broken', why })
  if (version.status !== 'READY') return broken(`is ${version.status || 'of unknown status'}, not READY`)
  if (version.runId !== '') {
    const run = await mlflow.run(version.runId)
    if (!run || run.deleted) return broken(`has lost its run: ${version.runId} is deleted`)
  }
  try {
    const top = await mlflow.list(await mlflow.placeOf(version))
    return top?.some(({ path, isFolder }) => path === 'MLmodel' && !isFolder)
      ? { kind: 'loads' }
      : broken('has no MLmodel file any more')
  } catch (error) {
    if (error instanceof Unlisted) return { kind: 'unseen', why: `cannot be looked at: ${error.said}` }
    throw error
  }
}
