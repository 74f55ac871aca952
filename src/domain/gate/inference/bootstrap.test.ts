import { describe, expect, it } from 'vitest'
import { createExample, EXAMPLE_STATISTICS, requireStatistic } from '../../../../test/fakes/gate-models.ts'
import type { Estimator } from '../metrics/statistic.ts'
import { type BootstrapDistribution, bootstrap, computeBootstrapBounds } from './bootstrap.ts'
import { createPopulation } from './sample.ts'

const SEED = 'b007b007b007b007b007b007b007b007'

/** An estimator that records the counts of each resample. */
function createRecordingEstimator(unseen = 0): { estimator: Estimator; drawn: number[][] } {
  const drawn: number[][] = []
  const value: Estimator['value'] = (counts) => drawn.push([...counts])
  return { estimator: { unseen, resampledVariance: 1, value, influence: () => new Float64Array() }, drawn }
}

/** @param name accuracy shares cells between identical rows, auc does not */
function createTestPopulation(name: string, count: number) {
  const { rows, models } = createExample(requireStatistic(name), SEED, count)
  const spec = { statistic: requireStatistic(name), direction: 'higher' as const }
  return createPopulation(rows, spec, [models.best, models.good])
}

describe('bootstrap', () => {
  it.each([
    ['auc', 300],
    ['accuracy', 300],
  ])('%s of %d rows: draws as many units as there are, one resample for all models', (name, count) => {
    const [one, two] = [createRecordingEstimator(1), createRecordingEstimator(1)]
    bootstrap(createTestPopulation(name, count), [one.estimator, two.estimator], 50, SEED)
    expect(one.drawn.slice(0, 50)).toEqual(two.drawn.slice(0, 50))
    for (const counts of one.drawn.slice(0, 50))
      expect(counts.reduce((sum, times) => sum + times, 0)).toBe(count + 2)
    expect(one.drawn[0]).not.toEqual(one.drawn[1])
  })

  it('draws many rows a Poisson number of times each', () => {
    const { estimator, drawn } = createRecordingEstimator()
    bootstrap(createTestPopulation('auc', 20_001), [estimator], 10, SEED)
    const all = drawn.slice(0, 10).flat()
    expect(all).toHaveLength(200_010)
    let chance = Math.exp(-1)
    for (const times of [0, 1, 2, 3, 4, 5]) {
      const share = all.filter((one) => one === times).length / all.length
      expect(Math.abs(share - chance)).toBeLessThan(0.004)
      chance /= times + 1
    }
    // The last of an odd number of rows is drawn as well, and not always alike.
    expect(new Set(drawn.slice(0, 10).map((counts) => counts[20_000])).size).toBeGreaterThan(1)
  })

  it('draws cells of many rows in proportion to their size', () => {
    const { estimator, drawn } = createRecordingEstimator()
    bootstrap(createTestPopulation('accuracy', 20_001), [estimator], 200, SEED)
    const once = drawn[200] as number[]
    once.forEach((held, cell) => {
      const times = drawn.slice(0, 200).map((counts) => counts[cell] as number)
      const mean = times.reduce((sum, one) => sum + one, 0) / 200
      const variance = times.reduce((sum, one) => sum + (one - mean) ** 2, 0) / 199
      expect(Math.abs(mean - held)).toBeLessThan(5 * Math.sqrt(held / 200))
      expect(variance / held).toBeGreaterThan(0.6)
      expect(variance / held).toBeLessThan(1.6)
    })
  })
})

describe.each([undefined, 20])('influence, with groups: %s', (groups) => {
  it.each(EXAMPLE_STATISTICS)('%s: is the derivative by the count of a unit', (name) => {
    const { rows, models } = createExample(requireStatistic(name), SEED, 100, groups)
    const weights = Float64Array.from({ length: 100 }, (_, row) => 0.5 + (row % 7) / 5)
    const spec = { statistic: requireStatistic(name), direction: requireStatistic(name).direction }
    const { sample } = createPopulation({ ...rows, weights }, spec, [models.poor])
    const estimator = requireStatistic(name).createEstimator(sample, models.poor)
    const counts = new Uint32Array(sample.units).fill(10_000)
    const influence = estimator.influence(counts)
    const start = estimator.value(counts)
    for (let unit = 0; unit < sample.units; unit += 1) {
      const one = counts.with(unit, 10_001)
      const two = counts.with(unit, 9_999)
      const slope = (estimator.value(one) - estimator.value(two)) / 2
      expect(Math.abs((influence[unit] as number) - slope)).toBeLessThan(1e-9 * Math.max(1, Math.abs(start)))
    }
    expect(influence.some((moved) => Math.abs(moved) > 1e-7)).toBe(true)
  })
})

/** The differences 0, 1, ... 1999 of 40 units that each move them by as much. */
const EVEN: BootstrapDistribution = {
  estimate: 999.5,
  resampledVariance: 1,
  differences: Float64Array.from({ length: 2000 }, (_, at) => at),
  center: 999.5,
  influence: Float64Array.from({ length: 40 }, (_, unit) => (unit % 2 === 0 ? 1 : -1)),
  counts: new Uint8Array(40).fill(1),
  units: 40,
}
const withInfluence = (influence: number[]): BootstrapDistribution => ({
  ...EVEN,
  influence: Float64Array.from(influence),
})

describe('computeBootstrapBounds', () => {
  it('cuts off the share that few units allow', () => {
    // t(0.95, 39) = 1.6849; times sqrt(40 / 39) 1.7063; Phi(-1.7063) = 0.04397; less 0.00458, of 2001: 78 are beyond.
    expect(computeBootstrapBounds(EVEN, 0.95)).toEqual({ low: 77, high: 1922 })
  })

  it('is wider with fewer units, fewer resamples, and more confidence', () => {
    const { low } = computeBootstrapBounds(EVEN, 0.95)
    expect(computeBootstrapBounds({ ...EVEN, units: 10 }, 0.95).low).toBeLessThan(low)
    expect(computeBootstrapBounds(EVEN, 0.99).low).toBeLessThan(low)
    const tenth = EVEN.differences.filter((_, at) => at % 10 === 5)
    expect(computeBootstrapBounds({ ...EVEN, differences: tenth }, 0.95).low).toBeLessThan(low - 10)
  })

  it('is wider if few units carry the difference', () => {
    const carried = Array.from({ length: 40 }, (_, unit) => (unit < 4 ? (unit % 2 === 0 ? 1 : -1) : 0))
    const { low, high } = computeBootstrapBounds(withInfluence(carried), 0.95)
    // Freedom 2 * 4^2 / (4 - 4^2 / 40) = 8.9: t(0.95, 8) = 1.8595, 1.8832, 0.02984, less 0.0038, of 2001: 52.
    expect([low, high]).toEqual([51, 1948])
  })

  it('widens on the side of heavy units, never narrows the other', () => {
    const skewed = Array.from({ length: 40 }, (_, unit) => (unit % 4 === 0 ? -1.5 : 0.5))
    const steady = { ...EVEN, units: 40 }
    const [down, up] = [
      computeBootstrapBounds(withInfluence(skewed), 0.95),
      computeBootstrapBounds(withInfluence(skewed.map((one) => -one)), 0.95),
    ]
    expect(down.low).toBe(0 - (up.high - 1999))
    expect(down.low).toBeLessThan(computeBootstrapBounds(steady, 0.95).low)
    expect(down.low).toBeLessThan(1999 - down.high)
  })

  it('corrects bias to the wider side only', () => {
    const shifted = computeBootstrapBounds({ ...EVEN, center: 899.5, estimate: 899.5 }, 0.95)
    const plain = computeBootstrapBounds(EVEN, 0.95)
    expect(shifted.low).toBeLessThan(plain.low)
    expect(shifted.high).toBe(plain.high)
  })

  it('surrounds the estimate, not the center that unseen units have moved', () => {
    const plain = computeBootstrapBounds(EVEN, 0.95)
    const moved = computeBootstrapBounds({ ...EVEN, estimate: 1500 }, 0.95)
    expect(moved).toEqual({ low: plain.low + 500.5, high: plain.high + 500.5 })
  })

  it('is wider if the differences show only a part of the variance', () => {
    const plain = computeBootstrapBounds(EVEN, 0.95)
    const quarter = computeBootstrapBounds({ ...EVEN, resampledVariance: 0.25 }, 0.95)
    expect(quarter.low - 999.5).toBeCloseTo(2 * (plain.low - 999.5), 9)
    expect(quarter.high - 999.5).toBeCloseTo(2 * (plain.high - 999.5), 9)
  })

  it.each([1, -1])('holds the estimate if every resample is on one side of it: %d', (sign) => {
    const differences = EVEN.differences.map((value) => sign * (value + 10))
    const { low, high } = computeBootstrapBounds({ ...EVEN, differences, estimate: 0, center: 0 }, 0.95)
    // As far from the estimate as from the median, on the side without resamples.
    const plain = computeBootstrapBounds(EVEN, 0.95)
    expect(sign > 0 ? low : -high).toBeLessThanOrEqual(plain.low - 999.5)
    expect(sign > 0 ? high : -low).toBeGreaterThanOrEqual(plain.high)
  })

  it('counts undefined resamples as the worst at both ends', () => {
    const withUndefined = (share: number) => ({
      ...EVEN,
      differences: EVEN.differences.map((value, at) => (at % 100 < share ? Number.NaN : value)),
    })
    expect(computeBootstrapBounds(withUndefined(1), 0.95).low).toBeLessThan(77)
    expect(computeBootstrapBounds(withUndefined(1), 0.95).high).toBeGreaterThan(1922)
    expect(computeBootstrapBounds(withUndefined(5), 0.95)).toEqual({ low: -Infinity, high: Infinity })
  })

  it('has no bounds with fewer than ten units, or without resamples', () => {
    const nothing = { low: -Infinity, high: Infinity }
    for (const units of [1, 2, 3, 5, 9])
      expect(computeBootstrapBounds({ ...EVEN, units }, 0.95)).toEqual(nothing)
    expect(computeBootstrapBounds({ ...EVEN, differences: new Float64Array() }, 0.95)).toEqual(nothing)
    const { low, high } = computeBootstrapBounds({ ...EVEN, units: 10 }, 0.95)
    expect([low, high].every(Number.isFinite)).toBe(true)
  })
})
