import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { loggedModelIn } from '../../src/adapters/mlflow/registry.ts'
import type { Run } from '../../src/adapters/mlflow/schemas.ts'

/**
 * The training data that a metric was measured on, by name; undefined where nothing says that it was. MLflow ties a
 * metric to a dataset on the logged model only, so that is asked where the run has training data among its inputs.
 */
export async function trainingDataBehind(
  mlflow: Pick<Mlflow, 'measuredOn'>,
  run: Run,
  source: string | undefined,
  metric: string,
): Promise<string | undefined> {
  const training = run.datasets.filter(({ context }) => /^train/i.test(context))
  const id = loggedModelIn(source ?? '') ?? run.models.at(-1)?.id
  if (training.length === 0 || id === undefined) return undefined
  const measured = (await mlflow.measuredOn(id)).filter(({ key, name }) => key === metric && name !== '')
  const isTraining = ({ name, digest }: { name: string; digest: string }) =>
    training.some((one) => one.name === name && one.digest === digest)
  // The same data may be logged for training and for testing; then nobody can tell.
  const tested = run.datasets.filter(({ context }) => !/^train/i.test(context))
  const isTested = ({ digest }: { digest: string }) => tested.some((one) => one.digest === digest)
  const [first] = measured
  return first && measured.every((one) => isTraining(one) && !isTested(one)) ? first.name : undefined
}
