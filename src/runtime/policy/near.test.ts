import { expect, test } from 'vitest'
import { nearest } from './near.ts'

const KNOWN = ['metric', 'min_value', 'min_improvement', 'margin', 'run']

test.each([
  ['min_valu', 'min_value'],
  ['metrics', 'metric'],
  ['min_improvment', 'min_improvement'],
  ['marign', 'margin'],
  ['ran', 'run'],
  ['x', undefined],
  ['threshold', undefined],
  ['q'.repeat(100_000), undefined],
])('%s was meant as %s', (word, meant) => expect(nearest(word, KNOWN)).toBe(meant))
