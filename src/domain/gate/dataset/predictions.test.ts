import { describe, expect, it } from 'vitest'
import {
  concatenateAsHash,
  createHoldout,
  fillColumn,
  type TableCells,
} from '../../../../test/fakes/gate-tables.ts'
import { type Cell, toClassText } from '../../table/cells.ts'
import { CategoricalColumn, NumberColumn } from '../../table/columns.ts'
import { createMissingTest } from '../../table/missing-words.ts'
import { type JoinFailure, joinPredictions, RowMatcher } from './predictions.ts'

const small: TableCells = { id: ['b', 'a', 'c'], label: ['cat', 'dog', 'cat'] }

type PredictionCells = Partial<Record<'id' | 'prediction' | 'score' | `proba_${string}`, readonly Cell[]>>

function joinCells(cells: TableCells, columns: PredictionCells, kind: 'classes' | 'numbers' = 'classes') {
  const holdout = createHoldout(cells, {}, kind)
  const { id = [], prediction, ...others } = columns
  const numeric = { ...others, ...(kind === 'numbers' && prediction && { prediction }) }
  const read = {
    rowMatcher: fillColumn(new RowMatcher(holdout), id),
    classes:
      prediction && kind === 'classes'
        ? fillColumn(new CategoricalColumn(toClassText, createMissingTest({})), prediction)
        : undefined,
    numbers: new Map(
      Object.entries(numeric).map(([name, cells = []]) => [name, fillColumn(new NumberColumn(), cells)]),
    ),
    needsEveryClass: true,
  }
  return joinPredictions(holdout, read, concatenateAsHash)
}

const binary: TableCells = { id: ['1', '2', '3'], label: ['0', '1', '0'] }

describe('joinPredictions', () => {
  it('orders predictions as the holdout', () => {
    expect(joinCells(small, { id: ['c', 'b', 'a'], prediction: ['dog', 'bird', 'cat'] })).toEqual({
      predictions: {
        classes: Int32Array.of(0, -1, 1),
        unknownClasses: ['bird'],
        scores: undefined,
        probabilities: undefined,
        digest: expect.any(String),
      },
      unmatchedCount: 0,
    })
  })

  it('keeps classes that no label has apart', () => {
    const joined = joinCells(small, { id: ['a', 'b', 'c'], prediction: ['fox', 'bird', 'fox'] })
    expect(joined).toMatchObject({
      predictions: { classes: Int32Array.of(-2, -1, -2), unknownClasses: ['bird', 'fox'] },
    })
  })

  it('joins a bool to "True", an int to "1.0"', () => {
    const joined = joinCells(
      { id: ['1', '2'], label: [true, false] },
      { id: [2n, '1.0'], prediction: ['False', 1] },
    )
    expect(joined).toMatchObject({ predictions: { classes: Int32Array.of(1, 0) } })
  })

  it('ignores predictions of other ids, valid or not, and counts them', () => {
    const joined = joinCells(binary, { id: ['9', '1', '2', '3'], score: ['', '.1', '.2', '.3'] })
    expect(joined).toMatchObject({
      predictions: { scores: Float64Array.of(0.1, 0.2, 0.3), classes: undefined },
      unmatchedCount: 1,
    })
  })

  it('reads numbers for numeric labels', () => {
    const numbers: TableCells = { id: ['1', '2'], label: ['0.5', '2'] }
    expect(
      joinCells(numbers, { id: ['2', '1'], prediction: ['7', '8'], score: ['0', '0'] }, 'numbers'),
    ).toMatchObject({
      predictions: { scores: Float64Array.of(8, 7), classes: undefined, probabilities: undefined },
    })
  })

  it('derives the other probability of two classes, and the score', () => {
    const joined = joinCells(binary, { id: ['1', '2', '3'], proba_1: ['0.25', '1', '0'] })
    const ones = Float64Array.of(0.25, 1, 0)
    expect(joined).toMatchObject({
      predictions: { probabilities: [Float64Array.of(0.75, 0, 1), ones], scores: ones },
    })
  })

  it('prefers the score column to probabilities', () => {
    const joined = joinCells(binary, { id: ['1', '2', '3'], proba_1: [0, 1, 0], score: [-5, 3, 2] })
    expect(joined).toMatchObject({ predictions: { scores: Float64Array.of(-5, 3, 2) } })
  })

  it('orders probabilities by class code and ignores other classes', () => {
    const three: TableCells = { id: ['1', '2', '3'], label: ['b', 'a', 'c'] }
    const third = [0.2, 0.3, 0.5]
    const joined = joinCells(three, {
      id: ['1', '2', '3'],
      proba_c: third,
      proba_z: [0, 0.7, 0.1],
      proba_a: [0.8, 0, 0],
      proba_b: [0, 0, 0.4],
    })
    expect(joined).toMatchObject({
      predictions: {
        probabilities: [Float64Array.of(0.8, 0, 0), Float64Array.of(0, 0, 0.4), Float64Array.from(third)],
        scores: undefined,
      },
    })
  })

  it.each<[string, PredictionCells, JoinFailure]>([
    [
      'a row',
      { id: ['2'], prediction: ['1'] },
      { kind: 'no-predictions', ids: ['1', '3'], rows: 3, others: { count: 0, ids: [] } },
    ],
    [
      'a known id',
      { id: ['a', 'b', 'c', 'd', '', 'f'], prediction: ['', '', '', '', '', ''] },
      {
        kind: 'no-predictions',
        ids: ['1', '2', '3'],
        rows: 3,
        others: { count: 6, ids: ['a', 'b', 'c', 'd'] },
      },
    ],
    [
      'uniqueness',
      { id: ['1', '2', '3', '2'], score: [1, 1, 1, 1] },
      { kind: 'several-predictions', ids: ['2'] },
    ],
    [
      'a class',
      { id: ['1', '2', '3'], prediction: ['0', '', '1'] },
      { kind: 'missing-classes', ids: ['2'], cell: '' },
    ],
    [
      'a class but a word for a missing value',
      { id: ['3', '1', '2'], prediction: ['nan', '<NA>', '1'] },
      { kind: 'missing-classes', ids: ['1', '3'], cell: 'nan' },
    ],
    [
      'a finite score',
      { id: ['1', '2', '3'], score: ['nan', 'x', Number.POSITIVE_INFINITY] },
      { kind: 'not-finite', column: 'score', ids: ['1', '2', '3'], cell: 'nan' },
    ],
    [
      'a number but a list, and shows the first of the holdout',
      { id: ['9', '2', '3', '1'], score: ['x', [9.3], 'tensor(9.3)', 1] },
      { kind: 'not-finite', column: 'score', ids: ['2', '3'], cell: '[9.3]' },
    ],
    [
      'a probability',
      { id: ['1', '2', '3'], proba_1: [0, 1.01, 0] },
      { kind: 'not-a-probability', column: 'proba_1', ids: ['2'], value: 1.01 },
    ],
    [
      'a positive probability',
      { id: ['1', '2', '3'], proba_0: [0, -0.1, 0] },
      { kind: 'not-a-probability', column: 'proba_0', ids: ['2'], value: -0.1 },
    ],
    [
      'the right classes',
      { id: ['1', '2', '3'], proba_no: [0, 1, 0] },
      { kind: 'missing-probabilities', classes: ['0', '1'] },
    ],
    [
      'numbers only, beside true and false',
      { id: ['1', '2', '3'], score: ['0.5', 'True', '0.25'] },
      { kind: 'not-finite', column: 'score', ids: ['2'], cell: 'True' },
    ],
  ])('fails without %s', (_, columns, failure) => {
    expect(joinCells(binary, columns)).toEqual({ failure })
  })

  it('fails for a class in another spelling of a label, unless two labels read alike', () => {
    const cells: TableCells = { id: ['1', '2', '3'], label: ['yes', 'no', 'no'] }
    const join = (label: string[], ...prediction: string[]) =>
      joinCells({ ...cells, label }, { id: ['1', '2', '3'], prediction })
    for (const spelling of ['Yes', '[yes]', "'yes'", 'y es', '\uff59es'])
      expect(join(['yes', 'no', 'no'], 'no', spelling, spelling)).toEqual({
        failure: { kind: 'misspelled-class', ids: ['2', '3'], predicted: spelling, label: 'yes' },
      })
    expect(join(['yes', 'no', 'no'], 'no', 'yes\u200b', ' maybe ')).toMatchObject({
      predictions: { classes: Int32Array.of(0, 1, -1) },
    })
    expect(join(['01', '10', '10'], '1', '10', '10')).toMatchObject({
      failure: { predicted: '1', label: '01' },
    })
    for (const letter of ['A', '[q]'])
      expect(join(['q', 'Q', 'a'], 'q', 'Q', letter)).toMatchObject({
        predictions: { unknownClasses: [letter] },
      })
  })

  it('notes probabilities that do not add up to 1, which only some statistics read', () => {
    const proba_0 = [0.5, 0.9, 0.1]
    expect(joinCells(binary, { id: ['1', '2', '3'], proba_0, proba_1: [0.46, 0.9, 0.8] })).toMatchObject({
      predictions: { improperSum: { sum: 1.8, ids: ['2', '3'] } },
    })
    expect(joinCells(binary, { id: ['1', '2', '3'], proba_0, proba_1: [0.5, 0.1, 0.9] })).toMatchObject({
      predictions: { improperSum: undefined },
    })
  })

  it('clips probabilities that rounding explains', () => {
    const joined = joinCells(binary, {
      id: ['1', '2', '3'],
      proba_1: [1.00000012, -0.0000054, 1.00001],
    })
    expect(joined).toMatchObject({
      predictions: { probabilities: [Float64Array.of(0, 1, 0), Float64Array.of(1, 0, 1)] },
    })
    expect(joinCells(binary, { id: ['1', '2', '3'], proba_1: [1, 0, 1.0000101] })).toEqual({
      failure: { kind: 'not-a-probability', column: 'proba_1', ids: ['3'], value: 1.0000101 },
    })
  })

  it('does not clip scores', () => {
    const joined = joinCells(binary, { id: ['1', '2', '3'], score: [1.000001, -0.000001, 0] })
    expect(joined).toMatchObject({ predictions: { scores: Float64Array.of(1.000001, -0.000001, 0) } })
  })

  it('fails without a probability for one of three classes', () => {
    const three: TableCells = { id: ['1', '2', '3'], label: ['b', 'a', 'c'] }
    expect(joinCells(three, { id: ['1', '2', '3'], proba_a: [0, 0, 0], proba_b: [1, 1, 1] })).toEqual({
      failure: { kind: 'missing-probabilities', classes: ['c'] },
    })
  })

  it('reads labels of versions as texts, in whichever file a fraction has two spellings', () => {
    const join = (label: string[], prediction: string[]) =>
      joinCells({ id: ['1', '2', '3'], label }, { id: ['1', '2', '3'], prediction })
    const codes = (...classes: number[]) => ({ predictions: { classes: Int32Array.from(classes) } })
    expect(join(['1.1', '1.10', '1.2'], ['1.10', '1.1', '1.20'])).toMatchObject(codes(1, 0, -1))
    expect(join(['1.1', '1.2', '1.0'], ['1.10', '1.1', '1.0'])).toMatchObject(codes(-1, 1, 0))
    expect(join(['1.1', '1.2', '1'], ['1.10', '1.20', '1.0'])).toMatchObject(codes(1, 2, 0))
  })

  it('has a digest that depends on the values only', () => {
    const digest = (columns: PredictionCells) => {
      const joined = joinCells(binary, { id: ['1', '2', '3'], ...columns })
      return 'predictions' in joined ? joined.predictions.digest : ''
    }
    const all = [
      { score: [0, 1, 0] },
      { score: [0, 1, 1] },
      { prediction: [0, 1, 0] },
      { proba_1: [0, 1, 0] },
    ].map(digest)
    expect(new Set(all).size).toBe(4)
    expect(all[0]).toBe(digest({ score: ['0', '1.0', '0e0'] }))
  })
})
