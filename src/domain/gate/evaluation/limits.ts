import { compare, parseDecimal } from '../../core/decimal.ts'
import { toComparable } from '../../core/metric-value.ts'
import type { Primary } from '../criteria/gate-policy.ts'
import type { Check, CheckTopic, Limit } from './types.ts'

/** The least and the greatest acceptable value, as decimal texts. */
export interface Limits {
  floor: string | undefined
  ceiling: string | undefined
}

/** Compares a value with fixed limits. A missing, NaN or infinite value fails. */
export function checkLimits(
  topic: CheckTopic,
  candidate: number | undefined,
  { floor, ceiling }: Limits,
): Check[] {
  const limits: Limit[] = []
  if (floor !== undefined) limits.push({ kind: 'minimum', limit: floor })
  if (ceiling !== undefined) limits.push({ kind: 'maximum', limit: ceiling })
  const value = toComparable(candidate)
  return limits.map((criterion) => {
    const check = { ...topic, candidate, criterion }
    if (typeof value === 'string')
      return { ...check, result: 'fail', finding: { kind: 'not-comparable', model: 'candidate', value } }
    const order = compare(parseDecimal(value), parseDecimal(criterion.limit))
    const passes = criterion.kind === 'minimum' ? order >= 0 : order <= 0
    return { ...check, result: passes ? 'pass' : 'fail', finding: { kind: 'limit' } }
  })
}

/** The worst acceptable value of the primary metric: a floor, or a ceiling if lower values are better. */
export function toLimits({ direction, minValue }: Primary): Limits {
  return direction === 'higher'
    ? { floor: minValue, ceiling: undefined }
    : { floor: undefined, ceiling: minValue }
}

/** Whether the primary metric meets `minValue` of the policy. */
export function meetsMinValue(primary: Primary, value: number): boolean {
  const checks = checkLimits({ kind: 'limit', subject: primary }, value, toLimits(primary))
  return checks.every(({ result }) => result === 'pass')
}
