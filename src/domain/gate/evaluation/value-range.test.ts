import { describe, expect, it } from 'vitest'
import { findKnownDirection, findValueRange, findViolatedRange, isPercentAndShare } from './value-range.ts'

const STATISTICS =
  'accuracy balanced_accuracy f1 f1_macro precision recall auc log_loss mae rmse r2 hit@5 ndcg@10'

describe('findValueRange', () => {
  it.each(STATISTICS.split(' '))('knows the statistic %s', (name) =>
    expect(findValueRange(name)).toBeDefined(),
  )

  it.each([
    ['Val-AUC', 0, 1],
    ['ndcg_at_10', 0, 1],
    ['test_acc', 0, 1],
    ['eval_specificity', 0, 1],
    ['r2_score', -Infinity, 1],
    ['mean_squared_error', 0, Infinity],
    ['binary_logloss', 0, Infinity],
    ['matthews_corrcoef', -1, 1],
    ['neg_log_loss', -Infinity, 0],
    ['test_neg_root_mean_squared_error', -Infinity, 0],
    ['neg_brier_score', -Infinity, 0],
  ])('knows %s by its name: %d to %d', (name, least, greatest) =>
    expect(findValueRange(name)).toEqual({ least, greatest }),
  )

  it.each(['loss', 'nll', 'accuracy_pct', 'miou', 'train_accuracy', 'constructor', ''])(
    'does not guess %j',
    (name) => expect(findValueRange(name)).toBeUndefined(),
  )
})

describe('findViolatedRange', () => {
  it.each([
    ['ndcg_at_10', 61.2],
    ['accuracy', 90.4],
    ['auc', 1.7],
    ['auc', -0.1],
    ['r2', 1.2],
    ['rmse', -3],
    ['log_loss', -0.2],
    ['spearmanr', 1.01],
    ['neg_mean_absolute_error', 0.3],
    ['mcc', -1.5],
  ])('%s cannot be %d', (name, value) => expect(findViolatedRange(name, value)).toBeDefined())

  it.each([
    ['accuracy', 0],
    ['accuracy', 1],
    // Rounding in float32.
    ['accuracy', 1.0000001192092896],
    ['rmse', -1e-9],
    ['rmse', 1e9],
    ['r2', -40],
    ['mcc', -0.5],
    ['revenue', -7],
  ])('%s can be %d', (name, value) => expect(findViolatedRange(name, value)).toBeUndefined())
})

describe('isPercentAndShare', () => {
  const rule = (metric: string, direction: 'higher' | 'lower') => ({
    metric,
    direction,
    statistic: undefined,
  })
  it.each([
    ['bleu', 'higher', 31.4, 0.33],
    ['val/mAP@0.5', 'higher', 0.52, 45.1],
    ['wer', 'lower', 0.21, 18.4],
    ['test_mape', 'lower', 9.8, 0.12],
  ] as const)('is true of %s (%s): %d and %d', (metric, direction, one, other) =>
    expect(isPercentAndShare(rule(metric, direction), one, other)).toBe(true),
  )

  it.each([
    ['bleu', 'higher', 0.33, 0.31],
    ['bleu', 'higher', 33, 31],
    ['revenue', 'higher', 900, 9],
    ['reward', 'higher', 30, 1],
    ['profit', 'higher', 50, -0.5],
    ['val_loss', 'lower', 0.1, 12],
    ['rmse', 'lower', 0.1, 12],
    ['wer', 'lower', 0.05, 1.2],
  ] as const)('is false of %s (%s): %d and %d', (metric, direction, one, other) =>
    expect(isPercentAndShare(rule(metric, direction), one, other)).toBe(false),
  )
})

it('knows that a negated loss is better if higher', () => {
  const names = ['neg_log_loss', 'val_neg_mean_squared_error', 'neg_accuracy', 'neg_log_likelihood']
  expect(names.map(findKnownDirection)).toEqual(['higher', 'higher', 'lower', undefined])
})

it('knows a direction only where each library agrees', () => {
  expect([findKnownDirection('val_mse'), findKnownDirection('loss'), findKnownDirection('wape')]).toEqual([
    'lower',
    undefined,
    undefined,
  ])
})
