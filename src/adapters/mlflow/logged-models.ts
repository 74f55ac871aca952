import type { LoggedModel } from '../../domain/training/select-model.ts'
import type { Mlflow } from './mlflow.ts'

const MAX_PARALLEL_REQUESTS = 10

/** Reads the names of logged models. Sorted by name: MLflow lists the models of a run in no fixed order. */
export async function readLoggedModels(
  mlflow: Pick<Mlflow, 'getLoggedModelName'>,
  ids: readonly string[],
): Promise<LoggedModel[]> {
  const models: LoggedModel[] = []
  for (let from = 0; from < ids.length; from += MAX_PARALLEL_REQUESTS) {
    const batch = ids.slice(from, from + MAX_PARALLEL_REQUESTS)
    models.push(
      ...(await Promise.all(batch.map(async (id) => ({ id, name: await mlflow.getLoggedModelName(id) })))),
    )
  }
  return models.sort((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id))
}
