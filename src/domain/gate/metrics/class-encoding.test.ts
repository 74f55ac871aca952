import { expect, it } from 'vitest'
import { fakeRows } from '../../../../test/fakes/gate-models.ts'
import type { Predictions, Rows } from '../dataset/rows.ts'
import { findClassEncodingProblem } from './class-encoding.ts'

function createRows(labels: readonly string[]): Rows {
  const names = [...new Set(labels)].sort()
  const codes = Int32Array.from(labels, (label) => names.indexOf(label))
  return fakeRows({ kind: 'classes', codes, names, positive: undefined })
}

function createPredictions({ labels }: Rows, predicted: readonly string[]): Predictions {
  const names = labels.kind === 'classes' ? labels.names : []
  const unknown = [...new Set(predicted)].filter((name) => !names.includes(name)).sort()
  return {
    classes: Int32Array.from(predicted, (name) =>
      names.includes(name) ? names.indexOf(name) : -1 - unknown.indexOf(name),
    ),
    unknownClasses: unknown,
    scores: undefined,
    probabilities: undefined,
    digest: '',
  }
}

/** Labels of 100 rows that repeat, and for each the predicted class. */
function find(
  labels: readonly string[],
  predict: (label: string, row: number) => string,
  subset?: Int32Array,
) {
  const cells = Array.from({ length: 100 }, (_, row) => labels[row % labels.length] as string)
  const rows = createRows(cells)
  return findClassEncodingProblem(rows, createPredictions(rows, cells.map(predict)), subset)
}

it.each<[string, readonly string[], (label: string, row: number) => string, string[], string[]]>([
  ['codes for names', ['no', 'yes'], (label) => (label === 'no' ? '0' : '1'), ['0', '1'], ['no', 'yes']],
  ['-1 for 0', ['0', '1'], (label) => (label === '0' ? '-1' : '1'), ['-1'], ['0']],
  ['an outlier as -1', ['0', '0', '0', '1'], (label) => (label === '1' ? '-1' : '1'), ['-1'], ['0']],
  [
    'half of the names in another case',
    ['a', 'b', 'c', 'd'],
    (label) => (label < 'c' ? label : label.toUpperCase()),
    ['C', 'D'],
    ['c', 'd'],
  ],
  [
    'one of five classes with a broken accent',
    ['refusé', 'b', 'c', 'd', 'e'],
    (label) => (label === 'refusé' ? 'refusÃ©' : label),
    ['refusÃ©'],
    ['refusé'],
  ],
  [
    'one of five classes by a new name, often mistaken',
    ['a', 'b', 'c', 'd', 'e'],
    (label, row) => (row % 7 < 3 ? 'b' : label === 'a' ? 'A' : label),
    ['A'],
    ['a'],
  ],
  ['codes that start at 0', ['1', '2', '3', '4', '5'], (label) => String(Number(label) - 1), ['0'], ['5']],
  ['codes that start at -1', ['0', '1', '2'], (label) => String(Number(label) - 1), ['-1'], ['2']],
])('is another encoding: %s', (_, labels, predict, predicted, never) => {
  expect(find(labels, predict)).toEqual({ kind: 'other-encoding', predicted, labels: never })
})

it.each<[string, readonly string[], (label: string, row: number) => string]>([
  ['only known classes, swapped', ['0', '1'], (label) => (label === '0' ? '1' : '0')],
  ['one answer for every row', ['0', '1'], () => '0'],
  ['some answers outside the labels', ['0', '1'], (label, row) => (row % 3 === 0 ? 'other' : label)],
  [
    'a rare class that is never predicted',
    [...'aaaaaaaaaaaabbbbbbbbbbbbc'],
    (label, row) => (label === 'c' || row % 9 === 0 ? 'x' : label),
  ],
  [
    'a class that is never predicted, for several others that no label has',
    ['a', 'b', 'c', 'd', 'e'],
    (label, row) => (label === 'a' ? `x${row % 4}` : label),
  ],
  [
    'a class that is predicted by both names',
    ['a', 'b', 'c', 'd', 'e'],
    (label, row) => (label === 'a' && row % 10 !== 0 ? 'A' : label),
  ],
  ['one label class', ['ok'], (label, row) => (row % 2 === 0 ? 'bad' : label)],
  // A model of thousands of classes that knows a third of the rows, on a holdout of one row a class.
  [
    'a long tail',
    Array.from({ length: 100 }, (_, at) => `c${at}`),
    (label, row) => (row % 3 === 0 ? label : `u${row}`),
  ],
])('is not another encoding: %s', (_, labels, predict) => {
  expect(find(labels, predict)).toBeUndefined()
})

it('looks at the rows of a slice only', () => {
  const predict = (label: string, row: number) => (row < 40 ? `${label}.` : label)
  const [first, last] = [
    Int32Array.from({ length: 40 }, (_, at) => at),
    Int32Array.from({ length: 60 }, (_, at) => 40 + at),
  ]
  expect(find(['0', '1'], predict)).toBeUndefined()
  expect(find(['0', '1'], predict, last)).toBeUndefined()
  expect(find(['0', '1'], predict, first)).toMatchObject({ kind: 'other-encoding', labels: ['0', '1'] })
})

it('needs predicted classes, and labels that are classes', () => {
  const rows = createRows(['0', '1'])
  expect(
    findClassEncodingProblem(rows, { ...createPredictions(rows, ['a', 'b']), classes: undefined }),
  ).toBeUndefined()
})
