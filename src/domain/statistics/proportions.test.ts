import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type PairCounts, pairedProportionBounds } from './proportions.ts'

const pairs = fc.tuple(fc.nat(400), fc.nat(400), fc.nat(1000)).map(
  ([first, second, others]): PairCounts => ({
    firstOnly: first,
    secondOnly: second,
    total: first + second + others + 1,
  }),
)

/**
 * How often the lower bound is above the truth, summed over everything that can come of `total` rows of which a share
 * differs, the truth being that the first is better by `gain`.
 */
function falsePromoteRate(total: number, differing: number, gain: number): number {
  const wins = (differing + gain) / 2 / differing
  let [sum, chance] = [0, (1 - differing) ** total]
  for (let differ = 0; differ <= Math.min(total, 20 + 2 * total * differing); differ += 1) {
    let one = (1 - wins) ** differ
    for (let first = 0; first <= differ && one > 0; first += 1) {
      const { low } = pairedProportionBounds({ firstOnly: first, secondOnly: differ - first, total }, 0.95)
      if (chance * one > 1e-9 && low > gain) sum += chance * one
      one *= ((differ - first) / (first + 1)) * (wins / (1 - wins))
    }
    chance *= ((total - differ) / (differ + 1)) * (differing / (1 - differing))
  }
  return sum
}

describe('pairedProportionBounds', () => {
  it.each([
    [200, 0.02],
    [200, 0.05],
    [300, 0.02],
    [300, 0.2],
    [500, 0.05],
    [1000, 0.05],
  ])(
    'passes at most 5 %% at any margin, by full enumeration: %d rows, %d of them discordant',
    (total, differing) => {
      for (const gain of [0, 0.005, -0.005, 0.01, -0.01, 0.019, -0.019])
        expect(falsePromoteRate(total, differing, gain)).toBeLessThan(0.05)
    },
  )

  it('mirrors exactly, contains the estimate, and stays within -1 and 1', () => {
    fc.assert(
      fc.property(pairs, ({ firstOnly: first, secondOnly: second, total }) => {
        const there = pairedProportionBounds({ firstOnly: first, secondOnly: second, total }, 0.95)
        const back = pairedProportionBounds({ firstOnly: second, secondOnly: first, total }, 0.95)
        expect(there.low).toBe(-back.high)
        expect(there.high).toBe(-back.low)
        expect(there.low).toBeLessThan((first - second) / total)
        expect(there.high).toBeGreaterThan((first - second) / total)
        expect(there.low).toBeGreaterThanOrEqual(-1)
      }),
    )
  })

  it('stays uncertain if no pair differs', () => {
    const { low, high } = pairedProportionBounds({ firstOnly: 0, secondOnly: 0, total: 200 }, 0.95)
    expect(low * 200).toBeCloseTo(-4.4, 1)
    expect(high).toBe(-low)
  })
})
