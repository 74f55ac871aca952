import type { Repository } from '../repository.ts'
import { findArgument, listCalls, removeComments, resolveString, splitAtCommas } from './python-calls.ts'

/** What a training script says about itself. */
export interface TrainingScript {
  path: string
  importsMlflow: boolean
  /** It imports modules of its package with a leading dot, so Python must start it as a module. */
  hasRelativeImports: boolean
  /** Names of the metrics that it logs for data other than the training data, in their order. */
  metrics: readonly string[]
  /** Names of models that it gives to MLflow, the name in the registry first. */
  modelNames: readonly { name: string; source: string }[]
  /** It registers versions itself. */
  registers: boolean
  experiment: string | undefined
  /** It sets the address of MLflow, which takes precedence over that of the workflow. */
  setsAddress: boolean
}

/** Scripts that no job runs. */
export const TEST_FILE = /(^|\/)(tests?|docs)\/|(^|\/)(test_[^/]*|[^/]*_test|conftest|setup)\.py$/
const TRAINING_NAME = /(^|\/)(re)?train[^/]*\.py$/

/** Finds the scripts that may be the training script. One that is named so precedes others that log a model. */
export function findTrainingScripts({ files }: Repository): TrainingScript[] {
  const python = [...files]
    .filter(([path]) => path.endsWith('.py') && !TEST_FILE.test(path))
    .map(([path, text]) => ({ path, text: removeComments(text) }))
  const logging = python.filter(({ text }) => importsMlflow(text) && logsModel(text))
  const named = python.filter(({ path }) => TRAINING_NAME.test(path))
  const loggingAndNamed = logging.filter((script) => named.includes(script))
  const [found = []] = [loggingAndNamed, logging, named].filter((scripts) => scripts.length > 0)
  return found.map((script) => describeScript(script.path, script.text))
}

/** Describes one script that the user named. */
export function describeScript(path: string, source: string): TrainingScript {
  const text = removeComments(source)
  const registered = listCalls(text, '(?:log_model|autolog|save_model)')
    .map((call) => resolveString(findArgument(call, 'registered_model_name'), text))
    .concat(
      listCalls(text, 'register_model').map((call) => resolveString(findArgument(call, 'name', 1), text)),
    )
    .filter((name) => name !== undefined)
  const logged = listCalls(text, 'log_model')
    .map((call) => resolveString(findArgument(call, 'name') ?? findArgument(call, 'artifact_path'), text))
    .filter((name) => name !== undefined && !GENERIC_NAME.test(name)) as string[]
  const [experiment] = listCalls(text, 'set_experiment').map((call) =>
    resolveString(findArgument(call, 'experiment_name', 0), text),
  )
  return {
    path,
    importsMlflow: importsMlflow(text),
    hasRelativeImports: /^\s*from\s+\./m.test(text),
    metrics: listMetrics(text),
    modelNames: [
      ...registered.map((name) => ({ name, source: `registered model in ${path}` })),
      ...logged.map((name) => ({ name, source: `log_model in ${path}` })),
    ],
    registers: registered.length > 0,
    experiment,
    setsAddress: /\bset_tracking_uri\s*\(/.test(text),
  }
}

const GENERIC_NAME =
  /^(model|best[-_]?(model|estimator)|estimator|classifier|regressor|pipeline|artifacts?)$/i
const TRAINING_METRIC = /^train(ing)?[-_/]/i

const importsMlflow = (text: string) => /^\s*(import|from)\s+mlflow\b/m.test(text)
const logsModel = (text: string) => /\b(log_model|autolog|register_model)\s*\(/.test(text)

function listMetrics(text: string): string[] {
  const single = listCalls(text, 'log_metric').map((call) =>
    resolveString(findArgument(call, 'key', 0), text),
  )
  const several = listCalls(text, 'log_metrics').flatMap((call) =>
    listKeys(findArgument(call, 'metrics', 0) ?? '', text),
  )
  const found = [...single, ...several, ...listScores(text)].filter((name) => name !== undefined)
  return [...new Set(found)].filter((name) => name !== '' && !TRAINING_METRIC.test(name))
}

/** The keys of a mapping, or of the mapping that the source assigns to a name. */
function listKeys(expression: string, source: string): string[] {
  const assigned = new RegExp(`^[ \\t]*${/^\w+$/.exec(expression.trim())}[ \\t]*=[ \\t]*\\{`, 'm').exec(
    source,
  )
  const start = expression.trim().startsWith('{')
    ? expression.trim().slice(1)
    : assigned && source.slice(assigned.index + assigned[0].length)
  if (!start) return []
  const keys = splitAtCommas(start).map((item) => /^\s*(["'])([^"'\n]+)\1\s*:/.exec(item)?.[2])
  return keys.filter((key) => key !== undefined)
}

/** The metrics that autologging logs for `score()`, such as GridSearchCV_score_X_test. */
function listScores(text: string): string[] {
  if (!/\bautolog\s*\(/.test(text)) return []
  const classes = new Map(
    [...text.matchAll(/^[ \t]*(\w+)[ \t]*=[ \t]*([A-Z]\w*)\(/gm)].map(([, name = '', type = '']) => [
      name,
      type,
    ]),
  )
  return [...text.matchAll(/\b(\w+)\.score\(\s*([A-Za-z_]\w*)\s*,/g)].flatMap(([, name = '', data = '']) => {
    const type = classes.get(name)
    return type === undefined || /train/i.test(data) ? [] : [`${type}_score_${data}`]
  })
}
