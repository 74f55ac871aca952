import { type ArtifactLocation, parseArtifactUri } from '../../../src/adapters/mlflow/artifacts/artifacts.ts'
import { ArtifactsNotListable } from '../../../src/adapters/mlflow/http/faults.ts'
import type { Mlflow } from '../../../src/adapters/mlflow/mlflow.ts'
import { parseLoggedModelId } from '../../../src/adapters/mlflow/registry/registry.ts'
import type { ModelVersion, Run } from '../../../src/adapters/mlflow/schemas.ts'
import { UserError } from '../../../src/domain/core/errors.ts'

/** The candidate's files, or the reason why there are none. */
export type CandidateModel =
  | { source: string; digest: string; problem?: undefined; isUnverifiable?: undefined }
  /** Unverifiable: the server cannot list the files, which is not the model's fault. */
  | { source?: string | undefined; digest?: undefined; problem: string; isUnverifiable?: boolean }

/** Resolves the model of a registered version. */
export async function resolveModelOfVersion(
  mlflow: Mlflow,
  version: ModelVersion,
  run: Run | undefined,
): Promise<CandidateModel> {
  const { source, status, number } = version
  // MLflow does not check a version's run, so the metrics could belong to another model.
  const id = parseLoggedModelId(source)
  const logged = run?.models ?? []
  if (id !== undefined && logged.length > 0 && !logged.some((model) => model.id === id))
    return {
      source,
      problem: `version ${number} has the files of logged model ${id}, which its run ${run?.id} did not log. Register the version with the run that logged it`,
    }
  // Databricks copies the files of a new version before it is READY.
  if (status !== '' && status !== 'READY')
    return { source, problem: `version ${number} is ${status}, not READY` }
  try {
    const place = await mlflow.locateArtifacts(version)
    return await readModel(mlflow, source, place, `version ${number} has no files`)
  } catch (error) {
    if (!(error instanceof ArtifactsNotListable)) throw error
    const problem = `the files of version ${number} are at ${source}, which the MLflow server does not list, so they cannot be verified. Register the version from the model that its run logged (models:/m-…)`
    return { source, problem, isUnverifiable: true }
  }
}

/**
 * Resolves the one model that a run logged at its last step, or the one that the user names.
 * @param wanted its id (m-...), or the name that `log_model` got
 * @throws UserError if the run logged several, and `wanted` does not say which, or none of that id or name
 */
export async function resolveModelOfRun(
  mlflow: Mlflow,
  run: Run,
  wanted: string | undefined,
): Promise<CandidateModel> {
  if (wanted !== undefined)
    return resolveModelAt(mlflow, `models:/${await findWantedModel(mlflow, run, wanted)}`)
  const highest = Math.max(...run.models.map(({ step }) => step))
  const [id, ...others] = listIds(run.models.filter(({ step }) => step === highest))
  if (id !== undefined && others.length > 0) throw await ambiguousModelError(mlflow, run.id, [id, ...others])
  // MLflow 2 stores models in the run's artifacts; a tag of the run holds the path.
  return resolveModelAt(mlflow, id ? `models:/${id}` : `runs:/${run.id}/${readLoggedPath(run) ?? 'model'}`)
}

async function findWantedModel(mlflow: Mlflow, run: Run, wanted: string): Promise<string> {
  const ids = listIds(run.models)
  if (ids.includes(wanted)) return wanted
  const models = await readModelNames(mlflow, ids)
  const [model, ...others] = models.filter(({ name }) => name === wanted)
  if (!model)
    throw new UserError(
      `Input model-id: run ${run.id} did not log ${wanted}. It logged ${formatModels(models) || 'none'}.`,
    )
  if (others.length > 0)
    throw new UserError(
      `Input model-id: run ${run.id} logged several models of that name: ${formatModels([model, ...others])}. Give each a name of its own, as in log_model(name="..."), or set model-id to one of these ids.`,
    )
  return model.id
}

async function ambiguousModelError(
  mlflow: Mlflow,
  runId: string,
  ids: readonly string[],
): Promise<UserError> {
  const models = await readModelNames(mlflow, ids)
  const haveNames = new Set(models.map(({ name }) => name)).size === models.length
  return new UserError(
    `Input model-id: run ${runId} logged several models: ${formatModels(models)}. ${
      haveNames
        ? 'Set model-id to the name of one, which stays the same in the next training.'
        : 'Give each a name of its own, as in log_model(name="..."), and set model-id to the name of one.'
    }`,
  )
}

interface NamedModel {
  id: string
  name: string
}

const MAX_PARALLEL_REQUESTS = 10

/** Sorted by name: MLflow lists the models of a run in no fixed order. */
async function readModelNames(mlflow: Mlflow, ids: readonly string[]): Promise<NamedModel[]> {
  const models: NamedModel[] = []
  for (let from = 0; from < ids.length; from += MAX_PARALLEL_REQUESTS) {
    const batch = ids.slice(from, from + MAX_PARALLEL_REQUESTS)
    models.push(
      ...(await Promise.all(batch.map(async (id) => ({ id, name: await mlflow.getLoggedModelName(id) })))),
    )
  }
  return models.sort((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id))
}

const MAX_LISTED_MODELS = 10

function formatModels(models: readonly NamedModel[]): string {
  const listed = models.slice(0, MAX_LISTED_MODELS).map(({ id, name }) => `${JSON.stringify(name)} (${id})`)
  const rest = models.length - listed.length
  return [...listed, ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ')
}

function listIds(models: Run['models']): string[] {
  return [...new Set(models.map(({ id }) => id))]
}

async function resolveModelAt(mlflow: Mlflow, source: string): Promise<CandidateModel> {
  const place = parseArtifactUri(source)
  if (!place) return { problem: `${source} is not a model URI` }
  return readModel(mlflow, source, place, 'the training may not have logged a model')
}

async function readModel(mlflow: Mlflow, source: string, place: ArtifactLocation, hint: string) {
  const digest = await mlflow.computeDigest(place)
  return digest === undefined
    ? { source, problem: `no loadable model: no MLmodel at ${source} (${hint})` }
    : { source, digest }
}

function readLoggedPath(run: Run): string | undefined {
  try {
    const history: unknown = JSON.parse(run.tags['mlflow.log-model.history'] ?? '[]')
    const last: unknown = Array.isArray(history) ? history.at(-1)?.artifact_path : undefined
    return typeof last === 'string' ? last : undefined
  } catch {
    return undefined
  }
}
