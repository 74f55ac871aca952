import {
  compare,
  type Decimal,
  formatDecimal,
  multiply,
  negate,
  parseDecimal,
  subtract,
} from '../../core/decimal.ts'
import { toComparable } from '../../core/metric-value.ts'
import { findKnownDirection, findViolatedRange, type ValueRange } from '../../gate/evaluation/value-range.ts'
import { findStatistic } from '../../gate/metrics/statistic-catalog.ts'
import { normalQuantile } from '../../statistics/distributions.ts'
import { unpairedProportionInterval, wilsonInterval } from '../../statistics/proportions.ts'
import type { DropLimit, PerformanceResult, PerformanceValue } from './result.ts'

/** Of each one-sided bound. */
const CONFIDENCE = 0.95

export interface PerformanceComparison {
  metric: string
  /** Undefined if the name of the metric says it. */
  higherIsBetter: boolean | undefined
  baseline: PerformanceValue
  current: PerformanceValue
  limit: DropLimit
}

/** Why two values cannot be compared. */
export type PerformanceProblem =
  | { kind: 'not-a-number'; side: 'baseline' | 'current'; value: string }
  | { kind: 'out-of-range'; side: 'baseline' | 'current'; value: number; range: ValueRange }
  | { kind: 'unknown-direction' }
  /** The metric is better in the other direction than the user says. */
  | { kind: 'wrong-direction'; higherIsBetter: boolean }
  | { kind: 'share-of-zero' }

/**
 * Decides whether the metric dropped by more than the limit. The point rule compares exact decimals: from 0.90 to 0.85 is
 * a drop of 0.05, which is not more than 0.05. If the metric is a proportion of known rows, a drop above the limit is
 * drift only if the one-sided 95 % bound of the drop is above 0 too (Newcombe's interval; Wilson's if the rows of the
 * baseline are unknown, which then counts as exact).
 */
export function comparePerformance(
  comparison: PerformanceComparison,
): PerformanceResult | PerformanceProblem {
  const { metric, baseline, current } = comparison
  const statistic = findStatistic(metric)
  const known = statistic?.direction ?? findKnownDirection(metric)
  const knownHigher = known && known === 'higher'
  const higherIsBetter = comparison.higherIsBetter ?? knownHigher
  if (higherIsBetter === undefined) return { kind: 'unknown-direction' }
  if (knownHigher !== undefined && knownHigher !== higherIsBetter)
    return { kind: 'wrong-direction', higherIsBetter: knownHigher }
  const before = toComparable(baseline.value, current.value)
  const now = toComparable(current.value, baseline.value)
  if (typeof before === 'string') return { kind: 'not-a-number', side: 'baseline', value: before }
  if (typeof now === 'string') return { kind: 'not-a-number', side: 'current', value: now }
  for (const [side, value] of [
    ['baseline', before],
    ['current', now],
  ] as const) {
    const range = findViolatedRange(metric, value)
    if (range) return { kind: 'out-of-range', side, value, range }
  }
  const limit = computeLimit(comparison.limit, parseDecimal(before))
  if (!limit) return { kind: 'share-of-zero' }
  const change = subtract(parseDecimal(before), parseDecimal(now))
  const drop = higherIsBetter ? change : negate(change)
  const isProportion = statistic?.successes !== undefined
  const interval =
    isProportion && current.rows !== undefined
      ? computeInterval({ value: before, rows: baseline.rows }, { value: now, rows: current.rows })
      : undefined
  const isExceeded = compare(drop, limit) > 0
  return {
    kind: !isExceeded ? 'stable' : interval && !(interval.low > 0) ? 'inconclusive' : 'drift',
    metric,
    higherIsBetter,
    baseline: { ...baseline, value: before },
    current: { ...current, value: now },
    drop: formatDecimal(drop),
    limit: formatDecimal(limit),
    interval,
    pointRule: interval ? undefined : isProportion ? 'rows-unknown' : 'no-proportion',
  }
}

/** Undefined if it is a share of 0. */
function computeLimit({ kind, amount }: DropLimit, baseline: Decimal): Decimal | undefined {
  const decimal = parseDecimal(amount)
  if (kind === 'absolute') return decimal
  if (baseline.digits === 0n) return undefined
  return multiply(decimal, baseline.digits < 0n ? negate(baseline) : baseline)
}

/** Of the drop of a proportion, of which more is better. */
function computeInterval(
  baseline: { value: number; rows: number | undefined },
  current: { value: number; rows: number },
): PerformanceResult['interval'] {
  const [before, now] = [baseline, current].map(({ value }) => Math.min(1, Math.max(0, value))) as [
    number,
    number,
  ]
  if (baseline.rows !== undefined) {
    const { low, high, method } = unpairedProportionInterval(
      { value: before, rows: baseline.rows },
      { value: now, rows: current.rows },
      CONFIDENCE,
    )
    return { low, high, confidence: CONFIDENCE, method }
  }
  const { low, high } = wilsonInterval({ value: now, rows: current.rows }, normalQuantile(CONFIDENCE))
  const method = `score interval, ${current.rows.toLocaleString('en-US')} rows, exact baseline`
  return { low: before - high, high: before - low, confidence: CONFIDENCE, method }
}
