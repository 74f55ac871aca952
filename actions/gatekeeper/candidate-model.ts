import { type Place, placeIn } from '../../src/adapters/mlflow/artifacts.ts'
import { Unlisted } from '../../src/adapters/mlflow/failures.ts'
import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { loggedModelIn } from '../../src/adapters/mlflow/registry.ts'
import type { ModelVersion, Run } from '../../src/adapters/mlflow/schemas.ts'
import { UserError } from '../../src/domain/failure.ts'

/** The files that are up for judgement, or what stands against there being any. */
export type CandidateModel =
  | { source: string; digest: string; problem?: undefined; unseen?: undefined }
  /** `unseen` where the server cannot show the files, which says nothing against them. */
  | { source?: string | undefined; digest?: undefined; problem: string; unseen?: boolean }

/** The model of a version that exists already. */
export async function modelOfVersion(
  mlflow: Mlflow,
  version: ModelVersion,
  run: Run | undefined,
): Promise<CandidateModel> {
  const { source, status, number } = version
  // MLflow takes a version's run on trust, and its metrics would then speak for another model's files.
  const id = loggedModelIn(source)
  const logged = run?.models ?? []
  if (id !== undefined && logged.length > 0 && !logged.some((model) => model.id === id))
    return {
      source,
      problem: `the files of version ${number} are the logged model ${id}, which its run ${run?.id} did not log: register the version with its own run`,
    }
  // Databricks copies the files of a new version first.
  if (status !== '' && status !== 'READY')
    return { source, problem: `version ${number} is ${status}, not READY` }
  try {
    return await read(mlflow, source, await mlflow.placeOf(version), `version ${number} has none`)
  } catch (error) {
    if (!(error instanceof Unlisted)) throw error
    const problem = `the files of version ${number} are at ${source}, which the MLflow server does not list, so nobody can tell what they are; register the version from the model that its run logged (models:/m-…)`
    return { source, problem, unseen: true }
  }
}

/**
 * The one model that a run logged, or the one of several that the user names.
 * @throws UserError where the run logged several and none of them is named
 */
export async function modelOfRun(
  mlflow: Mlflow,
  run: Run,
  wanted: string | undefined,
): Promise<CandidateModel> {
  const highest = Math.max(...run.models.map(({ step }) => step))
  const latest = run.models.filter(({ id, step }) =>
    wanted === undefined ? step === highest : id === wanted,
  )
  const [id, ...others] = new Set(latest.map((model) => model.id))
  if (id !== undefined && others.length > 0) {
    const all = [id, ...others].join(', ')
    throw new UserError(
      `Input model-id: the run ${run.id} logged several models (${all}); say which is meant.`,
    )
  }
  if (id !== undefined) return atSource(mlflow, `models:/${id}`)
  if (wanted !== undefined) {
    const logged = [...new Set(run.models.map((model) => model.id))].join(', ') || 'none'
    throw new UserError(`Input model-id: the run ${run.id} did not log ${wanted}; it logged ${logged}.`)
  }
  // MLflow 2 wrote models into the run's own files, and their folder into this tag.
  return atSource(mlflow, `runs:/${run.id}/${loggedPath(run) ?? 'model'}`)
}

async function atSource(mlflow: Mlflow, source: string): Promise<CandidateModel> {
  const place = placeIn(source)
  return place
    ? read(mlflow, source, place, 'did the training log a model?')
    : { problem: `${source} is no model` }
}

async function read(mlflow: Mlflow, source: string, place: Place, hint: string): Promise<CandidateModel> {
  const digest = await mlflow.digest(place)
  return digest === undefined
    ? { source, problem: `no loadable model: there is no MLmodel at ${source} (${hint})` }
    : { source, digest }
}

function loggedPath(run: Run): string | undefined {
  try {
    const history: unknown = JSON.parse(run.tags['mlflow.log-model.history'] ?? '[]')
    const last: unknown = Array.isArray(history) ? history.at(-1)?.artifact_path : undefined
    return typeof last === 'string' ? last : undefined
  } catch {
    return undefined
  }
}
