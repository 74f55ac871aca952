import { describe, expect, it } from 'vitest'
import { type Cell, classOf } from './join-cells.ts'
import { Codes, Numbers } from './join-columns.ts'
import { type Cells, everything, filled, holdout } from './join-fixture.ts'
import { joinPredictions, Places } from './join-predictions.ts'

const small: Cells = { id: ['b', 'a', 'c'], label: ['cat', 'dog', 'cat'] }

type Said = Partial<Record<'id' | 'prediction' | 'score' | `proba_${string}`, readonly Cell[]>>

function joined(cells: Cells, said: Said, kind: 'classes' | 'numbers' = 'classes') {
  const probabilities = Object.entries(said).filter(([name]) => name.startsWith('proba_'))
  const rows = holdout(cells, {}, kind)
  const read = {
    places: filled(new Places(rows), said.id ?? []),
    prediction:
      said.prediction && filled(kind === 'classes' ? new Codes(classOf) : new Numbers(), said.prediction),
    score: said.score && filled(new Numbers(), said.score),
    probabilities: new Map(
      probabilities.map(([name, of]) => [name.slice(6), filled(new Numbers(), of ?? [])]),
    ),
  }
  return joinPredictions(rows, read, everything)
}

const binary: Cells = { id: ['1', '2', '3'], label: ['0', '1', '0'] }

describe('predictions', () => {
  it('come in the order of the holdout, whatever their own', () => {
    expect(joined(small, { id: ['c', 'b', 'a'], prediction: ['dog', 'bird', 'cat'] })).toEqual({
      predictions: {
        classes: Int32Array.of(0, -1, 1),
        scores: undefined,
        probabilities: undefined,
        digest: expect.any(String),
      },
      notes: [],
    })
  })

  it('join a bool to "True", an int to "1.0"', () => {
    const got = joined(
      { id: ['1', '2'], label: [true, false] },
      { id: [2n, '1.0'], prediction: ['False', 1] },
    )
    expect(got).toMatchObject({ predictions: { classes: Int32Array.of(1, 0) } })
  })

  it('of ids that the holdout lacks are counted, and need not be of use', () => {
    const got = joined(binary, { id: ['9', '1', '2', '3'], score: ['', '.1', '.2', '.3'] })
    expect(got).toMatchObject({
      predictions: { scores: Float64Array.of(0.1, 0.2, 0.3), classes: undefined },
      notes: ['1 row of the predictions with ids that the holdout lacks or leaves out: not counted'],
    })
  })

  it('are numbers where labels are', () => {
    const numbers: Cells = { id: ['1', '2'], label: ['0.5', '2'] }
    expect(
      joined(numbers, { id: ['2', '1'], prediction: ['7', '8'], score: ['0', '0'] }, 'numbers'),
    ).toMatchObject({
      predictions: { scores: Float64Array.of(8, 7), classes: undefined, probabilities: undefined },
    })
  })

  it('of one class of two tell the other, and the score', () => {
    const got = joined(binary, { id: ['1', '2', '3'], proba_1: ['0.25', '1', '0'] })
    const ones = Float64Array.of(0.25, 1, 0)
    expect(got).toMatchObject({
      predictions: { probabilities: [Float64Array.of(0.75, 0, 1), ones], scores: ones },
    })
  })

  it('keep a score of their own beside probabilities', () => {
    const got = joined(binary, { id: ['1', '2', '3'], proba_1: [0, 1, 0], score: [-5, 3, 2] })
    expect(got).toMatchObject({ predictions: { scores: Float64Array.of(-5, 3, 2) } })
  })

  it('of several classes come by code, and those of other classes count for nothing', () => {
    const three: Cells = { id: ['1', '2', '3'], label: ['b', 'a', 'c'] }
    const third = [0.2, 0.3, 0.5]
    const got = joined(three, {
      id: ['1', '2', '3'],
      proba_c: third,
      proba_z: third,
      proba_a: [1, 0, 0],
      proba_b: [0, 0, 1],
    })
    expect(got).toMatchObject({
      predictions: {
        probabilities: [Float64Array.of(1, 0, 0), Float64Array.of(0, 0, 1), Float64Array.from(third)],
        scores: undefined,
      },
    })
  })

  it.each<[string, Said, string]>([
    ['a row', { id: ['2'], prediction: ['1'] }, `2 of the holdout's 3 rows have no prediction ("1", "3")`],
    ['all', { id: [], prediction: [] }, `3 of the holdout's 3 rows have no prediction ("1", "2", "3")`],
    [
      'uniqueness',
      { id: ['1', '2', '3', '2'], score: [1, 1, 1, 1] },
      'ids with several predictions: 1 ("2"); each needs exactly one',
    ],
    [
      'a class',
      { id: ['1', '2', '3'], prediction: ['0', '', '1'] },
      'the prediction is empty for 1 row (ids "2")',
    ],
    [
      'a finite score',
      { id: ['1', '2', '3'], score: ['nan', 'x', Number.POSITIVE_INFINITY] },
      'column "score": no finite number for 3 rows (ids "1", "2", "3")',
    ],
    [
      'a probability',
      { id: ['1', '2', '3'], proba_1: [0, 1.01, 0] },
      'column "proba_1" has 1.01, which is no probability',
    ],
    [
      'a positive probability',
      { id: ['1', '2', '3'], proba_0: [0, -0.1, 0] },
      'column "proba_0" has -0.1, which is no probability',
    ],
    [
      'the right classes',
      { id: ['1', '2', '3'], proba_no: [0, 1, 0] },
      'there are columns proba_<class>, but none for "0", "1", which the labels have',
    ],
  ])('that lack %s are no predictions', (_, said, failure) => {
    expect(joined(binary, said)).toEqual({ failure })
  })

  it('that lack a class of three are no predictions', () => {
    const three: Cells = { id: ['1', '2', '3'], label: ['b', 'a', 'c'] }
    expect(joined(three, { id: ['1', '2', '3'], proba_a: [0, 0, 0], proba_b: [1, 1, 1] })).toEqual({
      failure: 'there are columns proba_<class>, but none for "c", which the labels have',
    })
  })

  it('are told apart by their digests', () => {
    const digest = (said: Said) => {
      const got = joined(binary, { id: ['1', '2', '3'], ...said })
      return 'predictions' in got ? got.predictions.digest : ''
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
