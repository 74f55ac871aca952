import { describe, expect, it } from 'vitest'
import { drawClassifiers, requireStatistic } from '../../../../test/fakes/gate-models.ts'
import { compareToMargin } from '../../statistics/interval.ts'
import { measure } from './paired-measurement.ts'

const SEED = '0c1a55e50c1a55e50c1a55e50c1a55e5'

type Shape = Parameters<typeof drawClassifiers>[0]

const draw = (shape: Shape, seed = SEED) => drawClassifiers(shape, seed)

function compare(name: string, shape: Shape, seed = SEED, resamples = 400) {
  const { rows, one, two } = draw(shape, seed)
  const spec = { statistic: requireStatistic(name), direction: 'higher' as const }
  const options = { confidence: 0.95, resamples, seed }
  return measure(rows, { one, two }, spec, options).difference('one', 'two')
}

const even = (classes: number, size: number) => new Array<number>(classes).fill(size)

describe('many small classes', () => {
  it.each([
    ['1,000 classes of 4 rows', even(1000, 4)],
    ['1,000 classes of 2 rows', even(1000, 2)],
    ['1,000 classes of 1 row', even(1000, 1)],
    ['100 classes of 40 rows', even(100, 40)],
  ])('balanced accuracy has the interval of accuracy where both are the same number: %s', (_, sizes) => {
    const shape = { sizes, wrong: [0.1, 0.2] as const }
    const [balanced, plain] = [compare('balanced_accuracy', shape), compare('accuracy', shape)]
    expect(balanced.estimate).toBeCloseTo(plain.estimate, 12)
    const [width, plainWidth] = [balanced.high - balanced.low, plain.high - plain.low]
    expect(width / plainWidth).toBeGreaterThan(0.9)
    expect(width / plainWidth).toBeLessThan(1.2)
    // In the middle of it, within a quarter of its width.
    expect(Math.abs((balanced.low + balanced.high) / 2 - balanced.estimate)).toBeLessThan(width / 4)
  })

  it.each([
    ['f1_macro', '1,000 classes of 4 rows', even(1000, 4)],
    ['f1_macro', '50 classes of 10 rows', even(50, 10)],
    ['balanced_accuracy', 'one class of 5 rows', [5, ...even(3, 400)]],
    ['f1_macro', 'one class of 5 rows', [5, ...even(3, 400)]],
    ['f1', '5 positive rows', [5, 500]],
    ['recall', '8 positive rows', [8, 500]],
    ['precision', '8 positive rows', [8, 500]],
  ])('%s has its estimate well inside its interval, also of a large gain: %s', (name, _, sizes) => {
    const { estimate, low, high } = compare(name, { sizes, wrong: [0.02, 0.4] })
    const width = high - low
    expect(estimate).toBeGreaterThan(0.05)
    expect(estimate - low).toBeGreaterThan(width / 10)
    expect(high - estimate).toBeGreaterThan(width / 10)
  })

  it('keeps groups together', () => {
    const sizes = even(100, 20)
    const codes = Int32Array.from({ length: 2000 }, (_, row) => row % 100)
    const shape = { sizes, wrong: [0.1, 0.2] as const, groups: { codes, names: [] } }
    const { estimate, low, high } = compare('balanced_accuracy', shape)
    expect(low).toBeLessThan(estimate)
    expect(high).toBeGreaterThan(estimate)
    // The groups are even over classes and models: their number does not matter.
    const single = compare('balanced_accuracy', { sizes, wrong: [0.1, 0.2] })
    expect((high - low) / (single.high - single.low)).toBeGreaterThan(0.7)
    expect((high - low) / (single.high - single.low)).toBeLessThan(1.5)
  })

  it('stays uncertain about a class of 5 rows on which two models agree', () => {
    const { rows, one } = draw({ sizes: [5, 1000], wrong: [0, 0] })
    const two = { ...one, digest: 'two' }
    const spec = { statistic: requireStatistic('balanced_accuracy'), direction: 'higher' as const }
    const { low, high } = measure(rows, { one, two }, spec, {
      confidence: 0.95,
      resamples: 400,
      seed: SEED,
    }).difference('one', 'two')
    // Two of seven rows of the class, half of the value.
    expect(low).toBeLessThan(-1 / 7)
    expect(high).toBeGreaterThan(1 / 7)
  })

  it.each([
    ['balanced_accuracy', '40 classes of 4 rows', even(40, 4)],
    ['balanced_accuracy', '80 classes of 1 row', even(80, 1)],
    ['f1_macro', '40 classes of 4 rows', even(40, 4)],
    ['balanced_accuracy', '5 rows and 100', [5, 100]],
    ['f1', '12 rows and 100', [12, 100]],
  ])('%s of equal models is rarely above or below: %s', (name, _, sizes) => {
    const positions = Array.from({ length: 150 }, (_, nth) => {
      const seed = `${SEED.slice(0, 24)}${(nth + 1).toString(16).padStart(8, '0')}`
      return compareToMargin(compare(name, { sizes, wrong: [0.2, 0.2] }, seed, 150), 0)
    })
    // 5 % and two standard errors.
    for (const end of ['above', 'below'])
      expect(positions.filter((position) => position === end).length).toBeLessThanOrEqual(13)
  })
})
