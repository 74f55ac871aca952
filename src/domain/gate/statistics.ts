import { auc } from './auc.ts'
import { classification } from './classification.ts'
import { logLoss, regression } from './losses.ts'
import { rankingNamed } from './ranking.ts'
import type { Predictions, Rows } from './rows.ts'
import type { Statistic } from './statistic.ts'

export type { Statistic } from './statistic.ts'

const STATISTICS: readonly Statistic[] = [...classification, auc, logLoss, ...regression]

/** Names that a policy may give, for messages. */
export const STATISTIC_NAMES: readonly string[] = [...STATISTICS.map(({ name }) => name), 'hit@K', 'ndcg@K']

/** What the libraries and their users call them; every spelling, none guessed. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
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

/** What runs put before a name to say on which data. */
const PREFIXES = ['test_', 'val_', 'valid_', 'validation_', 'eval_', 'holdout_']

/** The statistic that a metric of this name is, in whatever case and with dashes or underscores; undefined for none. */
export function statisticNamed(metric: string): Statistic | undefined {
  const written = metric.trim().toLowerCase().replaceAll('-', '_')
  const prefix = PREFIXES.find((one) => written.startsWith(one)) ?? ''
  const plain = written.slice(prefix.length)
  const name = Object.hasOwn(OTHER_NAMES, plain) ? OTHER_NAMES[plain] : plain
  return STATISTICS.find((one) => one.name === name) ?? rankingNamed(plain)
}

/** Why the statistic cannot be computed from these predictions, in words; undefined where it can. */
export function problemWith(statistic: Statistic, rows: Rows, predictions: Predictions): string | undefined {
  return rows.count === 0 ? 'there are no rows' : statistic.problem(rows, predictions)
}
