import { type Criterion, createPrimaryCriterion, toMargin } from '../criteria/criterion.ts'
import type { Predictions } from '../dataset/rows.ts'
import { type Measurement, measure } from '../inference/paired-measurement.ts'
import type { MeasurementSpec } from '../metrics/statistic.ts'
import { findStatistic, findStatisticProblem } from '../metrics/statistic-catalog.ts'
import { createNegativeControl, createPositiveControl } from '../self-test/control-predictions.ts'
import { runLimitSelfTests, runPairedSelfTests, type SelfTest } from '../self-test/self-tests.ts'
import {
  checkAnchor,
  checkGuardrails,
  checkSlices,
  comparePaired,
  createMeasureOptions,
  createUnmeasuredCheck,
  getMinSampleSize,
} from './check-criteria.ts'
import { findEvidence } from './evidence.ts'
import { checkLimits, meetsMinValue, toLimits } from './limits.ts'
import { evaluateLoggedMetrics } from './logged-evaluation.ts'
import type {
  Check,
  Evaluation,
  EvaluationInput,
  EvaluationNote,
  EvidenceIssue,
  PairedEvaluationInput,
} from './types.ts'

/** Runs the self-tests and checks every criterion of the policy. */
export function evaluate(input: EvaluationInput): Evaluation {
  const { scored } = input
  return scored ? evaluatePaired({ ...input, scored }) : evaluateLoggedMetrics(input)
}

/** The evaluation without its secondary checks, and its independent units. */
type PrimaryEvaluation = Evaluation & Pick<Measurement<string>, 'units' | 'unit'>

const EMPTY_EVALUATION: PrimaryEvaluation = {
  units: 0,
  unit: 'rows',
  evaluationBasis: 'paired',
  checks: [],
  selfTests: [],
  notes: [],
  issues: [],
  candidateValue: undefined,
  championValue: undefined,
}

function evaluatePaired(input: PairedEvaluationInput): Evaluation {
  const { policy, scored } = input
  const { metric, direction, ...primary } = policy.primary
  const statistic = findStatistic(primary.statistic ?? metric)
  if (!statistic) throw new Error(`no statistic computes ${metric}; policy validation must reject it`)
  // A problem even with the labels as predictions is the holdout's. The caller has excluded models with problems.
  const problem = findStatisticProblem(statistic, scored.rows, createPositiveControl(scored.rows))
  if (problem)
    return {
      ...EMPTY_EVALUATION,
      checks: [createUnmeasuredCheck({ kind: 'primary', subject: { metric } }, problem)],
    }
  const spec: MeasurementSpec = { statistic, direction }
  const { units, unit, ...evaluation } = scored.champion
    ? compareWithChampion(input, spec, scored.champion)
    : evaluateWithoutChampion(input, spec)
  return {
    ...evaluation,
    checks: [
      ...checkMinValue(input, evaluation.candidateValue, { units, unit }),
      ...evaluation.checks,
      ...checkAnchor(input, statistic),
      ...checkGuardrails(input),
      ...checkSlices(input, statistic),
    ],
  }
}

/** Compares the value itself with the limits, if there are enough rows to trust it. */
function checkMinValue(
  input: PairedEvaluationInput,
  value: number | undefined,
  { units, unit }: Pick<PrimaryEvaluation, 'units' | 'unit'>,
): Check[] {
  const { primary } = input.policy
  const subject = { metric: primary.metric }
  const minSampleSize = getMinSampleSize(input, unit)
  if (!Number.isFinite(value))
    return [createUnmeasuredCheck({ kind: 'primary', subject }, { kind: 'not-finite', value })]
  if (units < minSampleSize)
    return [
      createUnmeasuredCheck(
        { kind: 'limit', subject },
        { kind: 'too-few-units', units, unit, minSampleSize },
      ),
    ]
  return checkLimits({ kind: 'limit', subject }, value, toLimits(primary))
}

function compareWithChampion(input: PairedEvaluationInput, spec: MeasurementSpec, champion: Predictions) {
  const { policy, scored } = input
  const { rows, candidate, seed } = scored
  const criterion = createPrimaryCriterion(policy.comparison)
  if (!criterion) return evaluateWithoutChampion(input, spec)
  const compared = measure(rows, { candidate, champion }, spec, createMeasureOptions(input))
  const { values, units, unit } = compared
  const subject = { metric: policy.primary.metric }
  const baselineName = input.champion?.name ?? ''
  const comparison = { kind: 'primary', subject, criterion, baselineName } as const
  const margin = toMargin(criterion)
  const gain = margin.absolute + margin.relative * Math.abs(values.champion)
  const target = values.champion + (spec.direction === 'higher' ? gain : -gain)
  const negativeControl = createNegativeControl(rows, candidate, spec, target, seed)
  const models = {
    candidate,
    champion,
    // Another digest, so that the A/A test compares the predictions themselves.
    championCopy: { ...champion, digest: `copy of ${champion.digest}` },
    negativeControl: negativeControl ?? champion,
    positiveControl: createPositiveControl(rows),
  }
  const measurement = measure(rows, models, spec, createMeasureOptions(input, 'self-test'))
  const check = comparePaired(input, comparison, compared, ['candidate', 'champion'])
  const perfect = comparePaired(input, comparison, measurement, ['positiveControl', 'champion'])
  const measuredOf = (name: 'candidate' | 'champion') => {
    return { value: values[name], error: compared.standardError(name) }
  }
  const evidence = findEvidence(input, spec, {
    candidate: measuredOf('candidate'),
    champion: measuredOf('champion'),
  })
  const notes: EvaluationNote[] = [...evidence.notes]
  if (perfect.result === 'inconclusive') notes.push({ kind: 'positive-control-undecided', check: perfect })
  return {
    ...EMPTY_EVALUATION,
    units,
    unit,
    checks: [check],
    selfTests: [
      ...runPairedSelfTests(measurement, criterion, negativeControl !== undefined),
      ...testMinValue(input, measurement.values.positiveControl),
    ],
    notes,
    issues: [
      ...evidence.issues,
      ...(negativeControl ? [] : [createControlIssue(input, criterion, values.champion)]),
    ],
    candidateValue: values.candidate,
    championValue: values.champion,
  }
}

/** A first model, or a policy with fixed limits only. */
function evaluateWithoutChampion(input: PairedEvaluationInput, spec: MeasurementSpec): PrimaryEvaluation {
  const { rows, candidate } = input.scored
  const models = { candidate, positiveControl: createPositiveControl(rows) }
  const { values, units, unit, standardError } = measure(rows, models, spec, createMeasureOptions(input))
  const measured = { value: values.candidate, error: standardError('candidate') }
  const { issues, notes } = findEvidence(input, spec, { candidate: measured })
  return {
    ...EMPTY_EVALUATION,
    units,
    unit,
    selfTests: testMinValue(input, values.positiveControl),
    notes: [{ kind: 'no-champion' }, ...notes],
    issues,
    candidateValue: values.candidate,
  }
}

/** Without a negative control, the gate cannot show that the criterion fails for a model that is too bad. */
function createControlIssue(
  { policy, champion }: PairedEvaluationInput,
  criterion: Criterion,
  value: number,
): EvidenceIssue {
  const problem = { kind: 'no-negative-control', champion: value, criterion } as const
  return {
    problem,
    metric: policy.primary.metric,
    baselineName: champion?.name ?? '',
    blocks: 'promotion',
  }
}

function testMinValue({ policy: { primary } }: PairedEvaluationInput, perfectValue: number): SelfTest[] {
  if (primary.minValue === undefined) return []
  return runLimitSelfTests(primary, primary.minValue, perfectValue, (value) => meetsMinValue(primary, value))
}
