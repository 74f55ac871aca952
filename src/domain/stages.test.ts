import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mirrorSteps } from './stages.ts'

const STAGES = ['None', 'Staging', 'Production', 'Archived'] as const
const at = (...stages: string[]) =>
  stages.map((stage, index) => ({ number: String(index + 1), stage, tags: {} }))
/** The stages after these steps. */
const after = (versions: ReturnType<typeof at>, steps: ReturnType<typeof mirrorSteps>) =>
  versions.map((one) => ({
    ...one,
    stage: steps.find(({ number }) => number === one.number)?.stage ?? one.stage,
  }))

describe('mirrorSteps', () => {
  it.each([
    ['a first champion', at('None'), '1', [], ['1 Production']],
    ['one after another', at('Production', 'None'), '2', ['1'], ['2 Production', '1 Archived']],
    [
      'two that a race left',
      at('Production', 'Production', 'Production'),
      '2',
      ['1'],
      ['1 Archived', '3 Archived'],
    ],
    ['one that gave way and was never mirrored', at('None', 'Production'), '2', ['1'], ['1 Archived']],
    ['a bad one taken back', at('Archived', 'Production'), '1', ['2'], ['1 Production', '2 Archived']],
    ['all of it true already', at('Archived', 'Production', 'Staging'), '2', ['1'], []],
    ['a champion that is said to give way to itself', at('Production'), '1', ['1', 'none'], []],
  ])('%s', (_, versions, champion, retired, steps) => {
    expect(mirrorSteps(champion, retired, versions).map(({ number, stage }) => `${number} ${stage}`)).toEqual(
      steps,
    )
  })

  it('leaves the champion alone in Production, nobody else touched, and nothing to do twice', () => {
    const stages = fc.array(fc.constantFrom(...STAGES), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(stages, fc.nat(5), fc.nat(5), (given, one, other) => {
        const versions = at(...given)
        const champion = String((one % given.length) + 1)
        const retired = [String((other % given.length) + 1)]
        const end = after(versions, mirrorSteps(champion, retired, versions))
        expect(end.filter(({ stage }) => stage === 'Production').map(({ number }) => number)).toEqual([
          champion,
        ])
        expect(mirrorSteps(champion, retired, end)).toEqual([])
        for (const [index, { number, stage }] of end.entries())
          if (number !== champion && !retired.includes(number) && given[index] !== 'Production')
            expect(stage).toBe(given[index])
      }),
    )
  })
})
