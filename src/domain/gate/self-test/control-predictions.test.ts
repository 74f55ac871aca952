import { describe, expect, it } from 'vitest'
import { createExample, EXAMPLE_STATISTICS, requireStatistic } from '../../../../test/fakes/gate-models.ts'
import type { Predictions, Rows } from '../dataset/rows.ts'
import { measure } from '../inference/paired-measurement.ts'
import type { MeasurementSpec } from '../metrics/statistic.ts'
import { findStatisticProblem } from '../metrics/statistic-catalog.ts'
import { createNegativeControl, createPositiveControl } from './control-predictions.ts'

const SEED = 'dec0dec0dec0dec0dec0dec0dec0dec0'
const specFor = (name: string): MeasurementSpec => ({
  statistic: requireStatistic(name),
  direction: requireStatistic(name).direction,
})
const measureValue = (rows: Rows, one: Predictions, spec: MeasurementSpec) =>
  measure(rows, { one }, spec, { confidence: 0.95, resamples: 0, seed: '' }).values.one
const countPerturbedRows = (one: Predictions, other: Predictions) =>
  [...(one.scores ?? [])].filter(
    (score, row) => score !== other.scores?.[row] || one.classes?.[row] !== other.classes?.[row],
  ).length

describe('createNegativeControl', () => {
  it.each(EXAMPLE_STATISTICS)('%s: is just worse than the target, on few rows', (name) => {
    const { rows, models } = createExample(requireStatistic(name), SEED, 2000)
    const spec = specFor(name)
    const start = measureValue(rows, models.best, spec)
    const sign = spec.direction === 'higher' ? 1 : -1
    const target = start - sign * 0.02
    const worse = createNegativeControl(rows, models.best, spec, target, SEED)
    if (!worse) throw new Error('no negative control')
    expect(findStatisticProblem(spec.statistic, rows, worse)).toBeUndefined()
    const excess = sign * (target - measureValue(rows, worse, spec))
    expect(excess).toBeGreaterThan(0)
    // One query of a hundred rows is the smallest step of a ranking.
    expect(excess).toBeLessThan(requireStatistic(name).isRanking ? 0.06 : 0.01)
    expect(countPerturbedRows(worse, models.best)).toBeLessThan(requireStatistic(name).isRanking ? 250 : 400)
    expect(worse.digest).not.toBe(models.best.digest)
    expect(createNegativeControl(rows, models.best, spec, target, SEED)).toEqual(worse)
  })

  it('mirrors the probabilities of several classes', () => {
    const { rows } = createExample(requireStatistic('log_loss'), SEED)
    if (rows.labels.kind !== 'classes') throw new Error('classes')
    const { codes } = rows.labels
    const labels = { ...rows.labels, names: ['a', 'b', 'c'], positive: undefined }
    const probabilities = [0, 1, 2].map((code) =>
      Float64Array.from(codes, (one) => (one === code ? 0.8 : 0.1)),
    )
    const base = { classes: undefined, scores: undefined, probabilities, digest: 'base' }
    const three = { ...rows, labels }
    const worse = createNegativeControl(three, base, specFor('log_loss'), 0.5, SEED)
    expect(worse && measureValue(three, worse, specFor('log_loss'))).toBeGreaterThan(0.5)
    expect(probabilities[0]?.every((value) => value !== 0.2)).toBe(true)
  })

  it('is the base if that is worse than the target, and undefined if none can be', () => {
    const { rows, models } = createExample(requireStatistic('accuracy'), SEED)
    expect(createNegativeControl(rows, models.poor, specFor('accuracy'), 1, SEED)).toBe(models.poor)
    expect(createNegativeControl(rows, models.best, specFor('accuracy'), -0.01, SEED)).toBeUndefined()
  })

  it('equals the worst possible value, such as that of a champion that is never right', () => {
    for (const name of ['accuracy', 'f1']) {
      const { rows, models } = createExample(requireStatistic(name), SEED)
      const worst = createNegativeControl(rows, models.best, specFor(name), 0, SEED)
      expect(worst && measureValue(rows, worst, specFor(name))).toBe(0)
    }
  })
})

describe('createNegativeControl for a target far from the base', () => {
  it.each([
    ['mae', 400],
    ['rmse', 4000],
    ['r2', -500],
    ['log_loss', 5],
  ])('%s reaches %d', (name, target) => {
    const { rows, models } = createExample(requireStatistic(name), SEED, 500)
    const spec = specFor(name)
    const worse = createNegativeControl(rows, models.poor, spec, target, SEED)
    if (!worse) throw new Error('no negative control')
    expect(findStatisticProblem(spec.statistic, rows, worse)).toBeUndefined()
    const value = measureValue(rows, worse, spec)
    expect(spec.direction === 'higher' ? value < target : value > target).toBe(true)
  })

  it('reaches a margin from probabilities near one half', () => {
    const { rows } = createExample(requireStatistic('log_loss'), SEED, 500)
    const scores = new Float64Array(500).fill(0.49)
    const vague = { classes: undefined, scores, probabilities: undefined, digest: 'vague' }
    const worse = createNegativeControl(rows, vague, specFor('log_loss'), 0.75, SEED)
    expect(worse && measureValue(rows, worse, specFor('log_loss'))).toBeGreaterThan(0.75)
  })
})

describe('createPositiveControl', () => {
  const perfect = { log_loss: 0, mae: 0, rmse: 0 }

  it.each(EXAMPLE_STATISTICS)('%s: is perfect', (name) => {
    const { rows } = createExample(requireStatistic(name), SEED)
    expect(findStatisticProblem(requireStatistic(name), rows, createPositiveControl(rows))).toBeUndefined()
    const best = name in perfect ? 0 : 1
    expect(measureValue(rows, createPositiveControl(rows), specFor(name))).toBeCloseTo(best, 12)
  })

  it('creates probabilities only when they are read, and once', () => {
    const { rows } = createExample(requireStatistic('accuracy'), SEED)
    if (rows.labels.kind !== 'classes') throw new Error('classes')
    let reads = 0
    const names = new Proxy(['a', 'b', 'c'], {
      get(list, key) {
        if (key === 'map') reads += 1
        return Reflect.get(list, key)
      },
    })
    const control = createPositiveControl({ ...rows, labels: { ...rows.labels, names } })
    expect(measureValue(rows, control, specFor('accuracy'))).toBe(1)
    expect(reads).toBe(0)
    expect(control.probabilities).toHaveLength(3)
    expect(control.probabilities).toBe(control.probabilities)
    expect(reads).toBe(1)
  })

  it('predicts probabilities without a positive class', () => {
    const { rows } = createExample(requireStatistic('log_loss'), SEED)
    if (rows.labels.kind !== 'classes') throw new Error('classes')
    const unnamed = { ...rows, labels: { ...rows.labels, positive: undefined } }
    expect(measureValue(unnamed, createPositiveControl(unnamed), specFor('log_loss'))).toBeCloseTo(0, 12)
  })
})
