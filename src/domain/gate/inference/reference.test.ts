import { describe, expect, it } from 'vitest'
import { normalCdf, normalQuantile, studentQuantile } from '../../statistics/distributions.ts'
import { pairedProportionBounds, unpairedProportionInterval } from '../../statistics/proportions.ts'
import type { Labels, Predictions, Rows } from '../dataset/rows.ts'
import { findStatistic, findStatisticProblem } from '../metrics/statistic-catalog.ts'
import { measure } from './paired-measurement.ts'
import reference from './reference/reference.json' with { type: 'json' }

const DIGITS = 1e-10
const expectNear = (value: number, expected: number, tolerance = DIGITS) =>
  expect(Math.abs(value - expected) / Math.max(1, Math.abs(expected))).toBeLessThan(tolerance)

const NONE = { classes: undefined, scores: undefined, probabilities: undefined, digest: 'p' }

function createRows(labels: Labels, count: number, weight: number[] | null = null, query?: number[]): Rows {
  return {
    count,
    labels,
    groups: undefined,
    queries: query && { codes: Int32Array.from(query), names: [] },
    weights: weight ? Float64Array.from(weight) : undefined,
    times: undefined,
    columns: new Map(),
    digest: 'r',
  }
}

function expectStatistics(rows: Rows, predictions: Predictions, expected: Record<string, number>): void {
  for (const [name, value] of Object.entries(expected)) {
    const statistic = findStatistic(name)
    if (!statistic) throw new Error(`no statistic ${name}`)
    expect(findStatisticProblem(statistic, rows, predictions)).toBeUndefined()
    const spec = { statistic, direction: statistic.direction }
    const options = { confidence: 0.95, resamples: 0, seed: '' }
    expectNear(measure(rows, { one: predictions }, spec, options).values.one, value)
  }
}

describe('against scipy and scikit-learn', () => {
  it.each(reference.normalCdf)('normalCdf(%d)', (x, expected) => {
    expectNear(normalCdf(x as number), expected as number, 1e-15)
    expectNear(normalCdf(x as number) / (expected as number), 1, 1e-8)
  })

  it.each(reference.normalQuantile)('normalQuantile(%d)', (p, expected) => {
    expectNear(normalQuantile(p as number), expected as number, 1e-13)
  })

  it.each(reference.studentQuantile)('studentQuantile(%d, %d)', (p, freedom, expected) => {
    expectNear(studentQuantile(p as number, freedom as number), expected as number)
  })

  it.each(reference.binary)('binary statistics, with and without ties and weights', (given) => {
    const scores = Float64Array.from(given.score)
    const classes = Int32Array.from(scores, (score) => (score > 0.5 ? 1 : 0))
    const codes = Int32Array.from(given.label)
    const labels = { kind: 'classes' as const, codes, names: ['0', '1'], positive: 1 }
    const rows = createRows(labels, codes.length, given.weight)
    expectStatistics(rows, { ...NONE, classes, scores }, given.expected)
    const probabilities = [scores.map((score) => 1 - score), scores]
    expectStatistics(rows, { ...NONE, probabilities }, { log_loss: given.expected.log_loss })
  })

  it.each(reference.multiclass)('multiclass statistics, some classes unknown', (given) => {
    const codes = Int32Array.from(given.label)
    const labels = { kind: 'classes' as const, codes, names: ['a', 'b', 'c', 'd'], positive: undefined }
    const probabilities = given.probabilities.map((column) => Float64Array.from(column))
    const predictions = { ...NONE, classes: Int32Array.from(given.predicted), probabilities }
    expectStatistics(createRows(labels, codes.length, given.weight), predictions, given.expected)
  })

  it.each(reference.numbers)('statistics of numbers, also far from 0', (given) => {
    const values = Float64Array.from(given.label)
    const rows = createRows({ kind: 'numbers', values }, values.length, given.weight)
    expectStatistics(rows, { ...NONE, scores: Float64Array.from(given.score) }, given.expected)
  })

  it('ranking statistics with many ties', () => {
    const { label, score, query, expected } = reference.ranking
    const rows = createRows({ kind: 'numbers', values: Float64Array.from(label) }, label.length, null, query)
    expectStatistics(rows, { ...NONE, scores: Float64Array.from(score) }, expected)
  })

  it.each(reference.pairedProportions)('bounds $firstOnly against $secondOnly of $total', (given) => {
    const { low, high } = pairedProportionBounds(given, given.confidence)
    expectNear(low, given.low)
    expectNear(high, given.high)
  })

  it.each(reference.unpairedProportions)('bounds the unpaired shares $first and $second', (given) => {
    const [one, two] = [given.first, given.second].map(([count, rows]) => ({
      value: (count as number) / (rows as number),
      rows: rows as number,
    }))
    if (!one || !two) throw new Error('two shares')
    const interval = unpairedProportionInterval(one, two, given.confidence)
    expectNear(interval.low, given.low)
    expectNear(interval.high, given.high)
    expect(interval).toMatchObject({ paired: false, units: Math.min(one.rows, two.rows) })
  })
})
