import { type Decimal, decimal, multiply } from '../decimal.ts'
import type { Amount, Comparison } from './policy.ts'

/** What a change has to be above: a number, after a share of the rival's value was taken off. */
export interface Boundary {
  boundary: number
  relative: number
}

/** @param sign 1 where the change must be above the amount, -1 where it may be below by as much */
export function boundaryOf(amount: Amount, sign: 1 | -1): Boundary {
  return 'absolute' in amount
    ? { boundary: sign * Number(amount.absolute), relative: 0 }
    : { boundary: 0, relative: sign * Number(amount.relative) }
}

/** What the primary metric's change has to be above; undefined where the champion is not compared. */
export function primaryBoundary(comparison: Comparison): Boundary | undefined {
  if (comparison.kind === 'challenger') return boundaryOf(comparison.minImprovement, 1)
  if (comparison.kind === 'refresh') return boundaryOf(comparison.margin, -1)
  return undefined
}

/** What the primary metric has to be better by, or may be worse by. */
export function amountIn(comparison: Exclude<Comparison, { kind: 'threshold' }>): Amount {
  return comparison.kind === 'challenger' ? comparison.minImprovement : comparison.margin
}

/** The amount in the metric's own unit, exact; undefined where it is relative to 0, which is no amount at all. */
export function exactAmount(amount: Amount, rival: number): Decimal | undefined {
  if ('absolute' in amount) return decimal(amount.absolute)
  if (rival === 0) return undefined
  return multiply(decimal(amount.relative), decimal(Math.abs(rival)))
}
