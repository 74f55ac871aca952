import type { Amount } from '../../domain/gate/policy.ts'
import type { Conflict } from './conflict.ts'
import { isBounded, type NamedMetric } from './metric-rule.ts'
import type { Path } from './yaml.ts'

/** Of the worth of a metric between 0 and 1. Who allows more than half of it to go has meant something else. */
const MOST_LOST = 0.5

/** A limit that every value of a metric keeps. */
export function idle(
  metric: NamedMetric,
  path: Path,
  limit: string | undefined,
  end: 'floor' | 'ceiling',
): Conflict[] {
  if (limit === undefined || !isBounded(metric)) return []
  if (end === 'floor' ? Number(limit) > 0 : Number(limit) < 1) return []
  const cure = end === 'floor' ? 'give more than 0' : 'give less than 1'
  return [{ path, message: `can never say no, since the metric is between 0 and 1; ${cure}` }]
}

/** An amount that no model can reach, or that none can exceed: a percentage that was written as a number of points. */
export function tooMuch(
  metric: NamedMetric,
  path: Path,
  amount: Amount | undefined,
  of: 'gain' | 'loss',
): Conflict[] {
  if (!amount) return []
  const size = sizeOf(amount)
  const bounded = isBounded(metric)
  if (size >= 1 && 'relative' in amount && of === 'loss')
    return [{ path, message: 'is the whole value or more; a share is below 1: 0.01 is one per cent' }]
  if (size >= 1 && 'absolute' in amount && bounded)
    return [
      {
        path,
        message: `is ${size}, and the metric is between 0 and 1: 1 means 100 points; write 0.01 for one point, or {relative: 0.01} for one per cent`,
      },
    ]
  if (size > MOST_LOST && bounded && of === 'loss')
    return [
      {
        path,
        message: `is more than ${MOST_LOST}, and the metric is between 0 and 1, so that hardly any model loses as much; give ${MOST_LOST} or less`,
      },
    ]
  return []
}

export function sizeOf(amount: Amount): number {
  return Number('absolute' in amount ? amount.absolute : amount.relative)
}
