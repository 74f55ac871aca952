import { describe, expect, it } from 'vitest'
import { drawClassifiers } from '../../../../test/fakes/gate-models.ts'
import { fakePolicy } from '../../../../test/fakes/gate-policy.ts'
import type { GatePolicy } from '../criteria/gate-policy.ts'
import { evaluate } from './evaluate.ts'

const SEED = '5eed5eed5eed5eed5eed5eed5eed5eed'
const even = (classes: number, size: number) => new Array<number>(classes).fill(size)

function draw(sizes: readonly number[], wrong: readonly [number, number]) {
  const { rows, one: candidate, two: champion } = drawClassifiers({ sizes, wrong }, SEED)
  return { rows, candidate, champion }
}

function judge(metric: string, comparison: GatePolicy['comparison'], scored: ReturnType<typeof draw>) {
  const metrics = new Map<string, number>()
  const policy = fakePolicy({
    primary: { metric, direction: 'higher', statistic: metric, minValue: undefined },
    comparison,
  })
  return evaluate({
    policy,
    candidate: { name: 'candidate', metrics },
    champion: { name: 'champion 3', metrics },
    anchor: undefined,
    scored: { ...scored, anchor: undefined, seed: SEED },
    loggedRowCount: undefined,
  })
}

const challenger = (amount: string) => ({ kind: 'challenger', minImprovement: { absolute: amount } }) as const
const refresh = (amount: string) =>
  ({ kind: 'refresh', margin: { absolute: amount }, anchor: undefined }) as const

describe('a holdout of many small classes', () => {
  it.each(['balanced_accuracy', 'f1_macro'])('%s: passes a gain above the required one', (metric) => {
    const { checks, selfTests } = judge(metric, challenger('0.06'), draw(even(1000, 4), [0.1, 0.2]))
    expect(checks[0]).toMatchObject({ result: 'pass' })
    expect(selfTests.filter(({ passed }) => !passed)).toEqual([])
  })

  it('does not reject a gain that is measured above the required one', () => {
    const scored = draw(even(1000, 4), [0.1, 0.2])
    const gain = judge('balanced_accuracy', challenger('0'), scored).checks[0]?.change?.estimate ?? 0
    const required = (gain - 0.005).toFixed(4)
    expect(judge('balanced_accuracy', challenger(required), scored).checks[0]).toMatchObject({
      result: 'inconclusive',
    })
  })

  it.each([
    ['balanced_accuracy', '1,000 classes of 4 rows', even(1000, 4)],
    ['f1_macro', '1,000 classes of 4 rows', even(1000, 4)],
    ['balanced_accuracy', '500 classes of 1 row', even(500, 1)],
    ['f1_macro', '50 classes of 10 rows', even(50, 10)],
    ['balanced_accuracy', 'one class of 5 rows among large ones', [5, 300, 300]],
    ['f1_macro', 'one class of 5 rows among large ones', [5, 300, 300]],
  ])('%s: every self-test passes for an equal model and a margin: %s', (metric, _, sizes) => {
    const { selfTests, checks } = judge(metric, refresh('0.03'), draw(sizes, [0.2, 0.2]))
    expect(selfTests.map(({ kind }) => kind)).toContain('negative-control')
    expect(selfTests.filter(({ passed }) => !passed)).toEqual([])
    expect(checks[0]?.result).not.toBe('fail')
  })

  it('promotes an equal model of many rows', () => {
    const { checks } = judge('balanced_accuracy', refresh('0.03'), draw(even(1000, 4), [0.2, 0.2]))
    expect(checks[0]).toMatchObject({ result: 'pass' })
  })
})
