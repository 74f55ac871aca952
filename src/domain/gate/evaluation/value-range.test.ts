import { describe, expect, it } from 'vitest'
import { findKnownDirection, findValueRange, findViolatedRange } from './value-range.ts'

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

it('knows a direction only where each library agrees', () => {
  expect([findKnownDirection('val_mse'), findKnownDirection('loss'), findKnownDirection('wape')]).toEqual([
    'lower',
    undefined,
    undefined,
  ])
})
