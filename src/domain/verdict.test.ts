import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Policy } from './policy.ts'
import { type Candidate, type Champion, judge, overridden } from './verdict.ts'

const policy: Policy = { metric: 'auc', direction: 'higher', minImprovement: '0' }
const candidate = (value: number | undefined, changes: Partial<Candidate> = {}): Candidate => ({
  run: 'FINISHED',
  modelProblem: undefined,
  quarantined: undefined,
  value,
  metrics: value === undefined ? [] : ['auc'],
  ...changes,
})
const champion = (value: number | undefined, run = 'FINISHED'): Champion => ({
  kind: 'version',
  number: '3',
  run,
  value,
})

describe('a reason is on one line', () => {
  it('whatever a person or a metric is called', () => {
    const by = { actor: 'ada', reason: 'a\n b' }
    const forced = overridden(judge(candidate(0.8), champion(0.9), policy), by)
    expect(forced).toMatchObject({
      forced: 'ada: a b',
      reason: expect.stringMatching(/^forced by ada: a b; the gate/),
    })
    const odd = { ...policy, metric: 'a\r\nb' }
    expect(judge(candidate(undefined, { metrics: ['x\ny'] }), champion(1), odd).reason).toBe(
      "the candidate's a b is missing (the run logged x y)",
    )
    expect(overridden(judge(candidate(1, { modelProblem: 'p\nq' }), champion(1), policy), by).reason).toBe(
      'p q (force does not override this)',
    )
  })
})

describe('judge', () => {
  it.each<[string, number, number, Partial<Policy>, string, RegExp]>([
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
  ])('%s', (_, value, rival, changes, verdict, reason) => {
    const decided = judge(candidate(value), champion(rival), { ...policy, ...changes })
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
    ["champion's run deleted", candidate(0.9), champion(0.5, 'deleted'), 'inconclusive', /deleted/, false],
    ["champion's run gone", candidate(0.9), champion(0.5, 'missing'), 'inconclusive', /gone/, false],
    ["champion's run failed", candidate(0.9), champion(0.5, 'FAILED'), 'inconclusive', /FAILED/, false],
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
    const decided = judge(one, other, policy)
    expect(decided).toMatchObject({ verdict, final })
    expect(decided.reason).toMatch(reason)
  })

  const anyValue = fc.option(fc.double(), { nil: undefined })
  const anyRun = fc.constantFrom('FINISHED', 'RUNNING', 'FAILED', 'KILLED', 'deleted', 'missing', '')

  it('promotes over a champion only a finite, strictly better candidate that is fit to serve', () => {
    const margin = fc.constantFrom('0', '0.01', '1')
    fc.assert(
      fc.property(anyValue, anyValue, anyRun, anyRun, margin, (a, b, run, rival, minImprovement) => {
        const { verdict } = judge(candidate(a, { run }), champion(b, rival), { ...policy, minImprovement })
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
          judge(candidate(a), champion(b), { ...policy, direction }),
          judge(candidate(b), champion(a), { ...policy, direction }),
        ]
        expect(both.filter(({ verdict }) => verdict === 'promote').length).toBeLessThan(2)
      }),
    )
  })
})

describe('overridden', () => {
  const by = { actor: 'mona', reason: 'seen by eye' }

  it('turns a rejection into a promotion that says who, why, and what the gate said', () => {
    const forced = overridden(judge(candidate(0.5), champion(0.9), policy), by)
    expect(forced).toMatchObject({ verdict: 'promote', forced: 'mona: seen by eye' })
    expect(forced.reason).toMatch(/forced by mona: seen by eye; the gate said reject: .*worse by 0\.4/)
  })

  it('leaves a promotion as it is, and what is final refused', () => {
    expect(overridden(judge(candidate(1), champion(0.9), policy), by)).not.toHaveProperty('forced')
    const final = overridden(judge(candidate(1, { quarantined: 'OOM' }), champion(0.9), policy), by)
    expect(final).toMatchObject({ verdict: 'reject' })
    expect(final.reason).toMatch(/force does not override this/)
  })
})
