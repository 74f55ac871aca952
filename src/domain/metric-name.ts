/** Whether a metric goes by a name of which lower values are the better ones, so that "higher" must not be assumed. */
export function soundsLikeLower(metric: string): boolean {
  return /(^|[^a-z])(loss|err|error|rmse|mse|mae|mape|smape|perplexity|brier|ece|latency|wer|cer|fid|deviance|mlogloss|logloss)([^a-z]|$)/i.test(
    metric,
  )
}
