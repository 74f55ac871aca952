import { expect, test } from 'vitest'
import { didYouMean } from './did-you-mean.ts'

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
