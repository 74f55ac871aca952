import { compare, negate, parseDecimal, subtract } from '../../core/decimal.ts'
import { toComparable } from '../../core/metric-value.ts'
import { compareToMargin } from '../../statistics/interval.ts'
import { unpairedProportionInterval } from '../../statistics/proportions.ts'
import {
  type Criterion,
  createPrimaryCriterion,
  createRegressionCriterion,
  resolveAmount,
  toMargin,
} from '../criteria/criterion.ts'
import type { Guardrail, MetricRule } from '../criteria/gate-policy.ts'
import { findStatistic } from '../metrics/statistic-catalog.ts'
import { runLoggedMetricSelfTests } from '../self-test/self-tests.ts'
import { findLoggedEvidence } from './evidence.ts'
import { checkLimits, toLimits } from './limits.ts'
import type {
  Check,
  CheckTopic,
  Evaluation,
  EvaluationInput,
  EvaluationNote,
  EvidenceIssue,
  Finding,
  Model,
} from './types.ts'
import { findValueRange, findViolatedRange, isPercentAndShare } from './value-range.ts'

/** Compares the metrics that the runs logged. Chance is accounted for only if the number of rows behind them is known. */
export function evaluateLoggedMetrics(input: EvaluationInput): Evaluation {
  const { policy, candidate, champion } = input
  const { metric } = policy.primary
  const [candidateValue, championValue] = [candidate.metrics.get(metric), champion?.metrics.get(metric)]
  const primary = checkPrimary(input)
  const topic = { kind: 'limit', subject: { metric } } as const
  return {
    evaluationBasis: 'logged-metrics',
    checks: [
      ...(checkPossible(topic, policy.primary, candidateValue) ??
        checkLimits(topic, candidateValue, toLimits(policy.primary))),
      ...(primary ? [primary] : []),
      ...checkLoggedAnchor(input),
      ...policy.guardrails.flatMap((rule) => checkLoggedGuardrail(rule, candidate, champion)),
    ],
    selfTests: runSelfTests(input, toComparable(candidateValue), toComparable(championValue)),
    issues: [...findLoggedEvidence(input), ...findUnreachable(input)],
    notes: [{ kind: primary?.change ? 'logged-proportions' : 'logged-metrics' }, ...findOtherUnit(input)],
    candidateValue,
    championValue,
  }
}

/** Factor between two values that another unit explains, and a better model hardly does. */
const OTHER_UNIT = 10

/** Values without bounds that are so far apart that one of them may be in another unit: thousands, percent, seconds. */
function findOtherUnit({ policy: { primary }, candidate, champion }: EvaluationInput): EvaluationNote[] {
  const { metric, statistic } = primary
  const values = [candidate, champion].map((model) => Math.abs(model?.metrics.get(metric) ?? Number.NaN))
  const factor = Math.max(...values) / Math.min(...values)
  const isBounded = findValueRange(statistic ?? metric)?.greatest === 1
  if (isBounded || !(factor >= OTHER_UNIT && Number.isFinite(factor))) return []
  return [{ kind: 'other-unit', metric, factor }]
}

/** Fixed limits, and the comparison with the champion, by what the two runs logged. */
export function checkLoggedGuardrail(
  rule: Guardrail,
  candidate: Model,
  champion: Model | undefined,
): Check[] {
  const { metric, maxRegression } = rule
  const topic = { kind: 'guardrail', subject: { metric } } as const
  const value = candidate.metrics.get(metric)
  const impossible = checkPossible(topic, rule, value)
  if (impossible) return impossible
  const limits = checkLimits(topic, value, rule)
  if (!champion || !maxRegression) return limits
  const criterion = createRegressionCriterion(maxRegression)
  return [...limits, compareLogged('guardrail', rule, candidate, champion, criterion)]
}

/** A failed check, if the metric of the candidate cannot have this value; no limit applies to it then. */
function checkPossible(
  topic: CheckTopic,
  rule: MetricRule,
  candidate: number | undefined,
): Check[] | undefined {
  const range = findImpossibleRange(rule, candidate)
  if (!range) return undefined
  const finding = { kind: 'impossible-value', model: 'candidate', range } as const
  return [{ ...topic, candidate, criterion: { kind: 'possible', range }, result: 'fail', finding }]
}

/** The range that a comparable value violates. */
function findImpossibleRange({ metric, statistic }: MetricRule, logged: number | undefined) {
  const value = toComparable(logged)
  return typeof value === 'string' ? undefined : findViolatedRange(statistic ?? metric, value)
}

function checkLoggedAnchor({ policy: { primary, comparison }, candidate, anchor }: EvaluationInput): Check[] {
  if (!anchor || comparison.kind !== 'refresh' || !comparison.anchor) return []
  const criterion = createRegressionCriterion(comparison.anchor.margin, 'anchor')
  return [compareLogged('anchor', primary, candidate, anchor, criterion)]
}

function checkPrimary(input: EvaluationInput): Check | undefined {
  const { policy, candidate, champion } = input
  const criterion = createPrimaryCriterion(policy.comparison)
  if (!champion || !criterion) return undefined
  return addInterval(
    compareLogged('primary', policy.primary, candidate, champion, criterion),
    criterion,
    input,
  )
}

function runSelfTests(input: EvaluationInput, candidate: number | string, champion: number | string) {
  const { primary, comparison } = input.policy
  const criterion = createPrimaryCriterion(comparison)
  if (!criterion || typeof champion === 'string') return []
  const withValue = (name: string, value: number) => ({ name, metrics: new Map([[primary.metric, value]]) })
  return runLoggedMetricSelfTests(
    primary.direction,
    criterion,
    typeof candidate === 'string' ? undefined : candidate,
    champion,
    (one, other) => {
      const models = { candidate: withValue('candidate', one), champion: withValue('champion', other) }
      return checkPrimary({ ...input, ...models })?.result === 'pass'
    },
  )
}

/** Whether no candidate can pass: a required amount in another unit, or a champion near the best possible value. */
function findUnreachable({ policy: { primary, comparison }, champion }: EvaluationInput): EvidenceIssue[] {
  const { metric, direction, statistic } = primary
  const criterion = createPrimaryCriterion(comparison)
  const value = toComparable(champion?.metrics.get(metric))
  if (!champion || criterion?.kind !== 'min-improvement' || typeof value === 'string') return []
  const range = findValueRange(statistic ?? metric)
  const best = (direction === 'higher' ? range?.greatest : range?.least) ?? Number.NaN
  const amount = resolveAmount(criterion.amount, value)
  if (!Number.isFinite(best) || !amount) return []
  const gain = subtract(parseDecimal(Math.max(best, value)), parseDecimal(Math.min(best, value)))
  if (compare(gain, amount) >= 0) return []
  const problem = { kind: 'unreachable-improvement', best, champion: value, criterion } as const
  return [{ problem, metric, baselineName: champion.name, blocks: 'verdict' }]
}

/** Compares two logged values in exact decimals: 0.06 is better than 0.05 by 0.01, which doubles deny. */
function compareLogged(
  kind: Check['kind'],
  rule: MetricRule,
  model: Model,
  { name: baselineName, metrics }: Model,
  criterion: Criterion,
): Check {
  const { metric, direction } = rule
  const [candidate, baseline] = [model.metrics.get(metric), metrics.get(metric)]
  const conclude = (result: Check['result'], finding: Finding): Check => {
    return { kind, subject: { metric }, candidate, baseline, baselineName, criterion, result, finding }
  }
  const [value, other] = [toComparable(candidate, baseline), toComparable(baseline, candidate)]
  if (typeof value === 'string')
    return conclude('fail', { kind: 'not-comparable', model: 'candidate', value })
  if (typeof other === 'string')
    return conclude('inconclusive', { kind: 'not-comparable', model: 'baseline', value: other })
  const [range, otherRange] = [findImpossibleRange(rule, value), findImpossibleRange(rule, other)]
  if (range) return conclude('fail', { kind: 'impossible-value', model: 'candidate', range })
  if (otherRange)
    return conclude('inconclusive', { kind: 'impossible-value', model: 'baseline', range: otherRange })
  if (isPercentAndShare(rule, value, other)) return conclude('inconclusive', { kind: 'percent-and-share' })
  const amount = resolveAmount(criterion.amount, other)
  if (!amount) return conclude('inconclusive', { kind: 'share-of-zero' })
  const [high, low] = direction === 'higher' ? [value, other] : [other, value]
  const gain = subtract(parseDecimal(high), parseDecimal(low))
  const passes =
    criterion.kind === 'min-improvement'
      ? gain.digits > 0n && compare(gain, amount) >= 0
      : compare(gain, negate(amount)) >= 0
  return conclude(passes ? 'pass' : 'fail', { kind: 'gain', gain, amount })
}

/** A proportion of a known number of rows has an interval, even without the rows. */
function addInterval(
  check: Check,
  criterion: Criterion,
  { policy: { primary, statistics }, loggedRowCount: rows }: EvaluationInput,
): Check {
  const { absolute: margin, relative } = toMargin(criterion)
  const [candidate, baseline] = [toComparable(check.candidate), toComparable(check.baseline)]
  const isProportion = findStatistic(primary.statistic ?? '')?.successes !== undefined
  if (rows === undefined || relative !== 0 || !isProportion) return check
  if (!isShare(candidate) || !isShare(baseline)) return check
  const [high, low] = primary.direction === 'higher' ? [candidate, baseline] : [baseline, candidate]
  const proportions = [
    { value: high, rows },
    { value: low, rows },
  ] as const
  const change = unpairedProportionInterval(...proportions, statistics.confidence)
  const position = compareToMargin(change, margin)
  const result = position === 'above' ? 'pass' : position === 'below' ? 'fail' : 'inconclusive'
  return { ...check, change, margin, result }
}

function isShare(value: number | string): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1
}
