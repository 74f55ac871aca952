import { type Decimal, multiply, parseDecimal } from '../../core/decimal.ts'
import type { Amount, Comparison } from './gate-policy.ts'

/** What a change against a baseline must show. */
export interface Criterion {
  kind: 'min-improvement' | 'max-regression'
  amount: Amount
  /** The model that a relative amount refers to. */
  baseline: 'champion' | 'anchor'
}

/** What the policy requires of the primary metric; undefined if it does not compare with the champion. */
export function createPrimaryCriterion(comparison: Comparison): Criterion | undefined {
  if (comparison.kind === 'threshold') return undefined
  if (comparison.kind === 'refresh') return createRegressionCriterion(comparison.margin)
  return { kind: 'min-improvement', amount: comparison.minImprovement, baseline: 'champion' }
}

/** What a guardrail, a slice or an anchor requires. */
export function createRegressionCriterion(
  amount: Amount,
  baseline: Criterion['baseline'] = 'champion',
): Criterion {
  return { kind: 'max-regression', amount, baseline }
}

/** The change that must be exceeded: an absolute part, and a share of the baseline's value. */
export function toMargin({ kind, amount }: Criterion): { absolute: number; relative: number } {
  const sign = kind === 'min-improvement' ? 1 : -1
  return 'absolute' in amount
    ? { absolute: sign * Number(amount.absolute), relative: 0 }
    : { absolute: 0, relative: sign * Number(amount.relative) }
}

/** The exact amount in the metric's unit; undefined if it is relative to a baseline of 0. */
export function resolveAmount(amount: Amount, baseline: number): Decimal | undefined {
  if ('absolute' in amount) return parseDecimal(amount.absolute)
  if (baseline === 0) return undefined
  return multiply(parseDecimal(amount.relative), parseDecimal(Math.abs(baseline)))
}
