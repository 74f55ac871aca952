import { expect, test } from 'vitest'
import { didYouMean, findSimilarWords } from './did-you-mean.ts'

const KNOWN = ['label', 'metric', 'min_value', 'min_improvement', 'margin', 'run']

test.each([
  ['min_valu', 'min_value'],
  ['metrics', 'metric'],
  ['min_improvment', 'min_improvement'],
  ['marign', 'margin'],
  ['lable', 'label'],
  ['ran', 'run'],
  ['x', undefined],
  ['threshold', undefined],
  ['q'.repeat(100_000), undefined],
])('suggests for %s: %s', (word, suggestion) => expect(didYouMean(word, KNOWN)).toBe(suggestion))

test.each([
  ['roc_auc', ['training_roc_auc', 'auc']],
  ['accurcy', ['accuracy']],
  ['validation_f1', []],
  ['latency', ['p95_latency_ms']],
])('finds words similar to %s', (word, expected) => {
  const known = ['training_score', 'auc', 'training_roc_auc', 'val_accuracy', 'accuracy', 'p95_latency_ms']
  expect(findSimilarWords(word, known)).toEqual(expected)
})
