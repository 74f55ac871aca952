import { describe, expect, it } from 'vitest'
import {
  assignRoundRobin,
  createExample,
  EXAMPLE_STATISTICS,
  fakeRows,
  requireStatistic,
} from '../../../../test/fakes/gate-models.ts'
import { createRandom, shuffle } from '../../statistics/random.ts'
import type { Predictions, Rows } from '../dataset/rows.ts'
import { measure } from '../inference/paired-measurement.ts'
import { compareToChance, isUninformed } from './chance.ts'

const SEED = 'c0ffeec0ffeec0ffeec0ffeec0ffee00'
/** Chance is a random order of the answers, or the shares of the classes. For errors, it is a constant. */
const ERRORS = ['mae', 'rmse', 'r2']
const WITH_CHANCE = EXAMPLE_STATISTICS.filter((name) => !ERRORS.includes(name))

function levelOf(name: string, rows: Rows, predictions: Predictions) {
  const statistic = requireStatistic(name)
  const spec = { statistic, direction: statistic.direction }
  const unused = { confidence: 0.95, resamples: 0, seed: '' }
  const value = measure(rows, { one: predictions }, spec, unused).values.one
  return compareToChance(statistic, rows, { predictions, value })
}

/** The same answers, each on another row. */
function shuffleRows({ classes, scores, ...predictions }: Predictions, seed: string): Predictions {
  const order = shuffle(scores?.length ?? 0, createRandom(seed))
  return {
    ...predictions,
    classes: classes?.map((_, at) => classes[order[at] as number] as number),
    scores: scores?.map((_, at) => scores[order[at] as number] as number),
    digest: `${predictions.digest} ${seed}`,
  }
}

describe('compareToChance', () => {
  it.each(EXAMPLE_STATISTICS)('%s: each model of the example is better', (name) => {
    const { rows, models } = createExample(requireStatistic(name), SEED, 1000)
    for (const model of Object.values(models))
      expect(levelOf(name, rows, model)).toMatchObject({ isBetter: true, isWorse: false })
  })

  it.each(WITH_CHANCE.filter((name) => name !== 'log_loss'))(
    '%s: is the mean of the same answers in random order',
    (name) => {
      const { rows, models } = createExample(requireStatistic(name), SEED, 1000)
      const shuffled = Array.from({ length: 200 }, (_, at) =>
        levelOf(name, rows, shuffleRows(models.best, `5eed${at}`)),
      )
      const mean = shuffled.reduce((sum, { value }) => sum + value, 0) / shuffled.length
      expect(mean).toBeCloseTo(shuffled[0]?.chance ?? Number.NaN, 1.5)
      expect(shuffled.filter(({ isWorse }) => isWorse).length).toBeLessThan(20)
    },
  )

  it.each(WITH_CHANCE)('%s: turned answers are worse', (name) => {
    const { rows, models } = createExample(requireStatistic(name), SEED, 1000)
    const { classes, scores } = models.best
    const turned = {
      ...models.best,
      classes: classes?.map((code) => 1 - code),
      scores: scores?.map((one) => 1 - one),
    }
    expect(levelOf(name, rows, turned)).toMatchObject({ isBetter: false, isWorse: true })
  })

  it.each(WITH_CHANCE.filter((name) => !['auc', 'hit@3'].includes(name)))(
    '%s: one answer for each row is not better and not worse',
    (name) => {
      const { rows, models } = createExample(requireStatistic(name), SEED, 1000)
      const { labels } = rows
      const positives = labels.kind === 'classes' ? labels.codes.reduce((sum, code) => sum + code, 0) : 0
      const classes = new Int32Array(1000).fill(1)
      const scores = new Float64Array(1000).fill(positives / 1000)
      const constant = { ...models.best, classes, scores }
      expect(levelOf(name, rows, constant)).toMatchObject({ isBetter: false, isWorse: false })
    },
  )

  describe('of errors with the best constant', () => {
    const values = Float64Array.from({ length: 300 }, (_, row) => ((row * 37) % 300) ** 3 / 1e6)
    const weights = values.map((_, row) => 1 + (row % 3))
    const predict = (scores: Float64Array): Predictions => ({
      classes: undefined,
      scores,
      probabilities: undefined,
      digest: String(scores[1]),
    })
    const level = (name: string, scores: Float64Array, more: Partial<Rows> = {}) =>
      levelOf(name, fakeRows({ kind: 'numbers', values }, more), predict(scores))

    it.each(ERRORS)('%s: no constant has a better value, with and without weights', (name) => {
      const sign = name === 'r2' ? 1 : -1
      for (const more of [{}, { weights }]) {
        const chance = sign * level(name, values, more).chance
        const constants = Array.from({ length: 541 }, (_, at) => values.map(() => at / 20))
        const best = Math.max(...constants.map((scores) => sign * level(name, scores, more).value))
        expect(chance).toBeGreaterThanOrEqual(best - 1e-9)
        expect(chance).toBeCloseTo(best, 2)
      }
    })

    it.each(ERRORS)('%s: of flipped signs and of other rows it is better, of a useless model not', (name) => {
      const center = 6.7
      const flipped = values.map((value) => 27 - value)
      const shifted = values.map((_, row) => values[(row * 91 + 5) % 300] as number)
      for (const scores of [flipped, shifted])
        expect(level(name, scores)).toMatchObject({ isBetter: false, isWorse: true })
      const useless = values.map((_, row) => center + 0.3 * Math.sin(row))
      for (const scores of [values, values.map((value) => 0.9 * value), useless])
        expect(level(name, scores)).toMatchObject({ isBetter: true, isWorse: false })
    })

    it.each(ERRORS)('%s: a moved level is no fault, and another scale is', (name) => {
      const moved = values.map((value, row) => value + 60 + Math.sin(row))
      expect(level(name, moved)).toMatchObject({ isBetter: true, isWorse: false })
      const constant = values.map(() => 90)
      expect(level(name, constant)).toMatchObject({ isBetter: true, isWorse: false })
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length
      for (const factor of [2.5, 1000, -1]) {
        const scaled = values.map((value) => mean + factor * (value - mean))
        expect(level(name, scaled)).toMatchObject({ isBetter: false, isWorse: true })
      }
    })

    it.each(ERRORS)('%s: rows of a group are not independent', (name) => {
      const groups = { codes: Int32Array.from(values, (_, row) => row % 10), names: [...'abcdefghij'] }
      const scores = values.map((value, row) => (row % 10 < 5 ? value : 20 - 2 * value))
      const [alone, grouped] = [level(name, scores), level(name, scores, { groups })]
      expect([alone.isWorse, grouped.isWorse]).toEqual([true, false])
    })

    it.each(ERRORS)('%s: the means and the medians of labels that are mostly 0 are no fault', (name) => {
      const isSold = (row: number) => (row * 7) % 10 < (row % 2 === 0 ? 1 : 4)
      const sales = values.map((_, row) => (isSold(row) ? 1 + (row % 19) : 0))
      const predicted = { means: sales.map((_, row) => (row % 2 === 0 ? 2 : 4)), medians: sales.map(() => 0) }
      for (const scores of Object.values(predicted)) {
        const rows = fakeRows({ kind: 'numbers', values: sales })
        expect(levelOf(name, rows, predict(scores))).toMatchObject({ isBetter: true, isWorse: false })
      }
    })
  })

  it('counts groups as the trials of a share', () => {
    const { rows, models } = createExample(requireStatistic('accuracy'), SEED, 1000)
    const { codes } = rows.labels as Extract<Rows['labels'], { kind: 'classes' }>
    const classes = codes.map((code, row) => (row % 100 < 43 ? code : 1 - code))
    const groups = assignRoundRobin(1000, 10)
    const level = (more: Partial<Rows>) =>
      levelOf('accuracy', { ...rows, ...more }, { ...models.best, classes })
    expect(level({})).toMatchObject({ isBetter: false, isWorse: true })
    expect(level({ groups })).toMatchObject({ isBetter: false, isWorse: false })
  })

  it('does not compare where the labels have one class only', () => {
    const { rows, models } = createExample(requireStatistic('accuracy'), SEED, 100)
    const single = { ...rows, labels: { ...rows.labels, codes: new Int32Array(100) } } as Rows
    expect(levelOf('accuracy', single, models.best)).toMatchObject({
      chance: Number.NaN,
      isBetter: true,
      isWorse: false,
    })
  })

  it('does not take the noise of a rare class for worse than chance', () => {
    const { rows, models } = createExample(requireStatistic('recall'), SEED, 1000)
    const codes = Int32Array.from({ length: 1000 }, (_, row) => (row < 5 ? 1 : 0))
    const classes = Int32Array.from({ length: 1000 }, (_, row) => (row >= 900 ? 1 : 0))
    const rare = { ...rows, labels: { ...rows.labels, codes } } as Rows
    expect(levelOf('recall', rare, { ...models.best, classes })).toMatchObject({
      value: 0,
      chance: 0.1,
      isWorse: false,
    })
  })
})

describe('isUninformed', () => {
  const classRows = (codes: Int32Array) =>
    fakeRows({ kind: 'classes', codes, names: ['no', 'yes'], positive: 1 })
  const rare = Int32Array.from({ length: 400 }, (_, row) => Number(row % 10 === 0))
  /** Right on a share of the rows of each class. */
  const rightOn = (share: number) =>
    rare.map((code, row) => (Math.floor(row / 10) % 20 < 20 * share ? code : 1 - code))

  function isLost(name: string, rows: Rows, { classes, scores }: Partial<Predictions>): boolean {
    const statistic = requireStatistic(name)
    const model = { classes, scores, probabilities: undefined, digest: 'one' }
    const spec = { statistic, direction: statistic.direction }
    const measured = measure(rows, { model }, spec, { confidence: 0.95, resamples: 0, seed: '' })
    const error = measured.standardError('model')
    return isUninformed(statistic, rows, { predictions: model, value: measured.values.model, error })
  }

  it.each([
    [0.5, true],
    [0.55, true],
    // Two standard errors of chance would hide this one: 40 rows have the rare class.
    [0.65, false],
    [0.9, false],
  ])('balanced accuracy of %d: %s', (share, expected) => {
    expect(isLost('balanced_accuracy', classRows(rare), { classes: rightOn(share) })).toBe(expected)
  })

  it('is a model with one class for every row', () => {
    expect(isLost('f1', classRows(rare), { classes: new Int32Array(400) })).toBe(true)
    expect(isLost('balanced_accuracy', classRows(rare), { classes: new Int32Array(400) })).toBe(true)
  })

  it.each<[string, (value: number, row: number) => number, boolean]>([
    ['those of other rows', (_, row) => (row * 91 + 5) % 400, true],
    ['flipped around their mean', (value) => 400 - value, true],
    ['three times as far from their mean', (value) => 200 + 3 * (value - 200), false],
    ['another level', (value) => value + 500, false],
    ['a constant', () => 100, false],
  ])('finds numbers that are %s: %s', (_, change, expected) => {
    const values = Float64Array.from({ length: 400 }, (_, row) => (row * 37) % 400)
    const rows = fakeRows({ kind: 'numbers', values })
    for (const name of ERRORS) expect(isLost(name, rows, { scores: values.map(change) })).toBe(expected)
  })

  it('is never a model with a bad log loss', () => {
    const scores = Float64Array.from({ length: 400 }, (_, row) => (row % 3 === 0 ? 0.99 : 0.01))
    expect(isLost('log_loss', classRows(rare), { scores })).toBe(false)
  })
})
