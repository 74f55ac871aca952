import { findSimilarWords } from '../../core/did-you-mean.ts'
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

/** "training_score" of autologging, "train/loss", "loss_train" */
const TRAINING_METRIC = /^train(ing)?[\W_]|[\W_]train(ing)?$/i

/**
 * Which logged metrics a person may have meant, as a question; empty if none is similar. A metric of training data decides
 * nothing about a holdout, so it is named only if no other one is similar, with that warning.
 */
export function askForSimilarMetric(metric: string, logged: readonly string[]): string {
  const isTraining = (name: string) => TRAINING_METRIC.test(name)
  const similar = findSimilarWords(
    metric,
    logged.filter((name) => !isTraining(name)),
  )
  if (similar.length > 0) return `did you mean ${similar.join(' or ')}?`
  const [training] = findSimilarWords(metric, logged.filter(isTraining))
  if (training === undefined) return ''
  return `only ${training} is similar, which is measured on training data: log ${metric} on a holdout`
}
