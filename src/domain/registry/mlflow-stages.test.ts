import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planStageTransitions } from './mlflow-stages.ts'

const STAGES = ['None', 'Staging', 'Production', 'Archived'] as const
const at = (...stages: string[]) =>
  stages.map((stage, index) => ({ number: String(index + 1), stage, tags: {} }))
/** The stages after these transitions. */
const applyTransitions = (versions: ReturnType<typeof at>, steps: ReturnType<typeof planStageTransitions>) =>
  versions.map((one) => ({
    ...one,
    stage: steps.find(({ number }) => number === one.number)?.stage ?? one.stage,
  }))

describe('planStageTransitions', () => {
  it.each([
    ['a first champion', at('None'), '1', [], ['1 Production']],
    ['a new champion', at('Production', 'None'), '2', ['1'], ['2 Production', '1 Archived']],
    [
      'two in Production after a race',
      at('Production', 'Production', 'Production'),
      '2',
      ['1'],
      ['1 Archived', '3 Archived'],
    ],
    ['a replaced version that was never archived', at('None', 'Production'), '2', ['1'], ['1 Archived']],
    ['a demoted version', at('Archived', 'Production'), '1', ['2'], ['1 Production', '2 Archived']],
    ['nothing to do', at('Archived', 'Production', 'Staging'), '2', ['1'], []],
    ['a champion that replaces itself', at('Production'), '1', ['1', 'none'], []],
  ])('%s', (_, versions, champion, retired, steps) => {
    expect(
      planStageTransitions(champion, retired, versions).map(({ number, stage }) => `${number} ${stage}`),
    ).toEqual(steps)
  })

  it('leaves only the champion in Production, touches no other version, and converges', () => {
    const stages = fc.array(fc.constantFrom(...STAGES), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(stages, fc.nat(5), fc.nat(5), (given, one, other) => {
        const versions = at(...given)
        const champion = String((one % given.length) + 1)
        const retired = [String((other % given.length) + 1)]
        const end = applyTransitions(versions, planStageTransitions(champion, retired, versions))
        expect(end.filter(({ stage }) => stage === 'Production').map(({ number }) => number)).toEqual([
          champion,
        ])
        expect(planStageTransitions(champion, retired, end)).toEqual([])
        for (const [index, { number, stage }] of end.entries())
          if (number !== champion && !retired.includes(number) && given[index] !== 'Production')
            expect(stage).toBe(given[index])
      }),
    )
  })
})
