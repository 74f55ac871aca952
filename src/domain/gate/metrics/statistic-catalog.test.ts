import { describe, expect, it } from 'vitest'
import type { Labels, Predictions, Rows } from '../dataset/rows.ts'
import { findStatistic, findStatisticProblem } from './statistic-catalog.ts'

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

describe('findStatistic', () => {
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
  ])('finds %s as %s', (metric, name) => {
    expect(findStatistic(metric)?.name).toBe(name)
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
  ])('does not guess %j', (metric) => {
    expect(findStatistic(metric)).toBeUndefined()
  })

  it.each([
    ['accuracy', 'higher', true],
    ['hit@5', 'higher', true],
    ['ndcg@5', 'higher', false],
    ['auc', 'higher', false],
    ['log_loss', 'lower', false],
    ['rmse', 'lower', false],
    ['r2', 'higher', false],
  ])('%s: %s is better, proportion %s', (name, direction, isProportion) => {
    const statistic = findStatistic(name)
    expect(statistic).toMatchObject({ direction })
    expect(statistic?.successes !== undefined).toBe(isProportion)
  })
})

describe('findStatisticProblem', () => {
  const classes = Int32Array.of(0, 1, 0)
  const scores = Float64Array.of(0.1, 0.9, 0.4)
  const allPositive: Labels = { ...CLASSES, codes: Int32Array.of(1, 1, 1) }
  const unnamed: Labels = { ...CLASSES, positive: undefined }
  const three: Labels = { ...CLASSES, names: ['n', 'x', 'y'] }

  it.each<[string, string, Rows, Partial<Predictions>]>([
    ['accuracy', 'no-rows', rows(CLASSES, { count: 0 }), { classes }],
    ['accuracy', 'no-classes', rows(CLASSES), { scores }],
    ['accuracy', 'labels-are-numbers', rows(NUMBERS), { classes }],
    ['f1', 'no-positive-class', rows(unnamed), { classes }],
    ['recall', 'no-positive-row', rows({ ...CLASSES, codes: Int32Array.of(0, 0, 0) }), { classes }],
    ['auc', 'no-scores', rows(CLASSES), { classes }],
    ['auc', 'invalid-score', rows(CLASSES), { scores: Float64Array.of(0, Number.NaN, 1) }],
    ['auc', 'only-positive-rows', rows(allPositive), { scores }],
    ['log_loss', 'no-probabilities', rows(CLASSES), { classes }],
    ['log_loss', 'invalid-probability', rows(CLASSES), { scores: Float64Array.of(0, 1.5, 1) }],
    ['log_loss', 'only-one-score', rows(three), { scores }],
    ['log_loss', 'missing-class-probability', rows(three), { probabilities: [scores, scores] }],
    ['mae', 'labels-are-classes', rows(CLASSES), { scores }],
    ['mae', 'invalid-score', rows(NUMBERS), { scores: Float64Array.of(0, Infinity, 1) }],
    ['hit@2', 'no-query-column', rows(CLASSES), { scores }],
    [
      'ndcg@2',
      'negative-relevance',
      rows({ kind: 'numbers', values: Float64Array.of(-1, 1, 0) }, { groups: GROUPS }),
      { scores },
    ],
    [
      'ndcg@2',
      'no-relevant-row',
      rows({ kind: 'numbers', values: new Float64Array(3) }, { groups: GROUPS }),
      { scores },
    ],
  ])('%s: %s', (name, kind, given, predictions) => {
    const statistic = findStatistic(name)
    if (!statistic) throw new Error(name)
    expect(findStatisticProblem(statistic, given, { ...NONE, ...predictions })?.kind).toBe(kind)
  })

  it('accepts probabilities that leave [0, 1] by rounding', () => {
    const logLoss = findStatistic('log_loss')
    const rounded = { ...NONE, scores: Float64Array.of(-0.0000054, 1.00000012, 1) }
    expect(logLoss && findStatisticProblem(logLoss, rows(CLASSES), rounded)).toBeUndefined()
  })

  it('accepts probabilities whose sum is rounded, or lacks classes that no label has', () => {
    const logLoss = findStatistic('log_loss')
    const probabilities = [Float64Array.of(0.335, 0.34, 0.1), Float64Array.of(0.67, 0.67, 0.2)]
    const predictions = { ...NONE, probabilities }
    expect(logLoss && findStatisticProblem(logLoss, rows(CLASSES), predictions)).toBeUndefined()
  })

  it('names the value at fault', () => {
    const mae = findStatistic('mae')
    const odd = { ...NONE, scores: Float64Array.of(0, Infinity, 1) }
    expect(mae?.findProblem(rows(NUMBERS), odd)).toEqual({ kind: 'invalid-score', value: Infinity })
  })

  it('finds none in valid predictions', () => {
    const auc = findStatistic('auc')
    if (!auc) throw new Error('auc')
    expect(findStatisticProblem(auc, rows(CLASSES), { ...NONE, scores })).toBeUndefined()
  })
})
