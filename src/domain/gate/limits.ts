import { compare, decimal } from '../decimal.ts'
import { figure, measured } from '../metric-value.ts'
import { bare, type Check } from './check.ts'
import type { Primary } from './policy.ts'

/** The least and the greatest value that is acceptable, as decimal texts. */
export interface Limits {
  floor: string | undefined
  ceiling: string | undefined
}

/** Holds a value against fixed limits. A value that is missing, NaN or infinite is within none. */
export function checkLimits(
  kind: Check['kind'],
  subject: string,
  value: number | undefined,
  { floor, ceiling }: Limits,
): Check[] {
  return [
    ...(floor === undefined ? [] : [checkLimit(kind, subject, value, floor, 'least')]),
    ...(ceiling === undefined ? [] : [checkLimit(kind, subject, value, ceiling, 'most')]),
  ]
}

function checkLimit(
  kind: Check['kind'],
  subject: string,
  given: number | undefined,
  bound: string,
  side: 'least' | 'most',
): Check {
  const check = { ...bare, kind, subject, candidate: given, limit: `at ${side} ${bound}` }
  const value = measured(given)
  if (typeof value === 'string')
    return { ...check, result: 'fails', why: `the candidate's ${subject} is ${value}` }
  const beyond = compare(decimal(value), decimal(bound))
  const holds = side === 'least' ? beyond >= 0 : beyond <= 0
  const word = side === 'least' ? 'below the minimum' : 'above the maximum'
  const shown = String(value).length > 12 ? figure(value) : String(value)
  return {
    ...check,
    result: holds ? 'holds' : 'fails',
    why: holds ? `${subject} ${shown} is within ${bound}` : `${subject} ${shown} is ${word} of ${bound}`,
  }
}

/** The worst acceptable value of the metric that decides is a floor, or a ceiling where lower values are better. */
export function minValueLimits({ direction, minValue }: Primary): Limits {
  return direction === 'higher'
    ? { floor: minValue, ceiling: undefined }
    : { floor: undefined, ceiling: minValue }
}
