import { formatDecimal, negate } from '../../../src/domain/core/decimal.ts'
import { formatCompared, formatSignedValue, formatValue } from '../../../src/domain/core/metric-value.ts'
import type { Criterion } from '../../../src/domain/gate/criteria/criterion.ts'
import { SUM_TOLERANCE } from '../../../src/domain/gate/dataset/probability.ts'
import type {
  Check,
  Finding,
  MeasurementProblem,
  Subject,
} from '../../../src/domain/gate/evaluation/types.ts'
import { describeRange } from '../../../src/domain/gate/evaluation/value-range.ts'
import { listExamples } from '../../../src/domain/table/messages.ts'
import { describeRows } from './dataset.ts'
import { describeEvidenceProblem } from './evidence.ts'

const SHARE_OF_ZERO = 'a share of 0 is undefined; set an absolute margin in the policy'

/** "accuracy", "accuracy where country is DE", "accuracy disparity across sex" */
export function describeSubject({ metric, disparityAcross, slice }: Subject): string {
  if (slice) return `${metric} where ${slice.column} is ${slice.value}`
  return disparityAcross === undefined ? metric : `${metric} disparity across ${disparityAcross}`
}

/** "better by at least 0.005", "at least 0.8", "measurable" */
export function describeCriterion(criterion: Check['criterion']): string {
  switch (criterion.kind) {
    case 'measurable':
      return 'measurable'
    case 'possible':
      return describeRange(criterion.range)
    case 'minimum':
      return `at least ${criterion.limit}`
    case 'maximum':
      return `at most ${criterion.limit}`
    case 'max-regression':
      return `not worse by more than ${formatAmount(criterion)}`
    case 'min-improvement': {
      const { amount } = criterion
      const isAny = 'absolute' in amount && Number(amount.absolute) === 0
      return isAny ? 'better' : `better by at least ${formatAmount(criterion)}`
    }
  }
}

function formatAmount({ amount, baseline }: Criterion): string {
  return 'absolute' in amount ? amount.absolute : `${amount.relative} of the ${baseline}'s value`
}

const OTHER_SCALE = 'Another scale or a flipped sign'

/** A clause, for the reason of the verdict. */
export function describeCheck(check: Check): string {
  const { candidate = Number.NaN, baseline = Number.NaN, baselineName, criterion, finding } = check
  const subject = describeSubject(check.subject)
  const values = `${subject} ${formatCompared(candidate, baseline)} against ${formatCompared(baseline, candidate)} of ${baselineName}`
  switch (finding.kind) {
    case 'unmeasured':
      return `${subject} cannot be measured: ${describeProblem(finding.problem)}`
    case 'not-comparable':
      return finding.model === 'candidate'
        ? `the candidate's ${subject} is ${finding.value}`
        : `${subject} of ${baselineName} is ${finding.value}: log it on its run, or promote with force and a reason`
    case 'impossible-value': {
      const range = `its values are ${describeRange(finding.range)}`
      const { least, greatest } = finding.range
      const value = formatCompared(finding.model === 'candidate' ? candidate : baseline, least, greatest)
      return finding.model === 'candidate'
        ? `the candidate's ${subject} cannot be ${value}: ${range}. ${OTHER_SCALE}; log it in this range, or under a name of your own with a direction`
        : `${subject} of ${baselineName} cannot be ${value}, so the two are incomparable: ${range}. ${OTHER_SCALE}; log it in this range on its run, or promote with force and a reason`
    }
    case 'percent-and-share':
      return `${values}: one is a percentage, and the other a share. Log both in one scale, or promote with force and a reason`
    case 'limit':
      return describeLimit(check, subject)
    case 'share-of-zero':
      return `${values}: ${SHARE_OF_ZERO}`
    case 'gain': {
      const gain = `${values}: ${describeGain(criterion.kind, finding)}`
      if (!check.change) return gain
      const rows = `as two independent samples of ${check.change.units} rows`
      return `${gain} (${formatInterval(check.change)}, ${rows}); required: ${describeCriterion(criterion)}`
    }
    case 'same-rows':
      return describePaired(check, finding, subject)
    case 'small-slice':
      return `${subject}: no regression shown; ${finding.units} ${finding.unit}, fewer than the ${finding.minSamples} that must prove there is none`
  }
}

function describeLimit({ candidate = Number.NaN, criterion, result }: Check, subject: string): string {
  if (!('limit' in criterion)) return subject
  const value = formatCompared(candidate, Number(criterion.limit))
  const missed = criterion.kind === 'minimum' ? 'is below' : 'is above'
  return `${subject} ${value} ${result === 'pass' ? 'meets' : missed} the ${criterion.kind} of ${criterion.limit}`
}

function describeGain(
  kind: Check['criterion']['kind'],
  { gain, amount }: Extract<Finding, { kind: 'gain' }>,
): string {
  const isImprovement = kind === 'min-improvement'
  if (gain.digits === 0n) return isImprovement ? 'equal, no improvement' : 'equal'
  const [size, required] = [gain.digits > 0n ? gain : negate(gain), amount].map((decimal) =>
    Number(formatDecimal(decimal)),
  ) as [number, number]
  const difference = `${gain.digits > 0n ? 'better' : 'worse'} by ${formatCompared(size, required)}`
  const limit = formatCompared(required, size)
  if (isImprovement && gain.digits > 0n && amount.digits !== 0n)
    return `${difference}, at least ${limit} required`
  return isImprovement || gain.digits > 0n ? difference : `${difference}, at most ${limit} allowed`
}

function describePaired(
  {
    candidate = Number.NaN,
    baseline = Number.NaN,
    baselineName,
    change,
    requiredSampleSize,
    ...check
  }: Check,
  { outcome, unit, minSampleSize }: Extract<Finding, { kind: 'same-rows' }>,
  subject: string,
): string {
  if (!change) return subject
  const criterion = describeCriterion(check.criterion)
  const values = `${subject} ${formatValue(candidate)} against ${formatValue(baseline)} of ${baselineName} on the same ${formatCount(change.units, unit)}`
  if (outcome === 'too-few-units') return `${values}, fewer than the minimum of ${minSampleSize}`
  if (outcome === 'share-of-zero') return `${values}: ${SHARE_OF_ZERO}`
  if (outcome === 'identical-predictions')
    return `${values}: identical predictions on every row; required: ${criterion}`
  const size = formatValue(Math.abs(change.estimate))
  const difference = `${change.estimate < 0 ? 'worse' : 'better'} by ${size} (${formatInterval(change)})`
  if (check.result !== 'inconclusive') return `${values}: ${difference}; required: ${criterion}`
  const where = check.subject.slice ? ' of this slice' : ''
  const hint =
    requiredSampleSize === undefined
      ? ''
      : `; about ${formatCount(requiredSampleSize, unit)}${where} would decide`
  return `${values}: ${difference}, too uncertain to tell whether it is ${criterion}${hint}`
}

/** "+0.012 to +0.051 at 95 %": two one-sided bounds, each at the policy's confidence. */
function formatInterval({ low, high, confidence }: NonNullable<Check['change']>): string {
  return `${formatSignedValue(low)} to ${formatSignedValue(high)} at ${formatValue(100 * confidence)} %`
}

function formatCount(units: number, unit: string): string {
  return `${Math.ceil(units).toLocaleString('en-US')} ${unit}`
}

const PROBLEMS = {
  'no-rows': 'there are no rows',
  'no-positive-row': 'no row has the positive class',
  'only-positive-rows': 'every row has the positive class',
  'no-relevant-row': 'no row is relevant',
  'negative-relevance': 'a relevance is negative',
  'labels-are-numbers': 'the labels are numbers, not classes',
  'labels-are-classes': 'the labels are classes, not numbers',
  'no-positive-class':
    'the policy names no positive class. Set holdout.positive to its label, which only 0/1, false/true and -1/1 imply',
  'no-query-column':
    'the policy names no query (or group) column of the holdout, so there is nothing to rank within',
  'no-classes': 'the predictions have no classes',
  'no-scores': 'the predictions have no scores',
  'no-probabilities': 'the predictions have no probabilities',
  'only-one-score': 'the predictions have one score; more than two classes need a probability each',
  'missing-class-probability': 'the predictions lack the probability of a class',
  'empty-slice': 'the holdout has no row of this slice',
} as const

/** @param labels label classes that are never predicted */
function describeEncoding(predicted: readonly string[], labels: readonly string[]): string {
  const never = labels.length > 0 ? `, and never ${listExamples(labels)}` : ''
  const classes = predicted.length > 0 ? listExamples(predicted) : 'classes'
  return `the predicted classes are another encoding than the labels: ${classes}, which no label is${never}. Write the classes as the labels have them`
}

/** Why a statistic cannot be computed, as a clause. */
export function describeProblem(problem: MeasurementProblem): string {
  switch (problem.kind) {
    case 'invalid-score':
      return `a prediction is ${problem.value}`
    case 'invalid-probability':
      return `column "score" has ${problem.value}, which is not a probability`
    case 'improper-probabilities':
      return `the columns proba_… add up to ${formatValue(problem.sum)} for ${describeRows(problem.ids)}, not to 1 (within ${SUM_TOLERANCE}). Write the probability of each class that the model knows`
    case 'not-finite':
      return `its value is ${problem.value} on these rows`
    case 'too-few-units':
      return `${problem.units} ${problem.unit} are fewer than the minimum of ${problem.minSampleSize}`
    case 'undefined-on-slice':
      return `${problem.statistic} is undefined on its rows`
    case 'other-encoding':
      return describeEncoding(problem.predicted, problem.labels)
    case 'worse-than-chance':
    case 'no-better-than-chance':
      return describeEvidenceProblem(problem)
    default:
      return PROBLEMS[problem.kind]
  }
}
