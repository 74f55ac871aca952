import { type ArtifactLocation, parseArtifactUri } from '../../../src/adapters/mlflow/artifacts/artifacts.ts'
import { ArtifactsNotListable } from '../../../src/adapters/mlflow/http/faults.ts'
import { readLoggedModels } from '../../../src/adapters/mlflow/logged-models.ts'
import type { Mlflow } from '../../../src/adapters/mlflow/mlflow.ts'
import { parseLoggedModelId } from '../../../src/adapters/mlflow/registry/registry.ts'
import type { ModelVersion, Run } from '../../../src/adapters/mlflow/schemas.ts'
import { UserError } from '../../../src/domain/core/errors.ts'
import {
  describeBestEstimator,
  findBestEstimator,
  formatModels,
  type LoggedModel,
  listLastModelIds,
} from '../../../src/domain/training/select-model.ts'

/** The candidate's files, or the reason why there are none. */
export type CandidateModel =
  | { source: string; digest: string; problem?: undefined; isUnverifiable?: undefined; note?: string }
  /** Unverifiable: the server cannot list the files, which is not the model's fault. */
  | {
      source?: string | undefined
      digest?: undefined
      problem: string
      isUnverifiable?: boolean
      note?: string
    }

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

/** How the user names a model of a run. */
export interface ModelChoice {
  'model-name-in-run'?: string | undefined
  /** An id (m-...), or also a name. */
  'model-id'?: string | undefined
}

/**
 * Resolves the model of a run: the one that the user names, else the one that the run logged at its last step. Of a search
 * that autologging logged, that is the best estimator.
 * @throws UserError if the run did not log the named model, or several, and no rule chooses one
 */
export async function resolveModelOfRun(
  mlflow: Mlflow,
  run: Run,
  choice: ModelChoice,
): Promise<CandidateModel> {
  const named = await findNamedModel(mlflow, run, choice)
  if (named !== undefined) return resolveModelAt(mlflow, `models:/${named}`)
  const ids = listLastModelIds(run.models)
  if (ids.length > 1) {
    const models = await readLoggedModels(mlflow, ids)
    const best = findBestEstimator(models, run.tags)
    if (!best) throw ambiguousModelError(run.id, models)
    const model = await resolveModelAt(mlflow, `models:/${best.model.id}`)
    return { ...model, note: describeBestEstimator(best) }
  }
  // MLflow 2 stores models in the run's artifacts; a tag of the run holds the path.
  return resolveModelAt(
    mlflow,
    ids[0] ? `models:/${ids[0]}` : `runs:/${run.id}/${readLoggedPath(run) ?? 'model'}`,
  )
}

async function findNamedModel(mlflow: Mlflow, run: Run, choice: ModelChoice): Promise<string | undefined> {
  const { 'model-name-in-run': wantedName, 'model-id': wantedId } = choice
  const wanted = wantedName ?? wantedId
  if (wanted === undefined) return undefined
  const input = wantedName === undefined ? 'model-id' : 'model-name-in-run'
  const ids = [...new Set(run.models.map(({ id }) => id))]
  if (wantedName === undefined && ids.includes(wanted)) return wanted
  const models = await readLoggedModels(mlflow, ids)
  const [model, ...others] = models.filter(({ name }) => name === wanted)
  if (!model)
    throw new UserError(
      `Input ${input}: run ${run.id} did not log ${wanted}. It logged ${formatModels(models) || 'none'}.`,
    )
  if (others.length > 0)
    throw new UserError(
      `Input ${input}: run ${run.id} logged several models of that name: ${formatModels([model, ...others])}. ${NAME_MODELS_HINT}, or set model-id to one of these ids.`,
    )
  return model.id
}

const NAME_MODELS_HINT =
  'Give each a name of its own, as in log_model(name="..."), with mlflow.autolog(log_models=False) if autologging logs them'

function ambiguousModelError(runId: string, models: readonly LoggedModel[]): UserError {
  const haveNames = new Set(models.map(({ name }) => name)).size === models.length
  return new UserError(
    `Input model-name-in-run: run ${runId} logged several models: ${formatModels(models)}. ${
      haveNames
        ? 'Set model-name-in-run to the name of one, which stays the same in the next training, or model-id to one of these ids.'
        : `${NAME_MODELS_HINT}, and set model-name-in-run to the name of one. For this run only, set model-id to one of these ids.`
    }`,
  )
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
