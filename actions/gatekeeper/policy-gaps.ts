import { type Direction, soundsLikeLower } from '../../src/domain/policy.ts'
import type { Problem } from '../../src/runtime/contract.ts'
import { shown } from '../../src/runtime/fields.ts'

/** What a policy lacks to judge by: the metric, or the direction of one whose name says that lower may be better. */
export function policyGaps({
  metric,
  direction,
}: {
  metric?: string | undefined
  direction?: Direction | undefined
}): Problem[] {
  if (metric === undefined) {
    const message = 'is required and was given neither here nor in policy; name the metric that decides'
    return [{ input: 'metric', message }]
  }
  if (direction !== undefined || !soundsLikeLower(metric)) return []
  const message = `${shown(metric)} sounds like a metric of which lower is better; say higher or lower`
  return [{ input: 'direction', message }]
}
