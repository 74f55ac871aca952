import { describe, expect, it } from 'vitest'
import { assignRoundRobin, createExample, requireStatistic } from '../../../../test/fakes/gate-models.ts'
import { createRandom } from '../../statistics/random.ts'
import type { Rows } from '../dataset/rows.ts'
import { bootstrap } from '../inference/bootstrap.ts'
import { createPopulation } from '../inference/sample.ts'
import { computeResampledVariance, countUnitsPerClass } from './class-sizes.ts'

const SEED = 'c1a55e50c1a55e50c1a55e50c1a55e50'
const statistic = requireStatistic('balanced_accuracy')
const spec = { statistic, direction: statistic.direction }
const { models } = createExample(statistic, SEED)

/** Rows of 2 to `classes` classes in turn. */
function createClassRows(count: number, classes: number): Rows {
  const { rows } = createExample(statistic, SEED, 1)
  const { codes, names } = assignRoundRobin(count, classes)
  return { ...rows, count, labels: { kind: 'classes', codes, names, positive: undefined } }
}

describe('countUnitsPerClass', () => {
  const count = (rows: Rows, subset?: Int32Array) => {
    const { sample } = createPopulation(rows, { ...spec, subset }, [models.good, models.poor])
    return [...countUnitsPerClass(sample, 3, (row) => row % 3)]
  }

  it('counts rows, all of them even if identical rows share a unit', () => {
    expect(count(createClassRows(100, 3))).toEqual([34, 33, 33])
  })

  it('counts the rows of a slice', () => {
    expect(count(createClassRows(100, 3), Int32Array.of(0, 3, 6, 7))).toEqual([3, 1, 0])
  })

  it('counts each group once, in every class that it has rows of', () => {
    expect(count({ ...createClassRows(100, 3), groups: assignRoundRobin(100, 2) })).toEqual([2, 2, 2])
    expect(count({ ...createClassRows(100, 3), groups: assignRoundRobin(100, 6) })).toEqual([2, 2, 2])
    expect(count({ ...createClassRows(4, 3), groups: assignRoundRobin(4, 3) })).toEqual([1, 1, 1])
  })
})

describe('computeResampledVariance', () => {
  it.each([
    ['large classes', [100, 4, 2000], 1],
    ['one row a class', [1, 1, 1, 1], 0.582],
    ['two rows a class', [2, 2], 0.823],
    ['three rows a class', [3], 0.963],
    // (0.582 + 1 / 4) / (1 + 1 / 4)
    ['one row and four', [1, 4], 0.6656],
    ['classes without rows', [0, 7, 0], 1],
    ['nothing', [], 1],
  ])('%s', (_, sizes, share) => {
    expect(computeResampledVariance(Int32Array.from(sizes))).toBeCloseTo(share, 3)
  })

  it.each([1, 2, 3])('is what resamples of %d rows a class show of the variance of the mean', (size) => {
    const classes = 3000
    const rows = createClassRows(size * classes, classes)
    if (rows.labels.kind !== 'classes') throw new Error('classes')
    const { codes } = rows.labels
    const { below } = createRandom(SEED)
    const right = codes.map(() => below(2))
    const model = (digest: string) => ({
      ...models.good,
      classes: codes.map((code, row) => (right[row] === 1 ? code : (code + 1) % classes)),
      digest,
    })
    const population = createPopulation(rows, spec, [model('one')])
    const estimator = statistic.createEstimator(population.sample, model('one'))
    const [values = new Float64Array()] = bootstrap(population, [estimator], 1000, SEED).replicates
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
    const share = right.reduce((sum, one) => sum + one, 0) / right.length
    const whole = (share * (1 - share)) / right.length
    // Four standard errors of a variance of 1,000 resamples.
    expect(Math.abs(variance / whole / estimator.resampledVariance - 1)).toBeLessThan(0.2)
  })
})
