/** A model that a run logged. */
export interface LoggedModel {
  id: string
  /** The name that `log_model` got. */
  name: string
}

/** Ids of the models that a run logged at its last step, each once. */
export function listLastModelIds(models: readonly { id: string; step: number }[]): string[] {
  const last = Math.max(...models.map(({ step }) => step))
  return [...new Set(models.filter(({ step }) => step === last).map(({ id }) => id))]
}

/** The searches of scikit-learn that MLflow's autologging knows. */
const SEARCH_CLASS = /^sklearn\.model_selection\.(?:\w+\.)*(GridSearchCV|RandomizedSearchCV)$/

export interface BestEstimator {
  model: LoggedModel
  /** Class of the search, such as `GridSearchCV`. */
  search: string
}

/**
 * The best estimator of a search, if `models` are exactly what autologging logs of one search: the fitted search as
 * `model`, and its best estimator as `best_estimator`. Autologging also sets the tag `estimator_class` of the run to the
 * class of what was fitted last. Both models predict the same: a search passes predictions on to its best estimator.
 */
export function findBestEstimator(
  models: readonly LoggedModel[],
  runTags: Readonly<Record<string, string>>,
): BestEstimator | undefined {
  const [, search] = SEARCH_CLASS.exec(runTags.estimator_class ?? '') ?? []
  const model = models.find(({ name }) => name === 'best_estimator')
  const isPair = models.length === 2 && models.some(({ name }) => name === 'model')
  return search !== undefined && model && isPair ? { model, search } : undefined
}

/** Which model was taken, and why, as a sentence. */
export function describeBestEstimator({ model, search }: BestEstimator): string {
  return `Of the two models that autologging logged of ${search}, the best estimator (best_estimator, ${model.id}) is taken; the search itself predicts the same.`
}

const MAX_LISTED_MODELS = 10

/** Name and id of each, of a limited number. */
export function formatModels(models: readonly LoggedModel[]): string {
  const listed = models.slice(0, MAX_LISTED_MODELS).map(({ id, name }) => `${JSON.stringify(name)} (${id})`)
  const rest = models.length - listed.length
  return [...listed, ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ')
}
