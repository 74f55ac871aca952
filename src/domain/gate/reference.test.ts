import { describe, expect, it } from 'vitest'
import { measure } from './measure.ts'
import { normalCdf, normalQuantile } from './normal.ts'
import { pairedProportionBounds } from './paired-proportions.ts'
import reference from './reference/reference.json' with { type: 'json' }
import type { Labels, Predictions, Rows } from './rows.ts'
import { problemWith, statisticNamed } from './statistics.ts'
import { studentQuantile } from './student.ts'
import { unpairedProportions } from './unpaired.ts'

const DIGITS = 1e-10
const near = (value: number, expected: number, tolerance = DIGITS) =>
  expect(Math.abs(value - expected) / Math.max(1, Math.abs(expected))).toBeLessThan(tolerance)

const NONE = { classes: undefined, scores: undefined, probabilities: undefined, digest: 'p' }

function rowsOf(labels: Labels, count: number, weight: number[] | null = null, query?: number[]): Rows {
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

function compare(rows: Rows, predictions: Predictions, expected: Record<string, number>): void {
  for (const [name, value] of Object.entries(expected)) {
    const statistic = statisticNamed(name)
    if (!statistic) throw new Error(`no statistic ${name}`)
    expect(problemWith(statistic, rows, predictions)).toBeUndefined()
    const question = { statistic, direction: statistic.direction }
    const options = { confidence: 0.95, resamples: 0, seed: '' }
    near(measure(rows, { one: predictions }, question, options).values.one, value)
  }
}

describe('against scipy and scikit-learn', () => {
  it.each(reference.normalCdf)('has the normal distribution at %d', (x, expected) => {
    near(normalCdf(x as number), expected as number, 1e-15)
    near(normalCdf(x as number) / (expected as number), 1, 1e-8)
  })

  it.each(reference.normalQuantile)('has the normal quantile of %d', (p, expected) => {
    near(normalQuantile(p as number), expected as number, 1e-13)
  })

  it.each(reference.studentQuantile)('has the t quantile of %d with %d degrees', (p, freedom, expected) => {
    near(studentQuantile(p as number, freedom as number), expected as number)
  })

  it.each(reference.binary)('computes binary statistics, tied and weighted or not', (given) => {
    const scores = Float64Array.from(given.score)
    const classes = Int32Array.from(scores, (score) => (score > 0.5 ? 1 : 0))
    const codes = Int32Array.from(given.label)
    const labels = { kind: 'classes' as const, codes, names: ['0', '1'], positive: 1 }
    const rows = rowsOf(labels, codes.length, given.weight)
    compare(rows, { ...NONE, classes, scores }, given.expected)
    const probabilities = [scores.map((score) => 1 - score), scores]
    compare(rows, { ...NONE, probabilities }, { log_loss: given.expected.log_loss })
  })

  it.each(reference.multiclass)('computes statistics of several classes, some of them unknown', (given) => {
    const codes = Int32Array.from(given.label)
    const labels = { kind: 'classes' as const, codes, names: ['a', 'b', 'c', 'd'], positive: undefined }
    const probabilities = given.probabilities.map((column) => Float64Array.from(column))
    const predictions = { ...NONE, classes: Int32Array.from(given.said), probabilities }
    compare(rowsOf(labels, codes.length, given.weight), predictions, given.expected)
  })

  it.each(reference.numbers)('computes statistics of numbers, also far from 0', (given) => {
    const values = Float64Array.from(given.label)
    const rows = rowsOf({ kind: 'numbers', values }, values.length, given.weight)
    compare(rows, { ...NONE, scores: Float64Array.from(given.score) }, given.expected)
  })

  it('computes statistics of rankings with many ties', () => {
    const { label, score, query, expected } = reference.ranking
    const rows = rowsOf({ kind: 'numbers', values: Float64Array.from(label) }, label.length, null, query)
    compare(rows, { ...NONE, scores: Float64Array.from(score) }, expected)
  })

  it.each(reference.pairedProportions)('bounds $first against $second of $total', (given) => {
    const { low, high } = pairedProportionBounds(given, given.confidence)
    near(low, given.low)
    near(high, given.high)
  })

  it.each(reference.unpairedProportions)('bounds the unpaired shares $first and $second', (given) => {
    const [one, two] = [given.first, given.second].map(([count, rows]) => ({
      value: (count as number) / (rows as number),
      rows: rows as number,
    }))
    if (!one || !two) throw new Error('two shares')
    const interval = unpairedProportions(one, two, given.confidence)
    near(interval.low, given.low)
    near(interval.high, given.high)
    expect(interval).toMatchObject({ paired: false, units: Math.min(one.rows, two.rows) })
  })
})
