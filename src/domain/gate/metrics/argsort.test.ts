import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { argsort } from './argsort.ts'

const values = fc.array(fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(0, -0, 1, -1, 0.5)), {
  maxLength: 300,
})

describe('argsort', () => {
  it('sorts any numbers, and is stable', () => {
    fc.assert(
      fc.property(values, (given) => {
        const expected = given
          .map((_, at) => at)
          .sort((a, b) => {
            const [one, two] = [given[a] as number, given[b] as number]
            return one < two ? -1 : one > two ? 1 : a - b
          })
        expect([...argsort(Float64Array.from(given))]).toEqual(expected)
      }),
    )
  })
})
