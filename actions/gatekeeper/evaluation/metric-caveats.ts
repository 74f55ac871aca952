import type { Mlflow } from '../../../src/adapters/mlflow/mlflow.ts'
import { parseLoggedModelId } from '../../../src/adapters/mlflow/registry/registry.ts'
import type { Run } from '../../../src/adapters/mlflow/schemas.ts'
import { capitalize } from '../../../src/domain/core/text.ts'
import type { GatePolicy } from '../../../src/domain/gate/criteria/gate-policy.ts'
import {
  compareEvaluationData,
  type DataComparison,
  type EvaluationData,
  isTrainingContext,
} from '../../../src/domain/gate/dataset/evaluation-data.ts'
import { versionTags } from '../../../src/domain/registry/version-tags.ts'
import { toName } from '../../../src/domain/table/cells.ts'
import { quote } from '../../../src/domain/table/messages.ts'
import { createTimeReader } from '../../../src/domain/table/times.ts'
import type { GateContext } from '../inputs/load-context.ts'
import { describeDataComparison } from '../messages/dataset.ts'

export const DAY_MS = 86_400_000

/** Reasons why measured values prove nothing, and remarks about them, one line each. */
export interface Findings {
  validityIssues: readonly string[]
  notes: readonly string[]
}

/** Finds reasons why logged metrics prove nothing, and notes about them. */
export async function findMetricCaveats(
  mlflow: Pick<Mlflow, 'getMetricDatasets'>,
  { policy, run, championRun, anchor, candidateModel, snapshot }: GateContext,
): Promise<Findings> {
  const { metric } = policy.primary
  const live = snapshot.champion.kind === 'version' ? snapshot.champion.version.source : undefined
  const validityIssues = [
    ...[metric, ...policy.guardrails.map((guardrail) => guardrail.metric)].map((name) =>
      findStepMismatch(run, name),
    ),
    run && anchor?.run && findAnchorDataIssue(run, anchor.run, policy),
    await findTrainingDataIssue(mlflow, run, candidateModel.source, metric, 'the candidate'),
    await findTrainingDataIssue(mlflow, championRun, live, metric, 'the champion'),
  ].filter((issue) => issue !== undefined)
  if (policy.comparison.kind === 'threshold' || !run || !championRun) return { validityIssues, notes: [] }
  const records = [
    ...findRecordIssues(run, "the candidate's run", policy),
    ...findRecordIssues(championRun, "the champion's run", policy),
    ...findMissingRowCount(run, policy),
  ]
  if (records.length > 0) return { validityIssues: [...validityIssues, ...records], notes: [] }
  const data = compareRunData(run, championRun, policy)
  const text = describeDataComparison(data, 'champion')
  const isRequired = policy.comparable.sameData === 'required'
  if (data.kind === 'different') return { validityIssues: [...validityIssues, text], notes: [] }
  if (data.kind !== 'same' && isRequired) {
    const issue = `the policy requires the same evaluation data (comparable.same_data), but ${text}`
    return { validityIssues: [...validityIssues, issue], notes: [] }
  }
  const note =
    data.kind === 'same'
      ? `Both runs were evaluated on the same data, ${text}.`
      : `Unknown whether both runs were evaluated on the same data: ${text}.`
  return { validityIssues, notes: [note] }
}

function findAnchorDataIssue(run: Run, anchor: Run, policy: GatePolicy): string | undefined {
  const data = compareRunData(run, anchor, policy)
  const isTolerated = data.kind !== 'different' && policy.comparable.sameData === 'known'
  if (data.kind === 'same' || isTolerated) return undefined
  return `anchor: ${describeDataComparison(data, 'anchor')}`
}

/** Checks the champion's age against the policy, counted from its promotion, else from the creation of its version. */
export function checkChampionAge(
  { snapshot, policy: { champion } }: GateContext,
  now: Date,
): Partial<Findings> & { days?: number } {
  const { maxAge, onStale } = champion
  if (snapshot.champion.kind !== 'version') return {}
  const { tags, createdAt, number } = snapshot.champion.version
  const since = createTimeReader(now.getTime())(tags[versionTags.promotedAt]) || createdAt
  if (since === undefined) {
    const issue = `the age of champion ${number} is unknown: it has neither a time of promotion nor of creation (champion.max_age)`
    return maxAge !== undefined && onStale === 'inconclusive' ? { validityIssues: [issue] } : {}
  }
  const days = Math.floor((now.getTime() - since) / DAY_MS)
  if (maxAge === undefined || now.getTime() - since <= maxAge) return { days }
  const stale = `champion ${number} is stale: ${days} days old, and champion.max_age is ${Math.floor(maxAge / DAY_MS)} days`
  return onStale === 'inconclusive'
    ? { days, validityIssues: [`${stale}. Review it, or set force with a force-reason`] }
    : { days, notes: [`${capitalize(stale)}.`] }
}

/** The number of rows behind logged metrics, if the policy or both runs give it. */
export function readLoggedSampleSize({
  run,
  championRun,
  policy: { comparable },
}: GateContext): number | undefined {
  if (!comparable.rows) return undefined
  if ('count' in comparable.rows) return comparable.rows.count
  const [rows, championRows] = [run, championRun].map((each) => Number(readRowCount(each, comparable)))
  return rows === championRows && Number.isInteger(rows) && Number(rows) > 0 ? rows : undefined
}

function compareRunData(run: Run, championRun: Run, { comparable }: GatePolicy): DataComparison {
  const dataOf = (each: Run): EvaluationData => ({
    sha256: readSha256(each, comparable)
      ?.replace(/^sha256:/i, '')
      .toLowerCase(),
    datasets: each.datasets,
    rows: readRowCount(each, comparable),
  })
  return compareEvaluationData(dataOf(run), dataOf(championRun))
}

function readRowCount(run: Run | undefined, { rows }: GatePolicy['comparable']): string | undefined {
  return rows && 'param' in rows ? toName(run?.params.get(rows.param)) : undefined
}

/** An empty param counts as absent. */
function readSha256({ params, tags }: Run, { sha256 }: GatePolicy['comparable']): string | undefined {
  return params.get(sha256)?.trim() || tags[sha256]?.trim() || undefined
}

/** Values of a run that are not what the policy reads them as: two runs with "None" have no data in common. */
function findRecordIssues(run: Run, whose: string, { comparable }: GatePolicy): string[] {
  const [sha256, rows] = [readSha256(run, comparable), readRowCount(run, comparable)]
  const name = comparable.rows && 'param' in comparable.rows ? comparable.rows.param : ''
  return [
    ...(sha256 === undefined || /^(sha256:)?[0-9a-f]{64}$/i.test(sha256)
      ? []
      : [
          `${quote(comparable.sha256)} of ${whose} is ${quote(sha256)}, which is no sha256 (64 hexadecimal digits)`,
        ]),
    ...(rows === undefined || /^[1-9][0-9]{0,8}$/.test(rows)
      ? []
      : [
          `the param ${quote(name)} of ${whose} is ${quote(rows)}, which is no number of rows, such as 10000`,
        ]),
  ]
}

/** An older champion may lack the number of rows that the policy reads, but not the candidate. */
function findMissingRowCount(run: Run, { comparable }: GatePolicy): string[] {
  const { rows } = comparable
  if (!rows || !('param' in rows) || readRowCount(run, comparable) !== undefined) return []
  return [
    `the candidate's run lacks the param ${quote(rows.param)} with its number of rows (comparable.rows)`,
  ]
}

/** MLflow returns the value of the highest step, but the logged model may be a checkpoint of an earlier one. */
function findStepMismatch(run: Run | undefined, metric: string): string | undefined {
  const step = run?.steps.get(metric)
  const steps = (run?.models ?? []).map((model) => model.step)
  if (step === undefined || steps.length === 0 || steps.some((each) => each === 0 || each === step))
    return undefined
  return `${metric} of the candidate is from step ${step}, but its model is from step ${Math.max(...steps)}. Log the value of the model's step last`
}

/**
 * Reports a metric that was measured on its training data. MLflow links a metric to a dataset only on the logged model, so
 * the logged model is read if the run has training data among its inputs.
 */
async function findTrainingDataIssue(
  mlflow: Pick<Mlflow, 'getMetricDatasets'>,
  run: Run | undefined,
  source: string | undefined,
  metric: string,
  whose: string,
): Promise<string | undefined> {
  const datasets = run?.datasets ?? []
  const training = datasets.filter(({ context }) => isTrainingContext(context))
  const id = parseLoggedModelId(source ?? '') ?? run?.models.at(-1)?.id
  if (training.length === 0 || id === undefined) return undefined
  const ids = listModelsOfStep(run, id)
  const links = (await Promise.all(ids.map((each) => mlflow.getMetricDatasets(each)))).flat()
  const measured = links.filter(({ key, name }) => key === metric && name !== '')
  // If the same data are logged for training and for testing, the answer is unknown.
  const tested = new Set(datasets.filter((one) => !training.includes(one)).map(({ digest }) => digest))
  const isProven = measured.every(
    ({ name, digest }) =>
      !tested.has(digest) && training.some((dataset) => dataset.name === name && dataset.digest === digest),
  )
  if (!isProven || !measured[0]) return undefined
  return `${metric} of ${whose} was measured on its training data (${measured[0].name}). Log it on a holdout`
}

/** The model and those of its step: autologging links the metrics of a search to the search, not to its best estimator. */
function listModelsOfStep(run: Run | undefined, id: string): string[] {
  const models = run?.models ?? []
  const step = models.find((model) => model.id === id)?.step
  return [...new Set([id, ...models.filter((model) => model.step === step).map((model) => model.id)])]
}
