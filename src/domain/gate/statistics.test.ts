import { describe, expect, it } from 'vitest'
import type { Labels, Predictions, Rows } from './rows.ts'
import { problemWith, statisticNamed } from './statistics.ts'

const NONE: Predictions = { classes: undefined, scores: undefined, probabilities: undefined, digest: 'p' }
const CLASSES: Labels = { kind: 'classes', codes: Int32Array.of(0, 1, 1), names: ['n', 'y'], positive: 1 }
const NUMBERS: Labels = { kind: 'numbers', values: Float64Array.of(1, 2, 4) }
const GROUPS = { codes: Int32Array.of(0, 0, 1), names: ['a', 'b'] }

const rows = (labels: Labels, more: Partial<Rows> = {}): Rows => ({
  count: 3,
  labels,
  groups: undefined,
  queries: undefined,
  weights: undefined,
  times: undefined,
  columns: new Map(),
  digest: 'r',
  ...more,
})

describe('statisticNamed', () => {
  it.each([
    ['accuracy', 'accuracy'],
    ['accuracy_score', 'accuracy'],
    ['test_accuracy', 'accuracy'],
    ['Val-AUC', 'auc'],
    ['roc_auc', 'auc'],
    ['rocauc', 'auc'],
    ['eval_logloss', 'log_loss'],
    ['mean_absolute_error', 'mae'],
    ['holdout_rmse', 'rmse'],
    ['r2_score', 'r2'],
    ['macro_f1', 'f1_macro'],
    ['hit@20', 'hit@20'],
    ['hit_at_20', 'hit@20'],
    ['test_ndcg_at_1000', 'ndcg@1000'],
  ])('knows %s as %s', (metric, name) => {
    expect(statisticNamed(metric)?.name).toBe(name)
  })

  it.each([
    '',
    'latency',
    'test_',
    'accuracy2',
    'train_accuracy',
    'constructor',
    '__proto__',
    'toString',
    'hit@0',
    'hit@1001',
    'hit@5.5',
    'hit@',
    'hit',
    'mse',
    'f1_micro',
  ])('does not guess what %j is', (metric) => {
    expect(statisticNamed(metric)).toBeUndefined()
  })

  it.each([
    ['accuracy', 'higher', true, true],
    ['hit@5', 'higher', true, true],
    ['ndcg@5', 'higher', true, false],
    ['auc', 'higher', true, false],
    ['log_loss', 'lower', false, false],
    ['rmse', 'lower', false, false],
    ['r2', 'higher', false, false],
  ])('says of %s: %s is better, bounded %s, proportion %s', (name, direction, bounded, proportion) => {
    expect(statisticNamed(name)).toMatchObject({ direction, bounded, proportion })
  })
})

describe('problemWith', () => {
  const classes = Int32Array.of(0, 1, 0)
  const scores = Float64Array.of(0.1, 0.9, 0.4)
  const allPositive: Labels = { ...CLASSES, codes: Int32Array.of(1, 1, 1) }
  const unnamed: Labels = { ...CLASSES, positive: undefined }
  const three: Labels = { ...CLASSES, names: ['n', 'x', 'y'] }

  it.each<[string, string, Rows, Partial<Predictions>]>([
    ['accuracy', 'there are no rows', rows(CLASSES, { count: 0 }), { classes }],
    ['accuracy', 'the predictions have no classes', rows(CLASSES), { scores }],
    ['accuracy', 'the labels are numbers, not classes', rows(NUMBERS), { classes }],
    ['f1', 'no label is named as the positive class', rows(unnamed), { classes }],
    [
      'recall',
      'no row is of the positive class',
      rows({ ...CLASSES, codes: Int32Array.of(0, 0, 0) }),
      { classes },
    ],
    ['auc', 'the predictions have no scores', rows(CLASSES), { classes }],
    ['auc', 'a prediction is NaN', rows(CLASSES), { scores: Float64Array.of(0, Number.NaN, 1) }],
    ['auc', 'every row is of the positive class', rows(allPositive), { scores }],
    ['log_loss', 'the predictions have no probabilities', rows(CLASSES), { classes }],
    ['log_loss', 'a predicted probability is 1.5', rows(CLASSES), { scores: Float64Array.of(0, 1.5, 1) }],
    [
      'log_loss',
      'the predictions have one score, and each of several classes needs its probability',
      rows(three),
      { scores },
    ],
    [
      'log_loss',
      'the predictions lack the probability of a class',
      rows(three),
      { probabilities: [scores, scores] },
    ],
    ['mae', 'the labels are classes, not numbers', rows(CLASSES), { scores }],
    ['mae', 'a prediction is Infinity', rows(NUMBERS), { scores: Float64Array.of(0, Infinity, 1) }],
    [
      'hit@2',
      'no column says which rows are ranked against each other: name one as query (or group) in the holdout of the policy',
      rows(CLASSES),
      { scores },
    ],
    [
      'ndcg@2',
      'a relevance is negative',
      rows({ kind: 'numbers', values: Float64Array.of(-1, 1, 0) }, { groups: GROUPS }),
      { scores },
    ],
    [
      'ndcg@2',
      'no row is relevant',
      rows({ kind: 'numbers', values: new Float64Array(3) }, { groups: GROUPS }),
      { scores },
    ],
  ])('%s: %s', (name, problem, given, predictions) => {
    const statistic = statisticNamed(name)
    if (!statistic) throw new Error(name)
    expect(problemWith(statistic, given, { ...NONE, ...predictions })).toBe(problem)
  })

  it('has nothing to say where all is there', () => {
    const auc = statisticNamed('auc')
    if (!auc) throw new Error('auc')
    expect(problemWith(auc, rows(CLASSES), { ...NONE, scores })).toBeUndefined()
  })
})
