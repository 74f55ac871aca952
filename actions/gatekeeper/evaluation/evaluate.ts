import { createHash } from 'node:crypto'
import { parseArtifactUri } from '../../../src/adapters/mlflow/artifacts/artifacts.ts'
import { undefinedIfNotListable } from '../../../src/adapters/mlflow/http/faults.ts'
import type { Mlflow } from '../../../src/adapters/mlflow/mlflow.ts'
import type { ModelVersion } from '../../../src/adapters/mlflow/schemas.ts'
import { canonicalizeCriteria } from '../../../src/domain/gate/criteria/canonical-policy.ts'
import type { GatePolicy } from '../../../src/domain/gate/criteria/gate-policy.ts'
import type { Predictions } from '../../../src/domain/gate/dataset/rows.ts'
import { evaluate } from '../../../src/domain/gate/evaluation/evaluate.ts'
import type { Evaluation } from '../../../src/domain/gate/evaluation/types.ts'
import {
  findStatistic,
  findStatisticProblem,
  requiredLabelKind,
} from '../../../src/domain/gate/metrics/statistic-catalog.ts'
import { createPositiveControl } from '../../../src/domain/gate/self-test/control-predictions.ts'
import type { RunState } from '../../../src/domain/gate/verdict.ts'
import type { Context } from '../../../src/runtime/context.ts'
import { type GateContext, getRunState } from '../inputs/load-context.ts'
import { describeProblem } from '../messages/criterion.ts'
import { describeNote } from '../messages/notes.ts'
import { noteFirstModel } from './first-model.ts'
import {
  checkChampionAge,
  DAY_MS,
  type Findings,
  findMetricCaveats,
  readLoggedSampleSize,
} from './metric-caveats.ts'
import type { ModelToScore, Role, ScoringResult, scoreModels } from './score-models.ts'

export interface EvaluationResult extends Findings {
  evaluation?: Evaluation | undefined
  /** Why the candidate could not be scored. */
  scoringError?: string | undefined
  /** Undefined if logged metrics decided. */
  holdout?: { digest: string; rows: number }
  /** Days since the champion was promoted. */
  championAgeDays?: number | undefined
}

/** The result if something else decides. */
export const notEvaluated: EvaluationResult = { validityIssues: [], notes: [] }

type ScoredModels = ScoringResult & { kind: 'scored' }

/** Evaluates the candidate as the policy requires: on the rows of a holdout, or by the metrics that the runs logged. */
export async function evaluateCandidate(
  context: Context,
  mlflow: Mlflow,
  gateContext: GateContext,
  now: Date,
  score: typeof scoreModels,
): Promise<EvaluationResult> {
  const { policy, candidateModel } = gateContext
  const models = await locateModels(mlflow, gateContext)
  const scored = await score(context, { policy, labels: requiredLabelKind(policy), models, mlflow })
  const result =
    scored.kind === 'none'
      ? await evaluateLoggedMetrics(mlflow, gateContext)
      : evaluatePaired(gateContext, scored, now)
  const { days, ...age } = checkChampionAge(gateContext, now)
  const findings = [age, result, findMissingAnchor(gateContext)]
  return {
    ...result,
    championAgeDays: days,
    validityIssues: findings.flatMap(({ validityIssues = [] }) => validityIssues),
    notes: [
      ...noteFirstModel(gateContext),
      ...(candidateModel.note === undefined ? [] : [candidateModel.note]),
      ...[result, age].flatMap(({ notes = [] }) => notes),
    ],
  }
}

async function evaluateLoggedMetrics(mlflow: Mlflow, gateContext: GateContext) {
  const { validityIssues, notes } = await findMetricCaveats(mlflow, gateContext)
  const evaluation = evaluate({
    ...selectContenders(gateContext),
    scored: undefined,
    loggedRowCount: readLoggedSampleSize(gateContext),
  })
  return { evaluation, validityIssues, notes: [...evaluation.notes.map(describeNote), ...notes] }
}

function evaluatePaired(gateContext: GateContext, scored: ScoredModels, now: Date) {
  const { rows } = scored
  const { policy } = gateContext
  const { predictions, failures } = excludeUnmeasurable(scored, policy)
  const { candidate, champion, anchor } = predictions
  // A failure of both models is not the candidate's fault.
  const isScorable = failures.candidate === undefined || failures.champion === undefined
  const bothFailed = `neither model can be scored on these rows: ${failures.candidate}. Check the policy, the holdout and the predictions`
  const waiver = isScorable
    ? applyWaiver(gateContext, failures.champion, now)
    : { validityIssues: [bothFailed] }
  const evaluation =
    candidate &&
    evaluate({
      ...selectContenders(gateContext),
      scored: { rows, candidate, champion, anchor, seed: deriveSeed(policy, scored) },
      loggedRowCount: undefined,
    })
  const anchorIssues =
    failures.anchor === undefined ? [] : [`the anchor cannot be scored: ${failures.anchor}`]
  return {
    evaluation,
    validityIssues: [...scored.invalid, ...(waiver.validityIssues ?? []), ...anchorIssues],
    scoringError: isScorable ? failures.candidate : undefined,
    notes: [...(evaluation?.notes.map(describeNote) ?? []), ...scored.notes, ...(waiver.notes ?? [])],
    holdout: { digest: rows.digest, rows: rows.count },
  }
}

/** Treats a model as not scored if the statistic cannot be computed from its predictions, but could be on this holdout. */
function excludeUnmeasurable({ rows, predictions, failures }: ScoredModels, { primary }: GatePolicy) {
  const statistic = findStatistic(primary.statistic ?? primary.metric)
  const usable = { predictions: { ...predictions }, failures: { ...failures } }
  if (!statistic || findStatisticProblem(statistic, rows, createPositiveControl(rows))) return usable
  for (const [role, predicted] of Object.entries(predictions) as [Role, Predictions][]) {
    const problem = findStatisticProblem(statistic, rows, predicted)
    if (!problem) continue
    delete usable.predictions[role]
    usable.failures[role] = describeProblem(problem)
  }
  return usable
}

/** A champion that cannot be scored blocks the verdict, unless the policy waives this version and the waiver is current. */
function applyWaiver({ champion, policy }: GateContext, failure: string | undefined, now: Date) {
  const { predictions } = policy
  const { waiver } = policy.champion
  if (failure === undefined || champion.kind !== 'version') return {}
  const finding = `champion ${champion.number} cannot be scored, so the two models are incomparable: ${failure}`
  if (waiver?.version !== champion.number) {
    const hasFile = predictions?.kind !== 'files' || predictions.champion !== undefined
    const fix = hasFile ? 'Fix the scoring' : 'Name its file in the policy as predictions.champion'
    const waive = 'or waive this version with champion.waiver (version, by, reason, until)'
    return { validityIssues: [`${finding}. ${fix}, ${waive}`] }
  }
  const { by, until, reason } = waiver
  if (now.getTime() >= Date.parse(until) + DAY_MS)
    return { validityIssues: [`${finding}. The champion.waiver of the policy expired on ${until}`] }
  const effect = 'Only criteria that need no predictions of the champion are checked.'
  return { notes: [`${finding}. Waived by ${by} until ${until}: ${reason}. ${effect}`] }
}

/**
 * Derives the bootstrap seed from data and criteria. Other policy settings are left out: varying them must not
 * change the seed.
 */
function deriveSeed(policy: GatePolicy, { rows, predictions }: ScoredModels): string {
  const parts = [
    canonicalizeCriteria(policy),
    rows.digest,
    ...Object.entries(predictions).map(([role, { digest }]) => `${role} ${digest}`),
  ]
  return createHash('sha256').update(parts.join('\n')).digest('hex')
}

/** Selects the models to compare, with the metrics that their runs logged. */
function selectContenders({ policy, candidate, champion, anchor }: GateContext) {
  const isCompared = champion.kind === 'version' && policy.comparison.kind !== 'threshold'
  return {
    policy,
    candidate: { name: 'candidate', metrics: candidate.metrics },
    hasSameFiles: champion.kind === 'version' && champion.sameFiles,
    champion: isCompared
      ? { name: `champion ${champion.number}`, metrics: metricsIfFinished(champion.run, champion.metrics) }
      : undefined,
    anchor: anchor && {
      name: `anchor ${anchor.version.number}`,
      metrics: metricsIfFinished(getRunState(anchor.run), anchor.run?.metrics),
    },
  }
}

/** Metrics of a run that is gone or did not finish prove nothing. */
function metricsIfFinished(state: RunState, metrics: ReadonlyMap<string, number> = new Map()) {
  return state === 'FINISHED' ? metrics : new Map<string, number>()
}

/** Locates the files of the models to score. */
async function locateModels(
  mlflow: Mlflow,
  { policy, run, championRun, snapshot: { champion }, anchor, candidateModel }: GateContext,
): Promise<Partial<Record<Role, ModelToScore>>> {
  const locate = (version: ModelVersion) => undefinedIfNotListable(mlflow.locateArtifacts(version))
  const isCompared = policy.comparison.kind !== 'threshold' && champion.kind === 'version'
  return {
    candidate: { run, place: parseArtifactUri(candidateModel.source ?? '') },
    ...(isCompared && { champion: { run: championRun, place: await locate(champion.version) } }),
    ...(anchor && { anchor: { run: anchor.run, place: await locate(anchor.version) } }),
  }
}

/** Reports an anchor of the policy that is not in the registry. */
function findMissingAnchor({ anchor, policy: { comparison } }: GateContext) {
  if (comparison.kind !== 'refresh' || !comparison.anchor || anchor) return {}
  const { version } = comparison.anchor
  const issue = `the anchor, version ${version}, is not in the registry. Set another version in the policy`
  return { validityIssues: [issue] }
}
