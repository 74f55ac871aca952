import { describe, expect, it } from 'vitest'
import { against } from './interval.ts'
import { measure } from './measure.ts'
import { example, inTurn, NAMES, named } from './measure-fixture.ts'
import { random } from './random.ts'
import type { Predictions, Rows } from './rows.ts'

const SEED = '5eed5eed5eed5eed5eed5eed5eed5eed'
const options = { confidence: 0.95, resamples: 400, seed: SEED }
const ask = (name: string) => ({ statistic: named(name), direction: named(name).direction })
const repeated = (column: Int32Array, times: number) =>
  Int32Array.from({ length: column.length * times }, (_, at) => column[at % column.length] as number)

describe.each([undefined, 20])('measure, with groups: %s', (groups) => {
  it.each(NAMES)('%s: mirrors exactly, and nothing differs from itself', (name) => {
    const { rows, models } = example(named(name), SEED, 300, groups)
    const twin = { ...models.good }
    const { change, values } = measure(rows, { ...models, twin }, ask(name), options)
    for (const [a, b] of [
      ['best', 'good'],
      ['good', 'poor'],
      ['best', 'poor'],
    ] as const) {
      const [there, back] = [change(a, b), change(b, a)]
      expect(there.low).toBe(0 - back.high)
      expect(there.high).toBe(0 - back.low)
      expect(there.estimate).toBe(0 - back.estimate)
      expect(there.low).toBeLessThanOrEqual(there.estimate)
      expect(there.high).toBeGreaterThanOrEqual(there.estimate)
    }
    expect(change('good', 'twin')).toMatchObject({ estimate: 0, low: 0, high: 0 })
    expect(change('good', 'twin', 0.1).high).toBeLessThan(0)
    // The better one is better, in the direction of each.
    expect(change('best', 'poor').estimate).toBeGreaterThan(0)
    const sign = named(name).direction === 'higher' ? 1 : -1
    expect(change('best', 'poor').estimate).toBe(sign * (values.best - values.poor))
  })

  it.each(NAMES)('%s: takes a share of the second off', (name) => {
    const { rows, models } = example(named(name), SEED, 300, groups)
    const { change, values } = measure(rows, models, ask(name), options)
    const [plain, net] = [change('best', 'poor'), change('best', 'poor', 0.2)]
    expect(net.estimate).toBeCloseTo(plain.estimate - 0.2 * Math.abs(values.poor), 12)
    expect(net.low).toBeLessThan(plain.low)
  })
})

describe('measure', () => {
  it('draws whole groups: rows that are copied a hundred times say no more than they did', () => {
    const { rows, models } = example(named('balanced_accuracy'), SEED, 200)
    const copied = (model: Predictions): Predictions => ({
      ...model,
      classes: repeated(model.classes ?? new Int32Array(), 100),
    })
    if (rows.labels.kind !== 'classes') throw new Error('classes')
    const labels = { ...rows.labels, codes: repeated(rows.labels.codes, 100) }
    const many: Rows = { ...rows, count: 20_000, labels }
    const systems = { best: copied(models.best), poor: copied(models.poor) }
    const width = (of: Rows, given: { best: Predictions; poor: Predictions }) => {
      const { low, high } = measure(of, given, ask('balanced_accuracy'), options).change('best', 'poor')
      return high - low
    }
    const single = width(rows, models)
    expect(width({ ...many, groups: inTurn(20_000, 200) }, systems)).toBeGreaterThan(0.85 * single)
    expect(width(many, systems)).toBeLessThan(0.15 * single)
  })

  it('keeps its promise with few groups, where independent rows would break it', () => {
    const { below } = random(SEED)
    let [grouped, independent] = [0, 0]
    for (let nth = 0; nth < 300; nth += 1) {
      // Two equal models disagree on a tenth of the rows, and one of them is right on all of those of one user.
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
        ...example(named('accuracy'), SEED, 1).rows,
        count: 1000,
        labels: { kind: 'classes', codes: new Int32Array(1000), names: ['no', 'yes'], positive: 1 },
      }
      const passes = (of: Rows) => {
        const seed = `${SEED.slice(4)}${nth.toString(16).padStart(4, '0')}`
        const systems = { a: model(0), b: model(1) }
        const { change } = measure(of, systems, ask('accuracy'), { ...options, resamples: 300, seed })
        return against(change('a', 'b'), 0) === 'above' ? 1 : 0
      }
      grouped += passes({ ...rows, groups: inTurn(1000, 20) })
      independent += passes(rows)
    }
    expect(grouped / 300).toBeLessThan(0.06)
    expect(independent / 300).toBeGreaterThan(0.15)
  })

  it('says nothing of a loss on nine rows, and of a plain proportion what nine rows can say', () => {
    const bounds = (name: string, count: number) => {
      const { rows, models } = example(named(name), SEED, count)
      const { low, high } = measure(rows, models, ask(name), options).change('best', 'poor')
      return [low, high]
    }
    for (const name of ['mae', 'log_loss']) {
      expect(bounds(name, 9)).toEqual([-Infinity, Infinity])
      expect(bounds(name, 10).every(Number.isFinite)).toBe(true)
    }
    expect(bounds('accuracy', 2).every(Number.isFinite)).toBe(true)
  })

  it.each([10, 20, 30])('keeps its promise on %d rows with some very large errors', (count) => {
    const { below } = random(`${SEED}${count}`)
    const { rows } = example(named('mae'), SEED, count)
    const labels = { kind: 'numbers' as const, values: new Float64Array(count) }
    // Errors of equal models from a distribution without a variance: 1 / sqrt(u).
    const model = (digest: string): Predictions => ({
      classes: undefined,
      scores: new Float64Array(count).map(() => ((below(2 ** 20) + 0.5) / 2 ** 20) ** -0.5),
      probabilities: undefined,
      digest,
    })
    const said = Array.from({ length: 1000 }, (_, nth) => {
      const systems = { a: model('a'), b: model('b') }
      const drawn = { ...options, resamples: 200, seed: nth.toString(16) }
      return against(measure({ ...rows, labels }, systems, ask('mae'), drawn).change('a', 'b'), 0)
    })
    for (const end of ['above', 'below'])
      expect(said.filter((one) => one === end).length).toBeLessThanOrEqual(50)
  })

  it('is decided by the seed', () => {
    const { rows, models } = example(named('auc'), SEED)
    const low = (seed: string) =>
      measure(rows, models, ask('auc'), { ...options, seed }).change('best', 'good').low
    expect(low(SEED)).toBe(low(SEED))
    expect(low(SEED)).not.toBe(low('0123456789abcdef'))
  })

  it.each(['balanced_accuracy', 'f1_macro', 'f1', 'recall'])(
    '%s: is not certain where two models agree wherever they were seen',
    (name) => {
      const { rows, models } = example(named(name), SEED)
      const other = { ...models.good, digest: 'another' }
      const { estimate, low, high } = measure(rows, { one: models.good, other }, ask(name), options).change(
        'one',
        'other',
      )
      expect(estimate).toBe(0)
      expect(low).toBeLessThan(-2 / 300)
      expect(high).toBeGreaterThan(2 / 300)
    },
  )

  it.each(['balanced_accuracy', 'f1', 'precision'])(
    '%s: rows that are alike are drawn as each on its own',
    (name) => {
      const { rows, models } = example(named(name), SEED)
      // Weights keep every row apart.
      const apart = measure({ ...rows, weights: new Float64Array(300).fill(1) }, models, ask(name), options)
      const together = measure(rows, models, ask(name), options)
      const [one, two] = [apart.change('best', 'poor'), together.change('best', 'poor')]
      expect(two.low).toBeCloseTo(one.low, 9)
      expect(two.high).toBeCloseTo(one.high, 9)
    },
  )

  it.each(NAMES)('%s: a subset is measured as if it were all', (name) => {
    const { rows, models } = example(named(name), SEED)
    const subset = Int32Array.from({ length: 200 }, (_, at) => at)
    const half = example(named(name), SEED)
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
    const whole = measure(rows, models, { ...ask(name), subset }, options)
    const part = measure(alone, models, ask(name), options)
    expect(whole.values).toEqual(part.values)
    expect(whole.units).toBe(part.units)
    expect(whole.change('best', 'poor')).toEqual(part.change('best', 'poor'))
  })

  it.each(['accuracy', 'auc', 'mae'])(
    '%s: across a column it is the greatest less the least value',
    (name) => {
      const { rows, models } = example(named(name), SEED)
      const across = inTurn(300, 3)
      const values = [0, 1, 2].map((code) => {
        const subset = Int32Array.from({ length: 100 }, (_, at) => 3 * at + code)
        return measure(rows, models, { ...ask(name), subset }, options).values.good
      })
      const question = { ...ask(name), direction: 'lower' as const, across }
      const spread = measure(rows, models, question, options)
      expect(spread.values.good).toBeCloseTo(Math.max(...values) - Math.min(...values), 12)
      const { low, high, method } = spread.change('best', 'good')
      expect(low).toBe(0 - spread.change('good', 'best').high)
      expect(low).toBeLessThan(high)
      expect(method).toContain('bootstrap')
    },
  )

  it('says nothing of a class that resamples may miss', () => {
    const { rows, models } = example(named('auc'), SEED, 50)
    if (rows.labels.kind !== 'classes') throw new Error('classes')
    const labels = { ...rows.labels, codes: new Int32Array(50).fill(1, 0, 1) }
    const { low, high } = measure({ ...rows, labels }, models, ask('auc'), options).change('best', 'good')
    expect([low, high]).toEqual([-Infinity, Infinity])
  })

  it('names how each interval was made', () => {
    const method = (name: string, groups?: number) => {
      const { rows, models } = example(named(name), SEED, 300, groups)
      return measure(rows, models, ask(name), options).change('best', 'good').method
    }
    expect(method('accuracy')).toBe('paired score interval over 300 rows')
    expect(method('hit@3')).toBe('paired score interval over 20 queries')
    expect(method('accuracy', 20)).toBe('paired bootstrap over 20 groups, 400 resamples')
    expect(method('ndcg@3')).toBe('paired bootstrap over 20 queries, 400 resamples')
    expect(method('auc')).toBe('paired bootstrap over 300 rows, 400 resamples')
  })
})
