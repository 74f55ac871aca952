import { compareToMargin, computeRequiredSampleSize } from '../../statistics/interval.ts'
import { toName } from '../../table/cells.ts'
import type { Categorical } from '../../table/columns.ts'
import { type Criterion, createRegressionCriterion, toMargin } from '../criteria/criterion.ts'
import type { Guardrail } from '../criteria/gate-policy.ts'
import type { Predictions, Rows } from '../dataset/rows.ts'
import { type Measurement, type MeasureOptions, measure } from '../inference/paired-measurement.ts'
import { findClassEncodingProblem } from '../metrics/class-encoding.ts'
import type { MeasurementSpec } from '../metrics/statistic.ts'
import { findStatistic, findStatisticProblem, type Statistic } from '../metrics/statistic-catalog.ts'
import { compareToChance, createChanceProblem } from './chance.ts'
import { checkLimits } from './limits.ts'
import { checkLoggedGuardrail } from './logged-evaluation.ts'
import type {
  ChanceProblem,
  Check,
  CheckTopic,
  MeasurementProblem,
  PairedEvaluationInput,
  PairedOutcome,
} from './types.ts'

/** Self-tests need fewer resamples than the comparison itself. */
const SELF_TEST_RESAMPLES = 400

/** Resamples are drawn only when a difference is read, so values alone cost none. */
export function createMeasureOptions(
  { policy, scored }: PairedEvaluationInput,
  purpose?: 'self-test',
): MeasureOptions {
  const { confidence, resamples } = policy.statistics
  const drawn = purpose ? Math.min(resamples, SELF_TEST_RESAMPLES) : resamples
  return { confidence, resamples: drawn, seed: scored.seed }
}

/** How many independent units a decision needs. */
export function getMinSampleSize(
  { policy }: PairedEvaluationInput,
  unit: Measurement<string>['unit'],
): number {
  const { minRows, minGroups } = policy.statistics
  return unit === 'groups' ? minGroups : minRows
}

/** What the first of two models must show on the same rows. */
interface PairedComparison extends CheckTopic {
  /** "champion 7" */
  baselineName: string
  criterion: Criterion
  minSampleSize?: number
}

/**
 * Compares the interval of the change with the margin: passes if the lower bound is above, fails if the upper bound is
 * below, else inconclusive. Fewer units than the minimum are inconclusive.
 */
export function comparePaired<S extends string>(
  input: PairedEvaluationInput,
  comparison: PairedComparison,
  measurement: Measurement<S>,
  models: readonly [first: S, second: S],
): Check {
  const { kind, subject, baselineName, criterion } = comparison
  const { unit } = measurement
  const { minSampleSize = getMinSampleSize(input, unit) } = comparison
  const [candidate, baseline] = [measurement.values[models[0]], measurement.values[models[1]]]
  const change = measurement.difference(...models)
  const { absolute, relative } = toMargin(criterion)
  const margin = absolute + relative * Math.abs(baseline)
  const conclude = (result: Check['result'], outcome: PairedOutcome, requiredSampleSize?: number): Check => {
    const finding = { kind: 'same-rows', outcome, unit, minSampleSize } as const
    const values = { candidate, baseline, baselineName, change, margin, criterion }
    return { kind, subject, ...values, result, finding, requiredSampleSize }
  }
  if (measurement.units < minSampleSize) return conclude('inconclusive', 'too-few-units', minSampleSize)
  if (relative !== 0 && baseline === 0) return conclude('inconclusive', 'share-of-zero')
  // More rows cannot decide between identical predictions.
  if (change.low === 0 && change.high === 0 && margin >= 0) return conclude('fail', 'identical-predictions')
  const net = measurement.difference(...models, relative)
  const position = compareToMargin(net, absolute)
  if (position !== 'inconclusive') return conclude(position === 'above' ? 'pass' : 'fail', 'compared')
  return conclude('inconclusive', 'compared', computeRequiredSampleSize(net, absolute, Math.abs(margin)))
}

/** Compares with a fixed version, so that small regressions cannot add up from release to release. */
export function checkAnchor(input: PairedEvaluationInput, statistic: Statistic): Check[] {
  const { policy, scored, anchor } = input
  const { comparison, primary } = policy
  if (comparison.kind !== 'refresh' || !comparison.anchor || !scored.anchor || !anchor) return []
  const models = { candidate: scored.candidate, anchor: scored.anchor }
  const spec = { statistic, direction: primary.direction }
  const measurement = measure(scored.rows, models, spec, createMeasureOptions(input))
  const criterion = createRegressionCriterion(comparison.anchor.margin, 'anchor')
  const topic = { kind: 'anchor', subject: { metric: primary.metric } } as const
  const compared = { ...topic, criterion, baselineName: anchor.name }
  return [comparePaired(input, compared, measurement, ['candidate', 'anchor'])]
}

/** Computes guardrails from the rows if a statistic does, else reads them from the runs, such as a latency. */
export function checkGuardrails(input: PairedEvaluationInput): Check[] {
  return input.policy.guardrails.flatMap((rule) => {
    const statistic = rule.statistic === undefined ? undefined : findStatistic(rule.statistic)
    return statistic
      ? checkGuardrail(input, rule, statistic)
      : checkLoggedGuardrail(rule, input.candidate, input.champion)
  })
}

function checkGuardrail(input: PairedEvaluationInput, rule: Guardrail, statistic: Statistic): Check[] {
  const { rows, candidate, champion } = input.scored
  const { metric, direction, maxRegression } = rule
  const topic = { kind: 'guardrail', subject: { metric, disparityAcross: rule.groupDisparity } } as const
  const unmeasured = checkMeasurable(topic, candidate, champion, (model) =>
    findStatisticProblem(statistic, rows, model),
  )
  if (unmeasured) return [unmeasured]
  const groupDisparity = rule.groupDisparity === undefined ? undefined : rows.columns.get(rule.groupDisparity)
  const models = { candidate, champion: (maxRegression && champion) ?? candidate }
  const spec: MeasurementSpec = { statistic, direction, groupDisparity }
  const measurement = measure(rows, models, spec, createMeasureOptions(input))
  const value = measurement.values.candidate
  if (!Number.isFinite(value)) return [createUnmeasuredCheck(topic, { kind: 'not-finite', value })]
  const limits = checkLimits(topic, value, rule)
  if (!champion || !input.champion || !maxRegression) return limits
  const problem = groupDisparity ? undefined : findSharedChanceProblem(rows, spec, models, measurement.values)
  if (problem) return [...limits, createUnmeasuredCheck(topic, problem)]
  const criterion = createRegressionCriterion(maxRegression)
  const comparison = { ...topic, criterion, baselineName: input.champion.name }
  return [...limits, comparePaired(input, comparison, measurement, ['candidate', 'champion'])]
}

/**
 * Checks every slice by itself. All must pass, so their number needs no correction (an intersection-union test, Berger
 * 1982).
 */
export function checkSlices(input: PairedEvaluationInput, statistic: Statistic): Check[] {
  const { scored, champion, policy } = input
  if (!scored.champion || !champion) return []
  const predictions = { candidate: scored.candidate, champion: scored.champion }
  return policy.slices.flatMap((rule) => {
    const column = scored.rows.columns.get(rule.column)
    if (!column) throw new Error(`no column ${rule.column}; holdout validation must reject it`)
    const values = rule.values ?? column.names
    return values.map((value) => {
      const subject = { metric: policy.primary.metric, slice: { column: rule.column, value } }
      const topic = { kind: 'slice', subject } as const
      const subset = selectRows(column, toName(value) ?? '')
      if (subset.length === 0) return createUnmeasuredCheck(topic, { kind: 'empty-slice' })
      const spec = { statistic, direction: policy.primary.direction, subset }
      const measurement = measure(scored.rows, predictions, spec, createMeasureOptions(input))
      const comparison = {
        ...topic,
        criterion: createRegressionCriterion(rule.maxRegression),
        baselineName: champion.name,
        // The score interval of a proportion is valid for few rows; a bootstrap is not.
        ...(statistic.successes && !scored.rows.groups && { minSampleSize: 0 }),
      }
      const { values: measured, units, unit } = measurement
      const { minSamples } = rule
      // Few rows cannot tell another encoding, or answers worse than chance, from a mistake.
      if (units >= minSamples) {
        const unmeasured = checkMeasurable(topic, predictions.candidate, predictions.champion, (model) =>
          findClassEncodingProblem(scored.rows, model, subset),
        )
        if (unmeasured) return unmeasured
        const problem =
          statistic.predictionKind === 'classes' &&
          findSharedChanceProblem(scored.rows, spec, predictions, measured)
        if (problem) return createUnmeasuredCheck(topic, problem)
      }
      const isDefined = Number.isFinite(measured.candidate) && Number.isFinite(measured.champion)
      const check = isDefined
        ? comparePaired(input, comparison, measurement, ['candidate', 'champion'])
        : createUnmeasuredCheck(topic, { kind: 'undefined-on-slice', statistic: statistic.name })
      // A small slice cannot prove the absence of a regression, so it blocks only if it shows one.
      if (check.result !== 'inconclusive' || units >= minSamples) return check
      const finding = { kind: 'small-slice', units, unit, minSamples } as const
      return { ...check, result: 'pass', finding, requiredSampleSize: undefined }
    })
  })
}

/** A candidate whose classes are another encoding fails; the same fault of the champion leaves the check inconclusive. */
function checkMeasurable(
  topic: CheckTopic,
  candidate: Predictions,
  champion: Predictions | undefined,
  findProblem: (model: Predictions) => MeasurementProblem | undefined,
): Check | undefined {
  const [own, other] = [findProblem(candidate), champion && findProblem(champion)]
  const problem = own ?? other
  if (!problem) return undefined
  const isCandidatesFault = own?.kind === 'other-encoding' && !other
  return createUnmeasuredCheck(topic, problem, isCandidatesFault ? 'fail' : 'inconclusive')
}

/** A criterion that both models meet or miss with values worse than chance shows nothing. */
function findSharedChanceProblem(
  rows: Rows,
  { statistic, subset }: MeasurementSpec,
  predictions: { candidate: Predictions; champion: Predictions },
  values: { candidate: number; champion: number },
): ChanceProblem | undefined {
  const compare = (who: 'candidate' | 'champion') =>
    compareToChance(statistic, rows, { predictions: predictions[who], value: values[who] }, subset)
  const [candidate, champion] = [compare('candidate'), compare('champion')]
  return candidate.isWorse && champion.isWorse
    ? createChanceProblem(statistic, rows, candidate, champion)
    : undefined
}

export function createUnmeasuredCheck(
  topic: CheckTopic,
  problem: MeasurementProblem,
  result: 'fail' | 'inconclusive' = 'inconclusive',
): Check {
  const finding = { kind: 'unmeasured', problem } as const
  return { ...topic, candidate: undefined, criterion: { kind: 'measurable' }, result, finding }
}

function selectRows({ codes, names }: Categorical, name: string): Int32Array {
  const code = names.indexOf(name)
  return Int32Array.from(codes.keys()).filter((row) => codes[row] === code)
}
