import { Unlisted } from './failures.ts'
import type { Mlflow } from './mlflow.ts'
import type { ModelVersion } from './schemas.ts'

/**
 * Why a version cannot be counted on to load, as the end of a sentence about it; undefined where it can: it is READY,
 * its run is not deleted (what is deleted is collected some day, files and all), and its MLmodel is listed.
 */
export async function whyNotLoadable(
  mlflow: Pick<Mlflow, 'run' | 'list' | 'placeOf'>,
  version: ModelVersion,
): Promise<string | undefined> {
  if (version.status !== 'READY') return `is ${version.status || 'of unknown status'}, not READY`
  if (version.runId !== '') {
    const run = await mlflow.run(version.runId)
    if (!run || run.deleted) return `has lost its run: ${version.runId} is deleted`
  }
  try {
    const top = await mlflow.list(await mlflow.placeOf(version))
    return top?.some(({ path, isFolder }) => path === 'MLmodel' && !isFolder)
      ? undefined
      : 'has no MLmodel file any more'
  } catch (error) {
    if (error instanceof Unlisted) return `cannot be looked at: ${error.message}`
    throw error
  }
}
