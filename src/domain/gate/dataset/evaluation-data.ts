/** A dataset that a run logged, with its free text of what it was used for. */
export interface LoggedDataset {
  name: string
  digest: string
  /** "training", "test_data"; empty if the run logged none. */
  context: string
}

/** The data that a run was evaluated on, as the run records it. */
export interface EvaluationData {
  /** The user's own sha256. */
  sha256: string | undefined
  datasets: readonly LoggedDataset[]
  /** Number of rows, if the run records it. */
  rows: string | undefined
}

export type DataComparison =
  | { kind: 'same'; basis: 'sha256' | 'mlflow-digest' }
  | { kind: 'different'; what: 'rows' | 'sha256' | 'datasets'; candidate: string; champion: string }
  /** Both runs name `shared`, and one or both name others, so the metric may be of other data. */
  | { kind: 'partly-shared'; shared: string; others: string }
  /** A run does not record its evaluation data: it logged no dataset, only training data, or some without a context. */
  | { kind: 'unknown'; unrecorded: 'candidate' | 'champion'; logged: 'nothing' | 'training' | 'no-context' }

/** "train", "training dataset", "trainSet", "xtrain", "X_tr", "pretraining", "fit", "learn", "fine-tuning", "in-sample" */
const TRAINING =
  /\b(([xy]|pre|re)?train(?!ee)\w*|trn?|fit(ted|ting)?|learn(ing)?|fine ?tun(e|ed|ing)|in ?sample)\b/
/** The same in other languages: Spanish, French, Portuguese, Italian, Dutch, Russian, Chinese, Japanese, Korean. */
const TRAINING_ELSEWHERE =
  /\b(entren|entrain|trein|addestr)|apprentissage|aprendizaje|lernen|обуч|трениров|训练|訓練|学習|학습|훈련/
/** What a split or the time of an evaluation is named after. */
const NO_TRAINING = /\btrain test split\b|\b(post|after) ?training\b/g

/**
 * Whether the context of a dataset means training. The context is free text, so each other one, such as `val`, "test set"
 * or `oot`, means evaluation: a list of names for it would never be complete.
 */
export function isTrainingContext(context: string): boolean {
  const spaced = context.replace(/(?<=[a-z0-9])(?=[A-Z])/g, ' ').toLowerCase()
  const letters = spaced
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .normalize()
    .replace(/[^\p{L}]+/gu, ' ')
  const words = letters.replace(NO_TRAINING, ' ')
  return TRAINING.test(words) || TRAINING_ELSEWHERE.test(words)
}

/**
 * Whether two logged values were measured on the same data. The user's own sha256 decides. MLflow's digest is 8 hex
 * digits over the first 10,000 rows: a different one proves a difference, an equal one proves little.
 */
export function compareEvaluationData(one: EvaluationData, other: EvaluationData): DataComparison {
  if (one.rows !== undefined && other.rows !== undefined && one.rows !== other.rows)
    return { kind: 'different', what: 'rows', candidate: one.rows, champion: other.rows }
  if (one.sha256 !== undefined && other.sha256 !== undefined)
    return one.sha256 === other.sha256
      ? { kind: 'same', basis: 'sha256' }
      : { kind: 'different', what: 'sha256', candidate: one.sha256, champion: other.sha256 }
  const [ones, others] = [listEvaluationDatasets(one), listEvaluationDatasets(other)]
  if (ones.length > 0 && others.length > 0) {
    const shared = ones.filter((dataset) => others.includes(dataset))
    const rest = [...ones, ...others].filter((dataset) => !shared.includes(dataset))
    if (rest.length === 0) return { kind: 'same', basis: 'mlflow-digest' }
    if (shared.length > 0)
      return { kind: 'partly-shared', shared: joinDistinct(shared), others: joinDistinct(rest) }
    const [candidate, champion] = [joinDistinct(ones), joinDistinct(others)]
    return { kind: 'different', what: 'datasets', candidate, champion }
  }
  const isRecorded = one.sha256 !== undefined || ones.length > 0
  return isRecorded
    ? { kind: 'unknown', unrecorded: 'champion', logged: describeLogged(other) }
    : { kind: 'unknown', unrecorded: 'candidate', logged: describeLogged(one) }
}

/** The evaluation datasets as "name digest". A dataset without a context is known to be neither. */
function listEvaluationDatasets({ datasets }: EvaluationData): string[] {
  return datasets
    .filter(({ context, digest }) => context.trim() !== '' && !isTrainingContext(context) && digest !== '')
    .map(({ name, digest }) => `${name} ${digest}`)
}

function joinDistinct(datasets: readonly string[]): string {
  return [...new Set(datasets)].join(', ')
}

function describeLogged({ datasets }: EvaluationData): 'nothing' | 'training' | 'no-context' {
  if (datasets.some(({ context }) => context.trim() === '')) return 'no-context'
  return datasets.some(({ context }) => isTrainingContext(context)) ? 'training' : 'nothing'
}
