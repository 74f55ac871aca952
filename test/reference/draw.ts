import fc, { type GeneratorValue } from 'fast-check'

/** Random choices of one case, all made by fast-check. */
export interface Draw {
  integer(min: number, max: number): number
  /** True this often. */
  chance(share: number): boolean
  pick<T>(list: readonly T[]): T
  shuffle<T>(list: readonly T[]): T[]
}

/** The value that a seed stands for. The same seed always gives the same value. */
export function generate<T>(seed: number, create: (draw: Draw) => T): T {
  const arbitrary = fc.gen().map((value) => create(createDraw(value)))
  // Without a bias: small cases are not the point, common ones are.
  const [generated] = fc.sample(arbitrary, { seed, numRuns: 1, unbiased: true })
  return generated as T
}

const bits = () => fc.nat(2 ** 31 - 1)

function createDraw(value: GeneratorValue): Draw {
  // One arbitrary for all: fast-check compares the arguments of each call with all earlier ones.
  const integer = (min: number, max: number) => min + (value(bits) % (max - min + 1))
  return {
    integer,
    chance: (share) => integer(0, 9_999) < share * 10_000,
    pick: (list) => list[integer(0, list.length - 1)] as (typeof list)[number],
    shuffle(list) {
      const shuffled = [...list]
      for (let last = shuffled.length - 1; last > 0; last -= 1) {
        const other = integer(0, last)
        const moved = shuffled[last] as (typeof list)[number]
        shuffled[last] = shuffled[other] as (typeof list)[number]
        shuffled[other] = moved
      }
      return shuffled
    },
  }
}
