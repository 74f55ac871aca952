import { ArtifactsNotListable } from '../http/faults.ts'
import type { Mlflow } from '../mlflow.ts'
import type { ModelVersion } from '../schemas.ts'

/** `reason` is the end of a sentence about the version. */
export type Loadability =
  | { kind: 'loadable' }
  | { kind: 'broken'; reason: string }
  /** The server cannot list the files. Pods may still reach their store. */
  | { kind: 'unverifiable'; reason: string }

/** A version is loadable if it is READY, its run is not deleted (MLflow collects the files of such runs), and it has an MLmodel file. */
export async function checkLoadability(
  mlflow: Pick<Mlflow, 'getRun' | 'listArtifacts' | 'locateArtifacts'>,
  version: ModelVersion,
): Promise<Loadability> {
  const broken = (reason: string): Loadability => ({ kind: 'broken', reason })
  if (version.status !== 'READY') return broken(`is ${version.status || 'of unknown status'}, not READY`)
  if (version.runId !== '') {
    const run = await mlflow.getRun(version.runId)
    if (!run || run.deleted) return broken(`has lost its run: ${version.runId} is deleted`)
  }
  try {
    const files = await mlflow.listArtifacts(await mlflow.locateArtifacts(version))
    return files?.some(({ path, isFolder }) => path === 'MLmodel' && !isFolder)
      ? { kind: 'loadable' }
      : broken('has no MLmodel file')
  } catch (error) {
    if (error instanceof ArtifactsNotListable)
      return { kind: 'unverifiable', reason: `cannot be verified: ${error.detail}` }
    throw error
  }
}
