import type { GatePolicy } from '../gate/criteria/gate-policy.ts'
import { findStatistic } from '../gate/metrics/statistic-catalog.ts'

/** A metric that the gate reads from the runs. */
export interface LoggedMetric {
  metric: string
  /** Its value is compared with the champion's, so without one there is no verdict. */
  isCompared: boolean
}

/** The metrics that the gate reads from the runs: all without predictions, else those that no statistic computes. */
export function listLoggedMetrics({
  primary,
  guardrails,
  comparison,
  predictions,
}: Pick<GatePolicy, 'primary' | 'guardrails' | 'comparison' | 'predictions'>): LoggedMetric[] {
  const isThreshold = comparison.kind === 'threshold'
  const rules = [
    { ...primary, isCompared: !isThreshold },
    ...guardrails.map((rule) => ({ ...rule, isCompared: !isThreshold && rule.maxRegression !== undefined })),
  ]
  return rules
    .filter(({ metric, statistic }) => !predictions || !findStatistic(statistic ?? metric))
    .map(({ metric, isCompared }) => ({ metric, isCompared }))
}
