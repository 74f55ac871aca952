import type { Direction, MetricRule } from '../criteria/gate-policy.ts'
import { findStatistic, normalizeMetricName } from '../metrics/statistic-catalog.ts'

/** The least and the greatest value that a metric can have; infinite where there is no bound. */
export interface ValueRange {
  least: number
  greatest: number
}

/** Logged values are often float32, or sums of rounded numbers: 1.0000001 is 1. */
const ROUNDING = 1e-5

const SHARE: ValueRange = { least: 0, greatest: 1 }
const NOT_NEGATIVE: ValueRange = { least: 0, greatest: Infinity }
const AT_MOST_1: ValueRange = { least: -Infinity, greatest: 1 }
const CORRELATION: ValueRange = { least: -1, greatest: 1 }

/**
 * Ranges of the gate's statistics, and of other metrics that scikit-learn, SciPy, XGBoost and torchmetrics define alike.
 * Names that are percentages or negative logarithms in some library are missing on purpose: their range is not known.
 */
const RANGES = new Map<string, ValueRange>(
  (
    [
      [SHARE, 'accuracy balanced_accuracy f1 f1_macro precision recall auc hit ndcg'],
      [SHARE, 'f1_micro f1_weighted precision_macro precision_micro precision_weighted'],
      [SHARE, 'recall_macro recall_micro recall_weighted mrr'],
      [SHARE, 'sensitivity specificity tpr tnr fpr fnr average_precision average_precision_score'],
      [SHARE, 'pr_auc auc_pr aucpr auprc prauc jaccard_score top_k_accuracy_score'],
      [NOT_NEGATIVE, 'log_loss mae rmse mse mean_squared_error msle mean_squared_log_error rmsle'],
      [NOT_NEGATIVE, 'mape mean_absolute_percentage_error smape medae median_absolute_error max_error'],
      [NOT_NEGATIVE, 'brier brier_score brier_score_loss hinge_loss hamming_loss zero_one_loss mase'],
      [NOT_NEGATIVE, 'cross_entropy binary_crossentropy categorical_crossentropy perplexity wer cer'],
      [AT_MOST_1, 'r2 r2_adjusted adjusted_r2 explained_variance explained_variance_score'],
      [CORRELATION, 'mcc matthews_corrcoef cohen_kappa cohen_kappa_score quadratic_weighted_kappa qwk'],
      [CORRELATION, 'pearson pearsonr pearson_correlation spearman spearmanr spearman_correlation'],
      [CORRELATION, 'kendall kendalltau kendall_tau'],
    ] satisfies [ValueRange, string][]
  ).flatMap(([range, names]) => names.split(' ').map((name) => [name, range] as const)),
)

/** Metrics that the gate does not compute, but whose direction is the same in every library. */
const KNOWN_DIRECTIONS = new Map<string, Direction>([
  ['mse', 'lower'],
  ['mean_squared_error', 'lower'],
])

/** "between 0 and 1", "at least 0", "at most 1" */
export function describeRange({ least, greatest }: ValueRange): string {
  if (greatest === Infinity) return `at least ${least}`
  return least === -Infinity ? `at most ${greatest}` : `between ${least} and ${greatest}`
}

/** scikit-learn negates losses, so that a higher value is better: neg_log_loss. */
const NEGATED = /^neg_/

/** The range of a metric by its name, or by that of its statistic; undefined if the metric is not known. */
export function findValueRange(metric: string): ValueRange | undefined {
  const name = findStatistic(metric)?.name ?? normalizeMetricName(metric)
  if (!NEGATED.test(name)) return RANGES.get(name.replace(/@\d+$/, ''))
  const range = findValueRange(name.replace(NEGATED, ''))
  return range && { least: 0 - range.greatest, greatest: 0 - range.least }
}

/** @returns the range, if the value is outside it: another scale, or a flipped sign */
export function findViolatedRange(metric: string, value: number): ValueRange | undefined {
  const range = findValueRange(metric)
  if (!range) return undefined
  return value < range.least - ROUNDING || value > range.greatest + ROUNDING ? range : undefined
}

/** The direction of a metric that is no statistic of the gate; undefined if it must be set. */
export function findKnownDirection(metric: string): Direction | undefined {
  const name = normalizeMetricName(metric)
  if (!NEGATED.test(name)) return KNOWN_DIRECTIONS.get(name)
  const positive = name.replace(NEGATED, '')
  const direction = findStatistic(positive)?.direction ?? findKnownDirection(positive)
  return direction && (direction === 'higher' ? 'lower' : 'higher')
}

/** Error rates that some libraries give in percent. */
const RATES = new Set('mape mean_absolute_percentage_error smape wer cer'.split(' '))
/** Factors between two models of similar quality, one in percent: 31.4 and 0.33. */
const PERCENT_FACTORS = { least: 50, greatest: 200 }

/** Whether one of two values is most likely a percentage, and the other a share: bleu, mAP and mape are logged as both. */
export function isPercentAndShare({ metric, statistic, direction }: MetricRule, one: number, other: number) {
  const name = statistic ?? metric
  const mayBePercent = findValueRange(name) ? RATES.has(normalizeMetricName(name)) : direction === 'higher'
  const [share, percent] = [Math.min(one, other), Math.max(one, other)]
  const factor = percent / share
  return (
    mayBePercent &&
    share > 0 &&
    share <= 1 &&
    percent > 1 &&
    percent <= 100 &&
    factor >= PERCENT_FACTORS.least &&
    factor <= PERCENT_FACTORS.greatest
  )
}
