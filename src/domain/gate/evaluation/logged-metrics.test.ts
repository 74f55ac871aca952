import { expect, test } from 'vitest'
import type { GatePolicy, Guardrail } from '../criteria/gate-policy.ts'
import { askForSimilarMetric, listLoggedMetrics } from './logged-metrics.ts'

const rule = (metric: string, changes: Partial<Guardrail> = {}): Guardrail => ({
  ...{ metric, direction: 'higher', statistic: undefined, maxRegression: { absolute: '0.1' } },
  ...{ floor: undefined, ceiling: undefined, groupDisparity: undefined },
  ...changes,
})
const list = (changes: Partial<GatePolicy>, isPaired = false) =>
  listLoggedMetrics(
    {
      primary: { ...rule('auc'), minValue: undefined },
      guardrails: [rule('latency'), rule('f1'), rule('memory', { maxRegression: undefined })],
      comparison: { kind: 'challenger', minImprovement: { absolute: '0' } },
      ...changes,
    },
    isPaired,
  )

test('without predictions, all metrics are logged ones', () => {
  expect(list({})).toEqual([
    { metric: 'auc', isCompared: true },
    { metric: 'latency', isCompared: true },
    { metric: 'f1', isCompared: true },
    { metric: 'memory', isCompared: false },
  ])
})

test('with predictions, only those that the gate cannot compute', () => {
  expect(list({}, true).map(({ metric }) => metric)).toEqual(['latency', 'memory'])
  const primary = { ...rule('ours', { statistic: 'accuracy' }), minValue: undefined }
  expect(list({ primary, guardrails: [] }, true)).toEqual([])
})

test('kind threshold compares with no champion', () => {
  expect(list({ comparison: { kind: 'threshold' } }).some(({ isCompared }) => isCompared)).toBe(false)
})

test.each([
  ['roc_auc', ['training_roc_auc', 'auc'], 'did you mean auc?'],
  ['acuracy', ['training_accuracy_score', 'accuracy', 'val_accuracy'], 'did you mean accuracy?'],
  [
    'accuracy',
    ['training_accuracy_score', 'train/loss'],
    'only training_accuracy_score is similar, which is measured on training data: log accuracy on a holdout',
  ],
  [
    'val_rmse',
    ['rmse_train'],
    'only rmse_train is similar, which is measured on training data: log val_rmse on a holdout',
  ],
  ['wape', ['training_score', 'strain_mae'], ''],
  ['strain', ['strain_mae'], 'did you mean strain_mae?'],
])('asks for a metric similar to %s of %o', (metric, logged, question) => {
  expect(askForSimilarMetric(metric, logged)).toBe(question)
})
