import type { GatePolicy } from '../criteria/gate-policy.ts'
import type { LabelKind } from '../dataset/holdout.ts'
import type { PredictionKind, Predictions, Rows } from '../dataset/rows.ts'
import { auc } from './auc.ts'
import { classificationStatistics } from './classification.ts'
import { logLoss, regressionStatistics } from './losses.ts'
import { findRankingStatistic } from './ranking.ts'
import type { Statistic, StatisticProblem } from './statistic.ts'

export type { Statistic } from './statistic.ts'

/** A new statistic goes into the file of its family, and into this list. */
const STATISTICS: readonly Statistic[] = [...classificationStatistics, auc, logLoss, ...regressionStatistics]

/** Names for a policy, in messages. */
export const STATISTIC_NAMES: readonly string[] = [...STATISTICS.map(({ name }) => name), 'hit@K', 'ndcg@K']

/** Names in scikit-learn, LightGBM, Keras and torchmetrics. */
const STATISTIC_ALIASES: Readonly<Record<string, string>> = {
  acc: 'accuracy',
  accuracy_score: 'accuracy',
  balanced_accuracy_score: 'balanced_accuracy',
  bal_acc: 'balanced_accuracy',
  f1_score: 'f1',
  f1_score_macro: 'f1_macro',
  macro_f1: 'f1_macro',
  f1_macro_score: 'f1_macro',
  precision_score: 'precision',
  recall_score: 'recall',
  roc_auc: 'auc',
  roc_auc_score: 'auc',
  rocauc: 'auc',
  auroc: 'auc',
  auc_roc: 'auc',
  logloss: 'log_loss',
  binary_logloss: 'log_loss',
  multi_logloss: 'log_loss',
  mean_absolute_error: 'mae',
  root_mean_squared_error: 'rmse',
  r2_score: 'r2',
}

/** Prefixes that name the data of a metric. */
const METRIC_PREFIXES = ['test_', 'val_', 'valid_', 'validation_', 'eval_', 'holdout_']

/** The name without case and without a data prefix; a dash is an underscore. */
export function normalizeMetricName(metric: string): string {
  const written = metric.trim().toLowerCase().replaceAll('-', '_')
  const prefix = METRIC_PREFIXES.find((one) => written.startsWith(one)) ?? ''
  return written.slice(prefix.length)
}

/** Finds the statistic of a metric by its normalized name. Finds none by part of a name. */
export function findStatistic(metric: string): Statistic | undefined {
  const plain = normalizeMetricName(metric)
  const name = Object.hasOwn(STATISTIC_ALIASES, plain) ? STATISTIC_ALIASES[plain] : plain
  return STATISTICS.find((one) => one.name === name) ?? findRankingStatistic(plain)
}

/** Why the statistic cannot be computed; undefined if it can. */
export function findStatisticProblem(
  statistic: Statistic,
  rows: Rows,
  predictions: Predictions,
): StatisticProblem | undefined {
  return rows.count === 0 ? { kind: 'no-rows' } : statistic.findProblem(rows, predictions)
}

/** What the statistics of the policy read of the predictions. */
export function listPredictionKinds({
  primary,
  guardrails,
}: Pick<GatePolicy, 'primary' | 'guardrails'>): ReadonlySet<PredictionKind> {
  const names = [primary.statistic ?? primary.metric, ...guardrails.flatMap((rule) => rule.statistic ?? [])]
  return new Set(names.flatMap((name) => findStatistic(name)?.predictionKind ?? []))
}

/** The labels that the primary metric needs. Those of a ranking are relevances, unless the policy names the relevant label as `positive`. */
export function requiredLabelKind({ primary, holdout }: Pick<GatePolicy, 'primary' | 'holdout'>): LabelKind {
  const statistic = findStatistic(primary.statistic ?? primary.metric)
  if (statistic?.isRanking) return holdout?.positive === undefined ? 'relevances' : 'classes'
  return statistic?.labelKind ?? 'classes'
}
