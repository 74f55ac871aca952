import type { GatePolicy } from '../criteria/gate-policy.ts'
import { findStatistic } from '../metrics/statistic-catalog.ts'

/** A metric that the gate reads from the runs. */
export interface LoggedMetric {
  metric: string
  /** Its value is compared with the champion's, so without one there is no verdict. */
  isCompared: boolean
}

/**
 * The metrics that the gate reads from the runs.
 * @param isPaired whether predictions are evaluated, so that only metrics that no statistic computes are read
 */
export function listLoggedMetrics(
  { primary, guardrails, comparison }: Pick<GatePolicy, 'primary' | 'guardrails' | 'comparison'>,
  isPaired: boolean,
): LoggedMetric[] {
  const isThreshold = comparison.kind === 'threshold'
  const rules = [
    { ...primary, isCompared: !isThreshold },
    ...guardrails.map((rule) => ({ ...rule, isCompared: !isThreshold && rule.maxRegression !== undefined })),
  ]
  return rules
    .filter(({ metric, statistic }) => !isPaired || !findStatistic(statistic ?? metric))
    .map(({ metric, isCompared }) => ({ metric, isCompared }))
}
