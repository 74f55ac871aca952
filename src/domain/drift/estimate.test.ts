import { describe, expect, it } from 'vitest'
import { createRandom, type Random } from '../statistics/random.ts'
import type { CategoricalColumn, Dataset, DatasetColumn, NumericColumn } from './dataset.ts'
import { type EstimateProblem, estimateAccuracy } from './estimate.ts'

const numeric = (name: string, values: readonly number[]): NumericColumn => ({
  name,
  type: 'numeric',
  nulls: 0,
  mean: 0,
  standardDeviation: 1,
  min: 0,
  max: 1,
  distinct: undefined,
  values: Float64Array.from(values),
  histogram: undefined,
})

const categorical = (name: string, values: readonly string[]): CategoricalColumn => {
  const names = [...new Set(values)]
  return {
    name,
    type: 'categorical',
    nulls: 0,
    counts: new Map(),
    names,
    codes: Int32Array.from(values, (value) => names.indexOf(value)),
  }
}

const dataset = (rows: number, columns: readonly DatasetColumn[]): Dataset => ({
  rows,
  columns,
  sample: {
    positions: Float64Array.from({ length: rows }, (_, row) => row),
    groups: undefined,
    times: undefined,
  },
})

/** Rows of a classifier that is overconfident: a score of s is right with a probability nearer to 0.5. */
function drawRows(rows: number, random: Random, isHard: boolean) {
  const uniform = () => random.bits() / 2 ** 32
  const scores = Array.from({ length: rows }, () => {
    const score = uniform()
    return isHard ? 0.25 + score / 2 : score
  })
  const labels = scores.map((score) => (uniform() < 0.2 + 0.6 * score ? 1 : 0))
  const right = scores.filter((score, row) => (score >= 0.5 ? 1 : 0) === labels[row]).length
  return { scores, labels, accuracy: right / rows }
}

const COLUMNS = { target: 'y', score: 's', prediction: undefined }
const estimate = (reference: Dataset, current: Dataset, columns = {}) =>
  estimateAccuracy(reference, current, { ...COLUMNS, ...columns })

function drawDatasets(random: Random, referenceRows: number, currentRows: number, isHard: boolean) {
  const reference = drawRows(referenceRows, random, false)
  const current = drawRows(currentRows, random, isHard)
  return {
    reference: dataset(referenceRows, [numeric('s', reference.scores), numeric('y', reference.labels)]),
    current: dataset(currentRows, [numeric('s', current.scores)]),
    accuracies: { reference: reference.accuracy, current: current.accuracy },
  }
}

describe('estimateAccuracy', () => {
  it('finds the loss of rows that are harder, with scores that are not calibrated', () => {
    const drawn = drawDatasets(createRandom('17'), 5000, 5000, true)
    const result = estimate(drawn.reference, drawn.current)
    if (result.kind !== 'estimated') throw new Error(result.kind)
    expect(result.referenceAccuracy).toBe(drawn.accuracies.reference)
    expect(result.accuracy).toBeLessThan(drawn.accuracies.reference - 0.05)
    expect(Math.abs(result.accuracy - drawn.accuracies.current)).toBeLessThan(0.02)
    expect(result.currentRows).toBe(5000)
  })

  it.each([
    [2000, 300, false],
    [500, 2000, true],
  ])(
    'contains the true accuracy in about 95 of 100 draws: %d and %d rows',
    (referenceRows, currentRows, isHard) => {
      const random = createRandom('5eed')
      let contained = 0
      for (let draw = 0; draw < 200; draw += 1) {
        const { reference, current, accuracies } = drawDatasets(random, referenceRows, currentRows, isHard)
        const result = estimate(reference, current)
        if (result.kind !== 'estimated') throw new Error(result.kind)
        if (result.low <= accuracies.current && accuracies.current <= result.high) contained += 1
      }
      // 200 draws at 0.95: 180 or fewer have a probability of 0.2 %.
      expect(contained).toBeGreaterThan(180)
      expect(contained).toBeLessThan(200)
    },
  )

  it('takes given predictions and labels in words', () => {
    const scores = Array.from({ length: 100 }, (_, row) => (row < 50 ? 0.1 : 0.9))
    const words = scores.map((score) => (score > 0.5 ? 'True' : 'False'))
    const reference = dataset(100, [numeric('s', scores), categorical('y', words), categorical('p', words)])
    const swapped = words.map((word) => (word === 'True' ? 'False' : 'True'))
    const current = dataset(100, [numeric('s', scores), categorical('p', swapped)])
    expect(estimate(reference, current, { prediction: 'p' })).toMatchObject({
      accuracy: 0,
      referenceAccuracy: 1,
    })
    expect(estimate(reference, current)).toMatchObject({ accuracy: 1, referenceAccuracy: 1 })
  })

  it('skips rows without a score, and counts them', () => {
    const { reference } = drawDatasets(createRandom('1'), 500, 1, false)
    const current = dataset(3, [numeric('s', [0.2, Number.NaN, 0.9])])
    expect(estimate(reference, current)).toMatchObject({ kind: 'estimated', currentRows: 2, skippedRows: 1 })
  })

  const { reference, current } = drawDatasets(createRandom('2'), 500, 50, false)
  const problems: [string, Dataset, Dataset, EstimateProblem][] = [
    ['a profile', { ...reference, sample: undefined }, current, { kind: 'no-rows', side: 'reference' }],
    ['no score', reference, dataset(2, []), { kind: 'missing-column', side: 'current', column: 's' }],
    ['no label', current, current, { kind: 'missing-column', side: 'reference', column: 'y' }],
    [
      'a percentage',
      reference,
      dataset(1, [numeric('s', [73])]),
      { kind: 'not-a-probability', side: 'current', column: 's', found: '73' },
    ],
    [
      'a score in words',
      reference,
      dataset(1, [categorical('s', ['high'])]),
      { kind: 'not-a-probability', side: 'current', column: 's', found: 'categorical' },
    ],
    [
      'a third class',
      dataset(2, [numeric('s', [0.1, 0.2]), numeric('y', [1, 2])]),
      current,
      { kind: 'not-binary', side: 'reference', column: 'y', found: '2' },
    ],
    [
      'few labels of a class',
      dataset(60, [
        numeric('s', new Array(60).fill(0.5)),
        numeric(
          'y',
          Array.from({ length: 60 }, (_, row) => (row < 5 ? 1 : 0)),
        ),
      ]),
      current,
      { kind: 'too-few-labels', rows: 5, minimum: 20 },
    ],
    ['no rows', reference, dataset(1, [numeric('s', [Number.NaN])]), { kind: 'no-current-rows' }],
  ]
  it.each(problems)('does not estimate with %s', (_, one, two, problem) => {
    expect(estimate(one, two)).toEqual({ kind: 'not-estimated', problem })
  })
})
