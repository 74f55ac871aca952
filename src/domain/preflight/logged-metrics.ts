import { didYouMean } from '../core/did-you-mean.ts'
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

const MAX_SUGGESTIONS = 3

/** The names most like a metric's, best first. */
export function suggestMetrics(metric: string, known: readonly string[]): string[] {
  const statistic = findStatistic(metric)?.name
  const similar = didYouMean(metric, known)
  const isSimilar: readonly ((name: string) => boolean)[] = [
    (name) => name === similar,
    (name) => statistic !== undefined && findStatistic(name)?.name === statistic,
    (name) => name.includes(metric) || metric.includes(name),
  ]
  const found = isSimilar.flatMap((test) => known.filter(test))
  return [...new Set(found)].slice(0, MAX_SUGGESTIONS)
}
