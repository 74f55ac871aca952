import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aPolicy } from '../../test/fakes/gate-policy.ts'
import type { GatePolicy } from './gate/policy.ts'
import { hold } from './gate/trial.ts'
import { type Candidate, type Champion, type Evidence, judge, overridden } from './verdict.ts'

const auc = (value: number | undefined) =>
  new Map<string, number>(value === undefined ? [] : [['auc', value]])
const candidate = (value: number | undefined, changes: Partial<Candidate> = {}): Candidate => ({
  run: 'FINISHED',
  modelProblem: undefined,
  quarantined: undefined,
  metrics: auc(value),
  ...changes,
})
const champion = (
  value: number | undefined,
  changes: Partial<Champion & { kind: 'version' }> = {},
): Champion => ({
  kind: 'version',
  number: '3',
  run: 'FINISHED',
  metrics: auc(value),
  sameFiles: false,
  ...changes,
})

interface Short {
  direction?: 'higher' | 'lower'
  minImprovement?: string
  minValue?: string
}
const short = ({ direction = 'higher', minImprovement = '0', minValue }: Short = {}): GatePolicy =>
  aPolicy({
    primary: { metric: 'auc', direction, statistic: undefined, minValue },
    comparison: { kind: 'challenger', minImprovement: { absolute: minImprovement } },
  })

/** Judges by stored values, as a run and a policy of three inputs have it. */
function decide(one: Candidate, other: Champion, policy = short(), changes: Partial<Evidence> = {}) {
  const trial = hold({
    policy,
    candidate: { name: 'candidate', metrics: one.metrics },
    champion:
      other.kind === 'version' ? { name: `champion ${other.number}`, metrics: other.metrics } : undefined,
    anchor: undefined,
    scored: undefined,
    storedRows: undefined,
  })
  const evidence = { policy, candidate: one, champion: other, voidPolicy: undefined, unscored: undefined }
  return judge({ ...evidence, doubts: [], trial, ...changes })
}

describe('a reason is on one line', () => {
  it('whatever a person or a metric is called', () => {
    const by = { actor: 'ada', reason: 'a\n b' }
    const forced = overridden(decide(candidate(0.8), champion(0.9)), by)
    expect(forced).toMatchObject({
      forced: 'ada: a b',
      reason: expect.stringMatching(/^forced by ada: a b; the gate/),
    })
    const odd = aPolicy({ primary: { ...short().primary, metric: 'a\r\nb' } })
    expect(decide(candidate(undefined, { metrics: new Map([['x\ny', 1]]) }), champion(1), odd).reason).toBe(
      "the candidate's a b is missing (the run logged x y)",
    )
    expect(overridden(decide(candidate(1, { modelProblem: 'p\nq' }), champion(1)), by).reason).toBe(
      'p q (force does not override this)',
    )
  })
})

describe('judge, by stored values', () => {
  it.each<[string, number, number, Short, string, RegExp]>([
    ['better at all', 0.91, 0.9, {}, 'promote', /better by 0\.01$/],
    ['equal', 0.9, 0.9, {}, 'reject', /equal/],
    ['worse', 0.89, 0.9, {}, 'reject', /worse by 0\.01/],
    [
      'exactly the margin, in decimals',
      0.06,
      0.05,
      { minImprovement: '0.01' },
      'promote',
      /better by 0\.01, at least 0\.01/,
    ],
    [
      'short of the margin',
      0.0599,
      0.05,
      { minImprovement: '0.01' },
      'reject',
      /better by 0\.0099, and at least 0\.01/,
    ],
    ['the margin 1 is 1, not 1 %', 0.99, 0.1, { minImprovement: '1' }, 'reject', /at least 1/],
    ['lower is better', 0.1, 0.2, { direction: 'lower' }, 'promote', /better by 0\.1/],
    ['lower is better, and it is not', 0.2, 0.1, { direction: 'lower' }, 'reject', /worse by 0\.1/],
    ['a champion at 0', 0.001, 0, {}, 'promote', /better by 0\.001/],
    ['a negative champion (R2)', -0.1, -0.5, {}, 'promote', /better by 0\.4/],
    ['below the floor', 0.7, 0.5, { minValue: '0.8' }, 'reject', /below the minimum of 0\.8/],
    ['at the floor', 0.8, 0.5, { minValue: '0.8' }, 'promote', /better by 0\.3/],
    ['above the ceiling', 3, 4, { direction: 'lower', minValue: '2' }, 'reject', /above the maximum of 2/],
  ])('%s', (_, value, rival, policy, verdict, reason) => {
    const decided = decide(candidate(value), champion(rival), short(policy))
    expect(decided).toMatchObject({ verdict, final: false })
    expect(decided.reason).toMatch(reason)
  })

  it.each<[string, Candidate, Champion, string, RegExp, boolean]>([
    ['first model', candidate(0.1), { kind: 'none' }, 'promote', /^first model/, false],
    ['unclear champion', candidate(0.9), { kind: 'unclear', why: 'two' }, 'inconclusive', /two/, false],
    ['candidate without value', candidate(undefined), { kind: 'none' }, 'reject', /logged no metric/, false],
    ['champion without value', candidate(0.9), champion(undefined), 'inconclusive', /missing/, false],
    ['champion NaN', candidate(0.9), champion(Number.NaN), 'inconclusive', /NaN/, false],
    [
      'champion at -infinity',
      candidate(0.9),
      champion(-1.7976931348623157e308),
      'inconclusive',
      /infinite/,
      false,
    ],
    ['candidate NaN, first', candidate(Number.NaN), { kind: 'none' }, 'reject', /NaN/, false],
    ['candidate infinite, first', candidate(1.797e308), { kind: 'none' }, 'reject', /infinite/, false],
    [
      "champion's run deleted",
      candidate(0.9),
      champion(0.5, { run: 'deleted' }),
      'inconclusive',
      /deleted/,
      false,
    ],
    ["champion's run gone", candidate(0.9), champion(0.5, { run: 'missing' }), 'inconclusive', /gone/, false],
    [
      "champion's run failed",
      candidate(0.9),
      champion(0.5, { run: 'FAILED' }),
      'inconclusive',
      /FAILED/,
      false,
    ],
    ['the same files', candidate(0.9), champion(0.5, { sameFiles: true }), 'reject', /byte for byte/, false],
    ['run failed', candidate(0.9, { run: 'FAILED' }), champion(0.5), 'reject', /FAILED/, true],
    ['run of an unknown state', candidate(0.9, { run: '' }), champion(0.5), 'reject', /not FINISHED/, true],
    ['run going on', candidate(0.9, { run: 'RUNNING' }), champion(0.5), 'inconclusive', /RUNNING/, true],
    ['run deleted', candidate(0.9, { run: 'deleted' }), champion(0.5), 'reject', /deleted/, true],
    ['no model', candidate(0.9, { modelProblem: 'no MLmodel' }), champion(0.5), 'reject', /no MLmodel/, true],
    [
      'quarantined',
      candidate(0.9, { quarantined: 'OOM' }),
      champion(0.5),
      'reject',
      /quarantined: OOM/,
      true,
    ],
  ])('%s', (_, one, other, verdict, reason, final) => {
    const decided = decide(one, other)
    expect(decided).toMatchObject({ verdict, final })
    expect(decided.reason).toMatch(reason)
  })

  const anyValue = fc.option(fc.double(), { nil: undefined })
  const anyRun = fc.constantFrom('FINISHED', 'RUNNING', 'FAILED', 'KILLED', 'deleted', 'missing', '')

  it('promotes over a champion only a finite, strictly better candidate that is fit to serve', () => {
    const margin = fc.constantFrom('0', '0.01', '1')
    fc.assert(
      fc.property(anyValue, anyValue, anyRun, anyRun, margin, (a, b, run, rival, minImprovement) => {
        const { verdict } = decide(
          candidate(a, { run }),
          champion(b, { run: rival }),
          short({ minImprovement }),
        )
        if (verdict !== 'promote') return
        expect([run, rival]).toEqual(['FINISHED', 'FINISHED'])
        expect(Number.isFinite(a) && Number.isFinite(b)).toBe(true)
        expect(a as number).toBeGreaterThan(b as number)
      }),
    )
  })

  it('is never in favour of both of two models', () => {
    const finite = fc.double({ noNaN: true })
    fc.assert(
      fc.property(finite, finite, fc.constantFrom('higher', 'lower'), (a, b, direction) => {
        const both = [
          decide(candidate(a), champion(b), short({ direction })),
          decide(candidate(b), champion(a), short({ direction })),
        ]
        expect(both.filter(({ verdict }) => verdict === 'promote').length).toBeLessThan(2)
      }),
    )
  })
})

describe('judge, whatever was measured', () => {
  const better = [candidate(0.9), champion(0.5), short()] as const

  it('promotes nothing by a policy that does not count, also with force', () => {
    const decided = decide(...better, { voidPolicy: 'it is not the one of the default branch' })
    expect(decided).toMatchObject({ verdict: 'inconclusive', final: true })
    expect(overridden(decided, { actor: 'ada', reason: 'now' }).verdict).toBe('inconclusive')
  })

  it('judges nothing with a gate that answers a known question wrong', () => {
    const trial = {
      judgedOn: 'same-rows' as const,
      checks: [],
      selfTests: [{ name: 'the champion is not better than itself', passed: false, said: 'it is' }],
      notes: [],
      candidateValue: 1,
      championValue: 0,
    }
    const decided = decide(...better, { trial })
    expect(decided).toMatchObject({ verdict: 'inconclusive', final: true, broken: true })
    expect(decided.reason).toMatch(/the gate is broken.*not better than itself: it is/)
  })

  it('rejects a candidate that cannot be scored, and leaves open what is in doubt or was not measured', () => {
    expect(decide(...better, { unscored: 'the script ended with 3' })).toMatchObject({ verdict: 'reject' })
    expect(decide(...better, { doubts: ['12 rows were trained on'] })).toMatchObject({
      verdict: 'inconclusive',
      reason: '12 rows were trained on',
    })
    expect(decide(...better, { trial: undefined })).toMatchObject({ verdict: 'inconclusive' })
  })

  it('promotes nothing where the policy asks nothing that can be answered', () => {
    const nothing = aPolicy({ comparison: { kind: 'threshold' } })
    expect(decide(candidate(0.9), champion(0.5), nothing)).toMatchObject({ verdict: 'inconclusive' })
  })
})

describe('overridden', () => {
  const by = { actor: 'mona', reason: 'seen by eye' }

  it('turns a rejection into a promotion that says who, why, and what the gate said', () => {
    const forced = overridden(decide(candidate(0.5), champion(0.9)), by)
    expect(forced).toMatchObject({ verdict: 'promote', forced: 'mona: seen by eye' })
    expect(forced.reason).toMatch(/forced by mona: seen by eye; the gate said reject: .*worse by 0\.4/)
  })

  it('leaves a promotion as it is, and what is final refused', () => {
    expect(overridden(decide(candidate(1), champion(0.9)), by)).not.toHaveProperty('forced')
    const final = overridden(decide(candidate(1, { quarantined: 'OOM' }), champion(0.9)), by)
    expect(final).toMatchObject({ verdict: 'reject' })
    expect(final.reason).toMatch(/force does not override this/)
  })
})
