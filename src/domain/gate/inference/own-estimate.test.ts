import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assignRoundRobin, EXAMPLE_STATISTICS, requireStatistic } from '../../../../test/fakes/gate-models.ts'
import { unpairedProportionInterval } from '../../statistics/proportions.ts'
import { createRandom } from '../../statistics/random.ts'
import type { Predictions, Rows } from '../dataset/rows.ts'
import { measure } from './paired-measurement.ts'

interface World {
  count: number
  classes: number
  /** Chances of a wrong prediction, of 8. */
  wrong: readonly [number, number]
  groups: number | undefined
  weighted: boolean
  /** Rows of the first class, which others may have none of; undefined if classes are even. */
  rare: number | undefined
  disparity: boolean
  relative: number
  seed: number
}

const worlds: fc.Arbitrary<World> = fc.record({
  count: fc.integer({ min: 2, max: 60 }),
  classes: fc.integer({ min: 2, max: 30 }),
  wrong: fc.tuple(fc.nat(8), fc.nat(8)),
  groups: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
  weighted: fc.boolean(),
  rare: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
  disparity: fc.boolean(),
  relative: fc.constantFrom(0, 0.05, 0.5),
  seed: fc.nat(),
})

/** Rows and two models of any quality, equal or far apart, down to one row a class. */
function draw(name: string, world: World): { rows: Rows; one: Predictions; two: Predictions } {
  const { labelKind, isRanking, predictionKind } = requireStatistic(name)
  const { below } = createRandom(`${world.seed.toString(16)}5eed`)
  const isTwoClasses = predictionKind !== 'classes' || isRanking
  const classes = isTwoClasses ? 2 : world.classes
  const codes = new Int32Array(world.count).map((_, row) => {
    if (world.rare === undefined) return row % classes
    return row < world.rare ? 0 : 1 + (row % (classes - 1))
  })
  const values = Float64Array.from(codes, (code) => code + below(1000) / 1000)
  const model = (digest: string, wrong: number): Predictions => {
    const said = codes.map((code) => (below(8) < wrong ? (code + 1 + below(classes)) % (classes + 1) : code))
    return {
      classes: said.map((code) => (code === classes ? -1 : code)),
      scores: Float64Array.from(said, (code, row) =>
        labelKind === 'numbers' && !isRanking
          ? (values[row] as number) + code - (codes[row] as number)
          : Math.min(1, Math.max(0, code / 2 + below(50) / 100)),
      ),
      probabilities: undefined,
      digest,
    }
  }
  const rows: Rows = {
    count: world.count,
    labels:
      labelKind === 'numbers' && !isRanking
        ? { kind: 'numbers', values }
        : { kind: 'classes', codes, names: Array.from({ length: classes }, String), positive: 0 },
    groups: world.groups === undefined ? undefined : assignRoundRobin(world.count, world.groups),
    queries: isRanking ? assignRoundRobin(world.count, 12) : undefined,
    weights: world.weighted ? new Float64Array(world.count).map(() => 0.1 + below(30) / 10) : undefined,
    times: undefined,
    columns: new Map(),
    digest: 'rows',
  }
  return { rows, one: model('one', world.wrong[0]), two: model('two', world.wrong[1]) }
}

describe('an interval', () => {
  it.each(EXAMPLE_STATISTICS)('%s: holds its own estimate, and mirrors', (name) => {
    const statistic = requireStatistic(name)
    fc.assert(
      fc.property(worlds, (world) => {
        const { rows, one, two } = draw(name, world)
        const groupDisparity = world.disparity ? assignRoundRobin(world.count, 3) : undefined
        const spec = { statistic, direction: statistic.direction, groupDisparity }
        const options = { confidence: 0.95, resamples: 40, seed: world.seed.toString(16) }
        const { difference } = measure(rows, { one, two }, spec, options)
        const { estimate, low, high } = difference('one', 'two', world.relative)
        if (Number.isNaN(estimate)) return
        expect(low).toBeLessThanOrEqual(estimate)
        expect(high).toBeGreaterThanOrEqual(estimate)
        const [there, back] = [difference('one', 'two'), difference('two', 'one')]
        expect(there.low).toBe(0 - back.high)
        expect(there.high).toBe(0 - back.low)
      }),
      { numRuns: 150 },
    )
  })

  it('holds its own estimate for two independent shares', () => {
    const shares = fc
      .tuple(fc.integer({ min: 1, max: 3000 }), fc.nat(1000))
      .map(([rows, mille]) => ({ value: Math.round((rows * mille) / 1000) / rows, rows }))
    fc.assert(
      fc.property(shares, shares, (first, second) => {
        const { estimate, low, high } = unpairedProportionInterval(first, second, 0.95)
        expect(low).toBeLessThanOrEqual(estimate)
        expect(high).toBeGreaterThanOrEqual(estimate)
      }),
    )
  })
})
