import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aPolicy } from '../../../test/fakes/gate-policy.ts'
import type { Comparison } from './policy.ts'
import { testStored } from './stored-self-test.ts'

const comparisons: readonly Comparison[] = [
  { kind: 'challenger', minImprovement: { absolute: '0' } },
  { kind: 'challenger', minImprovement: { absolute: '0.01' } },
  { kind: 'challenger', minImprovement: { relative: '0.01' } },
  { kind: 'refresh', margin: { absolute: '0.01' }, anchor: undefined },
]

describe('the questions about stored values', () => {
  it('are answered right whatever the champion logged, to the last digit of a double', () => {
    const value = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }),
      fc.double({ noNaN: true, min: 0, max: 1 }),
      fc.tuple(fc.nat(3000), fc.integer({ min: 1, max: 3000 })).map(([a, b]) => a / b),
    )
    fc.assert(
      fc.property(
        value,
        fc.constantFrom(...comparisons),
        fc.constantFrom('higher', 'lower'),
        (theirs, comparison, direction) => {
          const primary = { metric: 'm', direction, statistic: undefined, minValue: undefined } as const
          const metrics = new Map([['m', theirs]])
          const tests = testStored({
            policy: aPolicy({ primary, comparison }),
            candidate: { name: 'candidate', metrics: new Map() },
            champion: { name: 'champion 1', metrics },
            anchor: undefined,
            scored: undefined,
            storedRows: undefined,
          })
          expect(tests.filter(({ passed }) => !passed)).toEqual([])
        },
      ),
    )
  })
})
