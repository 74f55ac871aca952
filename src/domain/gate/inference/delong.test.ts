import { describe, expect, it } from 'vitest'
import { requireStatistic } from '../../../../test/fakes/gate-models.ts'
import { studentQuantile } from '../../statistics/distributions.ts'
import type { Predictions, Rows } from '../dataset/rows.ts'
import type { MeasurementSpec } from '../metrics/statistic.ts'
import { bootstrap, computeFreedom } from './bootstrap.ts'
import { computeDeLongBounds, computeDeLongVariance, countSmallerClass } from './delong.ts'
import { measure } from './paired-measurement.ts'
import reference from './reference/reference.json' with { type: 'json' }
import { createPopulation } from './sample.ts'

const SEED = 'de10de10de10de10de10de10de10de10'
const auc = requireStatistic('auc')
const spec = { statistic: auc, direction: 'higher' as const }
const NONE = { classes: undefined, probabilities: undefined }

interface Options {
  grouped?: boolean
  weighted?: boolean
  count?: number
  /** Chance of a positive row. */
  share?: number
}

/** The rows of `paired_areas` in reference/generate.py, from Park and Miller's generator. */
function createScoredRows({ grouped = false, weighted = false, count = 6000, share = 0.4 }: Options) {
  let state = 20240229
  const draw = () => {
    state = (16807 * state) % 2147483647
    return state / 2147483647
  }
  const drawn = Array.from({ length: count }, () => Float64Array.from({ length: 6 }, draw))
  const column = (at: number) => Float64Array.from(drawn, (row) => row[at] as number)
  const codes = Int32Array.from(column(0), (chance) => (chance < share ? 1 : 0))
  const rows: Rows = {
    count,
    labels: { kind: 'classes', codes, names: ['no', 'yes'], positive: 1 },
    groups: grouped
      ? { codes: Int32Array.from(column(1), (chance) => Math.floor(2500 * chance ** 1.5)), names: [] }
      : undefined,
    queries: undefined,
    weights: weighted ? column(2).map((chance) => 0.5 + chance) : undefined,
    times: undefined,
    columns: new Map(),
    digest: 'drawn',
  }
  const score = (own: number, lift: number, digest: string): Predictions => ({
    ...NONE,
    scores: column(3).map((chance, row) =>
      Math.floor(100 * chance + lift * (codes[row] as number) + 30 * (drawn[row]?.[own] as number)),
    ),
    digest,
  })
  return { rows, one: score(4, 30, 'one'), two: score(5, 25, 'two') }
}

function linearize({ rows, one, two }: ReturnType<typeof createScoredRows>) {
  const population = createPopulation(rows, spec, [one, two])
  const { sample } = population
  const estimators = [one, two].map((model) => auc.createEstimator(sample, model))
  const counts = new Uint8Array(sample.units).fill(1)
  const [gains, losses] = estimators.map((estimator) => estimator.influence(counts))
  const influence = Float64Array.from(gains ?? [], (gain, unit) => gain - (losses?.[unit] as number))
  return { population, sample, estimators, influence }
}

describe('DeLong against numpy', () => {
  it.each(reference.pairedAreas)('grouped: $grouped, weighted: $weighted', (expected) => {
    const scored = createScoredRows(expected)
    const { sample, influence } = linearize(scored)
    const { values } = measure(scored.rows, { one: scored.one, two: scored.two }, spec, {
      confidence: 0.95,
      resamples: 0,
      seed: SEED,
    })
    expect(values.one).toBeCloseTo(expected.first, 12)
    expect(values.two).toBeCloseTo(expected.second, 12)
    const smaller = countSmallerClass(sample)
    expect(smaller).toBe(expected.smaller)
    const squares = influence.reduce((sum, value) => sum + value ** 2, 0)
    expect(Math.abs(squares / expected.sumOfSquares - 1)).toBeLessThan(1e-9)
    const ratio = computeDeLongVariance(influence, smaller) / expected.published
    expect(ratio).toBeGreaterThanOrEqual(1 - 1e-4)
    expect(ratio).toBeLessThan(1 + 1 / smaller)
  })

  it('never gives less than the published variance of independent rows', () => {
    for (const expected of reference.pairedAreas.filter(({ grouped }) => !grouped)) {
      const { influence } = linearize(createScoredRows(expected))
      expect(computeDeLongVariance(influence, expected.smaller)).toBeGreaterThan(expected.published)
    }
  })

  it.each<Options>([{}, { weighted: true }, { grouped: true }, { grouped: true, weighted: true }])(
    'has the spread of the bootstrap: %j',
    (options) => {
      const { population, sample, estimators, influence } = linearize(createScoredRows(options))
      const [one, two] = bootstrap(population, estimators, 800, SEED).replicates
      const differences = Float64Array.from(one ?? [], (value, at) => value - (two?.[at] as number))
      const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length
      const variance = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / differences.length
      const error = Math.sqrt(computeDeLongVariance(influence, countSmallerClass(sample)))
      // Four standard errors of a standard deviation of 800 resamples.
      expect(Math.abs(Math.sqrt(variance) / error - 1)).toBeLessThan(0.1)
    },
  )
})

describe('computeDeLongBounds', () => {
  it('adds a Student quantile, with nine tenths of the error rate, on either side', () => {
    const { sample, influence } = linearize(createScoredRows({}))
    const freedom = computeFreedom(influence, new Uint8Array(6000).fill(1), 6000)
    const half =
      studentQuantile(0.955, freedom) * Math.sqrt(computeDeLongVariance(influence, countSmallerClass(sample)))
    const bounds = computeDeLongBounds(sample, influence, 0.03, 0.95)
    expect(bounds?.low).toBeCloseTo(0.03 - half, 12)
    expect(bounds?.high).toBeCloseTo(0.03 + half, 12)
  })

  it('leaves a difference that few units carry to the bootstrap', () => {
    const { sample, influence } = linearize(createScoredRows({}))
    const carried = influence.map((value, unit) => (unit < 50 ? value : 0))
    expect(computeDeLongBounds(sample, carried, 0.03, 0.95)).toBeUndefined()
    // Nor does a resample show a difference of models that rank alike.
    expect(computeDeLongBounds(sample, new Float64Array(6000), 0, 0.95)).toEqual({ low: 0, high: 0 })
  })
})

describe('measure', () => {
  const options = { confidence: 0.95, resamples: 200, seed: SEED }
  const methodFor = (scored: ReturnType<typeof createScoredRows>, more: Partial<MeasurementSpec> = {}) =>
    measure(scored.rows, { one: scored.one, two: scored.two }, { ...spec, ...more }, options).difference(
      'one',
      'two',
    ).method

  it.each<[string, Options, string]>([
    ['6,000 rows', {}, 'paired DeLong interval over 6,000 rows'],
    ['with weights', { weighted: true }, 'paired DeLong interval over 6,000 rows'],
    ['fewer than 1,000 positive rows', { share: 0.16 }, 'paired bootstrap over 6,000 rows, 200 resamples'],
    ['few negative rows', { share: 0.9 }, 'paired bootstrap over 6,000 rows, 200 resamples'],
    ['few rows', { count: 1000 }, 'paired bootstrap over 1,000 rows, 200 resamples'],
  ])('%s', (_, given, method) => {
    expect(methodFor(createScoredRows(given))).toBe(method)
  })

  it('uses DeLong with many groups, and the bootstrap with 50 groups of the same rows', () => {
    const scored = createScoredRows({ grouped: true })
    expect(methodFor(scored)).toMatch(/^paired DeLong interval over 2,\d+ groups$/)
    const groups = { codes: new Int32Array(6000).map((_, row) => row % 50), names: [] }
    expect(methodFor({ ...scored, rows: { ...scored.rows, groups } })).toBe(
      'paired bootstrap over 50 groups, 200 resamples',
    )
  })

  it('judges a slice by its own rows', () => {
    const scored = createScoredRows({})
    const slice = (count: number) => ({ subset: Int32Array.from({ length: count }, (_, at) => 2 * at) })
    expect(methodFor(scored, slice(2900))).toBe('paired DeLong interval over 2,900 rows')
    expect(methodFor(scored, slice(2000))).toBe('paired bootstrap over 2,000 rows, 200 resamples')
  })

  it('resamples the disparity between groups', () => {
    const scored = createScoredRows({})
    const groupDisparity = { codes: new Int32Array(6000).map((_, row) => row % 2), names: ['a', 'b'] }
    expect(methodFor(scored, { groupDisparity })).toContain('bootstrap')
  })

  it('leaves two models that differ on five rows to the bootstrap', () => {
    const scored = createScoredRows({})
    const two = {
      ...scored.one,
      scores: scored.one.scores?.map((score, row) => score + (row < 5 ? 60 : 0)),
      digest: 'x',
    }
    expect(methodFor({ ...scored, two })).toContain('bootstrap')
  })

  it('mirrors, is narrower with less confidence, and moves with a relative margin', () => {
    const scored = createScoredRows({})
    const { difference, values } = measure(scored.rows, { one: scored.one, two: scored.two }, spec, options)
    const [forward, backward] = [difference('one', 'two'), difference('two', 'one')]
    expect(forward.low).toBe(0 - backward.high)
    expect(forward.high).toBe(0 - backward.low)
    const net = difference('one', 'two', 0.02)
    expect(net.estimate).toBeCloseTo(forward.estimate - 0.02 * values.two, 12)
    expect(net.low).toBeCloseTo(forward.low - 0.02 * values.two, 3)
    expect(net.method).toBe(forward.method)
    const loose = measure(scored.rows, { one: scored.one, two: scored.two }, spec, {
      ...options,
      confidence: 0.8,
    })
    expect(loose.difference('one', 'two').low).toBeGreaterThan(forward.low)
  })
})
