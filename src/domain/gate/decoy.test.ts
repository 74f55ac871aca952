import { describe, expect, it } from 'vitest'
import { decoy, oracle } from './decoy.ts'
import { measure, type Question } from './measure.ts'
import { example, NAMES, named } from './measure-fixture.ts'
import type { Predictions, Rows } from './rows.ts'
import { problemWith } from './statistics.ts'

const SEED = 'dec0dec0dec0dec0dec0dec0dec0dec0'
const ask = (name: string): Question => ({ statistic: named(name), direction: named(name).direction })
const figureOf = (rows: Rows, one: Predictions, question: Question) =>
  measure(rows, { one }, question, { confidence: 0.95, resamples: 0, seed: '' }).values.one
const spoiltRows = (one: Predictions, other: Predictions) =>
  [...(one.scores ?? [])].filter(
    (score, row) => score !== other.scores?.[row] || one.classes?.[row] !== other.classes?.[row],
  ).length

describe('decoy', () => {
  it.each(NAMES)('%s: is just past the target, on few rows', (name) => {
    const { rows, models } = example(named(name), SEED, 2000)
    const question = ask(name)
    const start = figureOf(rows, models.best, question)
    const sign = question.direction === 'higher' ? 1 : -1
    const target = start - sign * 0.02
    const worse = decoy(rows, models.best, question, target, SEED)
    if (!worse) throw new Error('no decoy')
    expect(problemWith(question.statistic, rows, worse)).toBeUndefined()
    const past = sign * (target - figureOf(rows, worse, question))
    expect(past).toBeGreaterThan(0)
    // A query of a hundred is the smallest step of a ranking.
    expect(past).toBeLessThan(named(name).ranked ? 0.06 : 0.01)
    expect(spoiltRows(worse, models.best)).toBeLessThan(named(name).ranked ? 250 : 400)
    expect(worse.digest).not.toBe(models.best.digest)
    expect(decoy(rows, models.best, question, target, SEED)).toEqual(worse)
  })

  it('mirrors the probabilities of several classes', () => {
    const { rows } = example(named('log_loss'), SEED)
    if (rows.labels.kind !== 'classes') throw new Error('classes')
    const { codes } = rows.labels
    const labels = { ...rows.labels, names: ['a', 'b', 'c'], positive: undefined }
    const probabilities = [0, 1, 2].map((code) =>
      Float64Array.from(codes, (one) => (one === code ? 0.8 : 0.1)),
    )
    const base = { classes: undefined, scores: undefined, probabilities, digest: 'base' }
    const three = { ...rows, labels }
    const worse = decoy(three, base, ask('log_loss'), 0.5, SEED)
    expect(worse && figureOf(three, worse, ask('log_loss'))).toBeGreaterThan(0.5)
    expect(probabilities[0]?.every((value) => value !== 0.2)).toBe(true)
  })

  it('is the base itself where that is past the target, and nothing where no row can be', () => {
    const { rows, models } = example(named('accuracy'), SEED)
    expect(decoy(rows, models.poor, ask('accuracy'), 1, SEED)).toBe(models.poor)
    expect(decoy(rows, models.best, ask('accuracy'), 0, SEED)).toBeUndefined()
  })
})

describe('oracle', () => {
  const perfect = { log_loss: 0, mae: 0, rmse: 0 }

  it.each(NAMES)('%s: cannot be better', (name) => {
    const { rows } = example(named(name), SEED)
    expect(problemWith(named(name), rows, oracle(rows))).toBeUndefined()
    const best = name in perfect ? 0 : 1
    expect(figureOf(rows, oracle(rows), ask(name))).toBeCloseTo(best, 12)
  })

  it('says what each row is where no class is the positive one', () => {
    const { rows } = example(named('log_loss'), SEED)
    if (rows.labels.kind !== 'classes') throw new Error('classes')
    const unnamed = { ...rows, labels: { ...rows.labels, positive: undefined } }
    expect(figureOf(unnamed, oracle(unnamed), ask('log_loss'))).toBeCloseTo(0, 12)
  })
})
