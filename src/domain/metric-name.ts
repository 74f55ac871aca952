/** What smaller values are better of: losses and errors, wrong answers, what a model costs, and gaps between groups. */
const LOWER = [
  'loss err error errors rmse mse mae mape smape rmsle msle perplexity brier ece wer cer fid deviance logloss mlogloss',
  'entropy crossentropy nll fpr fnr',
  'latency duration seconds ms memory mb bytes cost',
  'gap difference disparity',
].flatMap((line) => line.split(' '))

/**
 * Whether a metric goes by a name of which lower values are the better ones, so that "higher" must not be assumed. Words
 * are told apart by what is no letter and, as in `testLoss` and `valRMSE`, by capitals; `p95` is a percentile of times.
 */
export function soundsLikeLower(metric: string): boolean {
  const parted = metric.replace(/(?<=[a-z0-9])(?=[A-Z])/g, ' ').replace(/(?<=[A-Z])(?=[A-Z][a-z])/g, ' ')
  const words = `${metric} ${parted}`.toLowerCase().match(/[a-z]+/g) ?? []
  return words.some((word) => LOWER.includes(word)) || /(^|[^a-z0-9])p(50|9[0-9]+)([^0-9]|$)/i.test(parted)
}
