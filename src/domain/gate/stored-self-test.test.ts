import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aPolicy } from '../../../test/fakes/gate-policy.ts'
import type { Comparison } from './policy.ts'
import { testStored } from './stored-self-test.ts'
import { hold } from './trial.ts'

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
          const { selfTests: tests } = hold({
            policy: aPolicy({ primary, comparison }),
            candidate: { name: 'candidate', metrics: new Map([['m', theirs / 2 + 1]]) },
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

  it.each([
    ['says yes to everything', () => 'holds' as const, ['itself', 'swapped', 'decoy']],
    [
      'has its direction turned',
      (own: number, theirs: number) => (own < theirs ? 'holds' : 'fails'),
      ['decoy'],
    ],
    [
      'takes equal for better',
      (own: number, theirs: number) => (own >= theirs ? 'holds' : 'fails'),
      ['itself'],
    ],
  ] as const)('catch a gate that %s', (_, ask, caught) => {
    const primary = { metric: 'm', direction: 'higher', statistic: undefined, minValue: undefined } as const
    const tests = testStored(
      {
        policy: aPolicy({ primary, comparison: { kind: 'challenger', minImprovement: { absolute: '0' } } }),
        candidate: { name: 'candidate', metrics: new Map([['m', 0.9]]) },
        champion: { name: 'champion 1', metrics: new Map([['m', 0.8]]) },
        anchor: undefined,
        scored: undefined,
        storedRows: undefined,
      },
      ask,
    )
    const failed = tests.filter(({ passed }) => !passed).map(({ name }) => name)
    expect(failed).toHaveLength(caught.length)
    for (const word of caught) expect(failed.join()).toContain(word)
  })
})
