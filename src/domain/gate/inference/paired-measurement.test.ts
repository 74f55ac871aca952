import { describe, expect, it } from 'vitest'
import {
  assignRoundRobin,
  createExample,
  EXAMPLE_STATISTICS,
  fakeRows,
  requireStatistic,
} from '../../../../test/fakes/gate-models.ts'
import { compareToMargin } from '../../statistics/interval.ts'
import { createRandom } from '../../statistics/random.ts'
import type { Predictions, Rows } from '../dataset/rows.ts'
import { measure } from './paired-measurement.ts'

const SEED = '5eed5eed5eed5eed5eed5eed5eed5eed'
const options = { confidence: 0.95, resamples: 400, seed: SEED }
const specFor = (name: string) => ({
  statistic: requireStatistic(name),
  direction: requireStatistic(name).direction,
})
const repeatColumn = (column: Int32Array, times: number) =>
  Int32Array.from({ length: column.length * times }, (_, at) => column[at % column.length] as number)

describe.each([undefined, 20])('measure, with groups: %s', (groups) => {
  it.each(EXAMPLE_STATISTICS)('%s: mirrors exactly, and a model does not differ from itself', (name) => {
    const { rows, models } = createExample(requireStatistic(name), SEED, 300, groups)
    const copy = { ...models.good }
    const { difference, values } = measure(rows, { ...models, copy }, specFor(name), options)
    for (const [a, b] of [
      ['best', 'good'],
      ['good', 'poor'],
      ['best', 'poor'],
    ] as const) {
      const [forward, backward] = [difference(a, b), difference(b, a)]
      expect(forward.low).toBe(0 - backward.high)
      expect(forward.high).toBe(0 - backward.low)
      expect(forward.estimate).toBe(0 - backward.estimate)
      expect(forward.low).toBeLessThanOrEqual(forward.estimate)
      expect(forward.high).toBeGreaterThanOrEqual(forward.estimate)
    }
    expect(difference('good', 'copy')).toMatchObject({ estimate: 0, low: 0, high: 0 })
    expect(difference('good', 'copy', 0.1).high).toBeLessThan(0)
    // Positive is better, in the direction of each statistic.
    expect(difference('best', 'poor').estimate).toBeGreaterThan(0)
    const sign = requireStatistic(name).direction === 'higher' ? 1 : -1
    expect(difference('best', 'poor').estimate).toBe(sign * (values.best - values.poor))
  })

  it.each(EXAMPLE_STATISTICS)('%s: subtracts a share of the second', (name) => {
    const { rows, models } = createExample(requireStatistic(name), SEED, 300, groups)
    const { difference, values } = measure(rows, models, specFor(name), options)
    const [plain, net] = [difference('best', 'poor'), difference('best', 'poor', 0.2)]
    expect(net.estimate).toBeCloseTo(plain.estimate - 0.2 * Math.abs(values.poor), 12)
    expect(net.low).toBeLessThan(plain.low)
  })
})

describe('measure', () => {
  it('draws whole groups: a hundred copies of each row add no evidence', () => {
    const { rows, models } = createExample(requireStatistic('balanced_accuracy'), SEED, 200)
    const copied = (model: Predictions): Predictions => ({
      ...model,
      classes: repeatColumn(model.classes ?? new Int32Array(), 100),
    })
    if (rows.labels.kind !== 'classes') throw new Error('classes')
    const labels = { ...rows.labels, codes: repeatColumn(rows.labels.codes, 100) }
    const many: Rows = { ...rows, count: 20_000, labels }
    const both = { best: copied(models.best), poor: copied(models.poor) }
    const width = (some: Rows, predictions: { best: Predictions; poor: Predictions }) => {
      const { low, high } = measure(some, predictions, specFor('balanced_accuracy'), options).difference(
        'best',
        'poor',
      )
      return high - low
    }
    const single = width(rows, models)
    expect(width({ ...many, groups: assignRoundRobin(20_000, 200) }, both)).toBeGreaterThan(0.85 * single)
    expect(width(many, both)).toBeLessThan(0.15 * single)
  })

  it('keeps its confidence with few groups, unlike independent rows', () => {
    const { below } = createRandom(SEED)
    let [grouped, independent] = [0, 0]
    for (let nth = 0; nth < 300; nth += 1) {
      // Two equal models disagree on a tenth of the rows; per user, one of them is right on all of these.
      const winners = Array.from({ length: 20 }, () => below(2))
      const right = Int32Array.from({ length: 1000 }, (_, row) =>
        below(10) > 0 ? 2 : (winners[row % 20] as number),
      )
      const model = (which: number): Predictions => ({
        classes: right.map((who) => (who === 2 || who === which ? 0 : 1)),
        scores: undefined,
        probabilities: undefined,
        digest: `model ${which}`,
      })
      const rows: Rows = {
        ...createExample(requireStatistic('accuracy'), SEED, 1).rows,
        count: 1000,
        labels: { kind: 'classes', codes: new Int32Array(1000), names: ['no', 'yes'], positive: 1 },
      }
      const passes = (some: Rows) => {
        const seed = `${SEED.slice(4)}${nth.toString(16).padStart(4, '0')}`
        const models = { a: model(0), b: model(1) }
        const { difference } = measure(some, models, specFor('accuracy'), {
          ...options,
          resamples: 300,
          seed,
        })
        return compareToMargin(difference('a', 'b'), 0) === 'above' ? 1 : 0
      }
      grouped += passes({ ...rows, groups: assignRoundRobin(1000, 20) })
      independent += passes(rows)
    }
    expect(grouped / 300).toBeLessThan(0.06)
    expect(independent / 300).toBeGreaterThan(0.15)
  })

  it('has no bounds for a loss on nine rows, but for a proportion', () => {
    const bounds = (name: string, count: number) => {
      const { rows, models } = createExample(requireStatistic(name), SEED, count)
      const { low, high } = measure(rows, models, specFor(name), options).difference('best', 'poor')
      return [low, high]
    }
    for (const name of ['mae', 'log_loss']) {
      expect(bounds(name, 9)).toEqual([-Infinity, Infinity])
      expect(bounds(name, 10).every(Number.isFinite)).toBe(true)
    }
    expect(bounds('accuracy', 2).every(Number.isFinite)).toBe(true)
  })

  it.each([10, 20, 30])('keeps its confidence on %d rows with some very large errors', (count) => {
    const { below } = createRandom(`${SEED}${count}`)
    const { rows } = createExample(requireStatistic('mae'), SEED, count)
    const labels = { kind: 'numbers' as const, values: new Float64Array(count) }
    // Errors of equal models from a distribution without a variance: 1 / sqrt(u).
    const model = (digest: string): Predictions => ({
      classes: undefined,
      scores: new Float64Array(count).map(() => ((below(2 ** 20) + 0.5) / 2 ** 20) ** -0.5),
      probabilities: undefined,
      digest,
    })
    const positions = Array.from({ length: 1000 }, (_, nth) => {
      const models = { a: model('a'), b: model('b') }
      const drawn = { ...options, resamples: 200, seed: nth.toString(16) }
      return compareToMargin(
        measure({ ...rows, labels }, models, specFor('mae'), drawn).difference('a', 'b'),
        0,
      )
    })
    for (const end of ['above', 'below'])
      expect(positions.filter((one) => one === end).length).toBeLessThanOrEqual(50)
  })

  it('depends on the seed only', () => {
    const { rows, models } = createExample(requireStatistic('auc'), SEED)
    const low = (seed: string) =>
      measure(rows, models, specFor('auc'), { ...options, seed }).difference('best', 'good').low
    expect(low(SEED)).toBe(low(SEED))
    expect(low(SEED)).not.toBe(low('0123456789abcdef'))
  })

  it.each(['balanced_accuracy', 'f1_macro', 'f1', 'recall'])(
    '%s: stays uncertain if two models agree on every row',
    (name) => {
      const { rows, models } = createExample(requireStatistic(name), SEED)
      const other = { ...models.good, digest: 'another' }
      const { estimate, low, high } = measure(
        rows,
        { one: models.good, other },
        specFor(name),
        options,
      ).difference('one', 'other')
      expect(estimate).toBe(0)
      expect(low).toBeLessThan(-2 / 300)
      expect(high).toBeGreaterThan(2 / 300)
    },
  )

  it.each(['balanced_accuracy', 'f1', 'precision'])(
    '%s: identical rows in cells give the interval of single rows',
    (name) => {
      const { rows, models } = createExample(requireStatistic(name), SEED)
      // Weights disable cells.
      const apart = measure(
        { ...rows, weights: new Float64Array(300).fill(1) },
        models,
        specFor(name),
        options,
      )
      const together = measure(rows, models, specFor(name), options)
      const [one, two] = [apart.difference('best', 'poor'), together.difference('best', 'poor')]
      expect(two.low).toBeCloseTo(one.low, 9)
      expect(two.high).toBeCloseTo(one.high, 9)
    },
  )

  it.each(EXAMPLE_STATISTICS)('%s: measures a subset as if it were all rows', (name) => {
    const { rows, models } = createExample(requireStatistic(name), SEED)
    const subset = Int32Array.from({ length: 200 }, (_, at) => at)
    const half = createExample(requireStatistic(name), SEED)
    const cut = (column: Int32Array) => column.slice(0, 200)
    const { labels, queries } = half.rows
    const alone: Rows = {
      ...half.rows,
      count: 200,
      labels:
        labels.kind === 'classes'
          ? { ...labels, codes: cut(labels.codes) }
          : { ...labels, values: labels.values.slice(0, 200) },
      queries: queries && { ...queries, codes: cut(queries.codes) },
    }
    const whole = measure(rows, models, { ...specFor(name), subset }, options)
    const part = measure(alone, models, specFor(name), options)
    expect(whole.values).toEqual(part.values)
    expect(whole.units).toBe(part.units)
    expect(whole.difference('best', 'poor')).toEqual(part.difference('best', 'poor'))
  })

  it.each(['accuracy', 'auc', 'mae'])(
    '%s: the disparity is the greatest minus the least value of the groups',
    (name) => {
      const { rows, models } = createExample(requireStatistic(name), SEED)
      const groupDisparity = assignRoundRobin(300, 3)
      const values = [0, 1, 2].map((code) => {
        const subset = Int32Array.from({ length: 100 }, (_, at) => 3 * at + code)
        return measure(rows, models, { ...specFor(name), subset }, options).values.good
      })
      const spec = { ...specFor(name), direction: 'lower' as const, groupDisparity }
      const spread = measure(rows, models, spec, options)
      expect(spread.values.good).toBeCloseTo(Math.max(...values) - Math.min(...values), 12)
      const { low, high, method } = spread.difference('best', 'good')
      expect(low).toBe(0 - spread.difference('good', 'best').high)
      expect(low).toBeLessThan(high)
      expect(method).toContain('bootstrap')
    },
  )

  it('has no bounds for a class that resamples may miss', () => {
    const { rows, models } = createExample(requireStatistic('auc'), SEED, 50)
    if (rows.labels.kind !== 'classes') throw new Error('classes')
    const labels = { ...rows.labels, codes: new Int32Array(50).fill(1, 0, 1) }
    const { low, high } = measure({ ...rows, labels }, models, specFor('auc'), options).difference(
      'best',
      'good',
    )
    expect([low, high]).toEqual([-Infinity, Infinity])
  })

  it('names the method of each interval', () => {
    const method = (name: string, groups?: number) => {
      const { rows, models } = createExample(requireStatistic(name), SEED, 300, groups)
      return measure(rows, models, specFor(name), options).difference('best', 'good').method
    }
    expect(method('accuracy')).toBe('paired score interval over 300 rows')
    expect(method('hit@3')).toBe('paired score interval over 20 queries')
    expect(method('accuracy', 20)).toBe('paired bootstrap over 20 groups, 400 resamples')
    expect(method('ndcg@3')).toBe('paired bootstrap over 20 queries, 400 resamples')
    expect(method('auc')).toBe('paired bootstrap over 300 rows, 400 resamples')
  })

  it('has the standard error of each value', () => {
    const codes = Int32Array.from({ length: 400 }, (_, row) => row % 2)
    const rows = fakeRows({ kind: 'classes', codes, names: ['a', 'b'], positive: 1 })
    const classes = codes.map((code, row) => (row % 10 === 0 ? 1 - code : code))
    const model = { classes, scores: undefined, probabilities: undefined, digest: 'one' }
    const options = { confidence: 0.95, resamples: 0, seed: '5eed' }
    const spec = { statistic: requireStatistic('accuracy'), direction: 'higher' } as const
    const errorOf = (of: typeof rows) => measure(of, { model }, spec, options).standardError('model')
    expect(errorOf(rows)).toBeCloseTo(Math.sqrt((0.9 * 0.1) / 400), 10)
    // Ten copies of the same rows.
    const groups = { codes: Int32Array.from({ length: 400 }, (_, row) => row % 40), names: [] }
    expect(errorOf({ ...rows, groups })).toBeCloseTo(Math.sqrt((0.9 * 0.1) / 40), 10)
  })
})
