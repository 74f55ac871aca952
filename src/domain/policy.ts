import { decimal, format } from './decimal.ts'

export type Direction = 'higher' | 'lower'

/** What a candidate has to show. Numbers are decimal texts, as a person wrote them. */
export interface Policy {
  metric: string
  /** Which values are the better ones. */
  direction: Direction
  /** By how much the candidate must be better, absolute, not negative. At 0 it must still be better at all. */
  minImprovement: string
  /** The worst value that is acceptable at all, also for a first model: the least, or with `lower` the greatest. */
  minValue?: string | undefined
}

/** One text for all ways to write the same policy; its hash names the policy in the ledger. */
export function canonical(policy: Policy): string {
  const number = (text: string) => format(decimal(text))
  return JSON.stringify({
    metric: policy.metric,
    direction: policy.direction,
    'min-improvement': number(policy.minImprovement),
    ...(policy.minValue === undefined ? {} : { 'min-value': number(policy.minValue) }),
  })
}

/** Whether a metric goes by a name of which lower values are the better ones, so that "higher" must not be assumed. */
export function soundsLikeLower(metric: string): boolean {
  return /(^|[^a-z])(loss|err|error|rmse|mse|mae|mape|smape|perplexity|brier|ece|latency|wer|cer|fid|deviance|mlogloss|logloss)([^a-z]|$)/i.test(
    metric,
  )
}
