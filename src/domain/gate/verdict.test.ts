import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fakePolicy } from '../../../test/fakes/gate-policy.ts'
import {
  fakeCandidate as candidate,
  fakeChampion as champion,
  createShortPolicy,
  decideByLoggedMetrics as decide,
  type ShortPolicy,
} from '../../../test/fakes/gate-verdict.ts'
import type { Check, Evaluation } from './evaluation/types.ts'
import { applyOverride, type Candidate, type Champion, type VerdictReason } from './verdict.ts'

describe('decideVerdict by logged metrics', () => {
  it.each<[string, number, number, ShortPolicy, string, VerdictReason['kind']]>([
    ['better by any amount', 0.91, 0.9, {}, 'promote', 'passed'],
    ['equal', 0.9, 0.9, {}, 'reject', 'checks'],
    ['worse', 0.89, 0.9, {}, 'reject', 'checks'],
    ['exactly the margin, in decimals', 0.06, 0.05, { minImprovement: '0.01' }, 'promote', 'passed'],
    ['short of the margin', 0.0599, 0.05, { minImprovement: '0.01' }, 'reject', 'checks'],
    [
      'the margin 1 is 1, not 1 %',
      9.1,
      10,
      { direction: 'lower', statistic: 'rmse', minImprovement: '1' },
      'reject',
      'checks',
    ],
    ['lower is better', 0.1, 0.2, { direction: 'lower' }, 'promote', 'passed'],
    ['lower is better, and it is not', 0.2, 0.1, { direction: 'lower' }, 'reject', 'checks'],
    ['a champion at 0', 0.001, 0, {}, 'promote', 'passed'],
    ['a negative champion (R2)', -0.1, -0.5, { statistic: 'r2' }, 'promote', 'passed'],
    ['below the floor', 0.7, 0.5, { minValue: '0.8' }, 'reject', 'checks'],
    ['at the floor', 0.8, 0.5, { minValue: '0.8' }, 'promote', 'passed'],
    ['above the ceiling', 3, 4, { direction: 'lower', statistic: 'rmse', minValue: '2' }, 'reject', 'checks'],
    ['a value that the metric cannot have', 61.2, 0.783, { minValue: '0.5' }, 'reject', 'checks'],
    ['a champion that the metric cannot have', 0.8, 61.2, {}, 'inconclusive', 'checks'],
  ])('%s', (_, value, baseline, policy, verdict, kind) => {
    const decided = decide(candidate(value), champion(baseline), createShortPolicy(policy))
    expect(decided).toMatchObject({ verdict, final: false })
    expect(decided.reason.kind).toBe(kind)
  })

  it.each<[string, number, ShortPolicy]>([
    ['half a percentage point as 0.5', 0.9, { minImprovement: '0.5' }],
    ['a champion near the best value', 0.995, { minImprovement: '0.01' }],
    ['an error', 4, { direction: 'lower', statistic: 'rmse', minImprovement: '5' }],
  ])('says that no candidate can pass: %s', (_, baseline, policy) => {
    const decided = decide(candidate(baseline), champion(baseline), createShortPolicy(policy))
    expect(decided).toMatchObject({
      verdict: 'inconclusive',
      final: false,
      reason: { kind: 'no-evidence', issues: [{ problem: { kind: 'unreachable-improvement' } }] },
    })
  })

  const none: Champion = { kind: 'none' }
  const unclear: Champion = { kind: 'unclear', reason: 'two' }
  const infinite = 1.7976931348623157e308
  it.each<[string, Candidate, Champion, string, object, boolean]>([
    ['first model', candidate(0.1), none, 'promote', { kind: 'first-model', value: 0.1 }, false],
    ['first model with an impossible value', candidate(1.7), none, 'reject', { kind: 'checks' }, false],
    ['unclear champion', candidate(0.9), unclear, 'inconclusive', { kind: 'unclear-champion' }, false],
    [
      'candidate without value',
      candidate(undefined),
      champion(0.9),
      'reject',
      { kind: 'not-comparable', value: 'missing', logged: [] },
      false,
    ],
    [
      'candidate without value, and a champion whose run did not finish',
      candidate(undefined),
      champion(undefined, { run: 'KILLED' }),
      'reject',
      { kind: 'not-comparable' },
      false,
    ],
    ...[none, champion(undefined)].map(
      (other) =>
        [
          `a metric that no run logged, champion ${other.kind}`,
          candidate(undefined, { metrics: new Map([['loss', 1]]) }),
          other,
          'inconclusive',
          { kind: 'unknown-metrics', metrics: ['auc'], logged: ['loss'] },
          false,
        ] as [string, Candidate, Champion, string, object, boolean],
    ),
    [
      'champion without value',
      candidate(0.9),
      champion(undefined),
      'inconclusive',
      { kind: 'checks' },
      false,
    ],
    ['champion NaN', candidate(0.9), champion(Number.NaN), 'inconclusive', { kind: 'checks' }, false],
    ['champion at -infinity', candidate(0.9), champion(-infinite), 'inconclusive', { kind: 'checks' }, false],
    ['candidate NaN, first', candidate(Number.NaN), none, 'reject', { value: 'NaN' }, false],
    ['candidate infinite, first', candidate(1.797e308), none, 'reject', { value: 'infinite' }, false],
    ...['deleted', 'missing', 'FAILED'].map(
      (run) =>
        [
          `champion's run ${run}`,
          candidate(0.9),
          champion(0.5, { run }),
          'inconclusive',
          { kind: 'champion-run', champion: '3', run },
          false,
        ] as [string, Candidate, Champion, string, object, boolean],
    ),
    [
      'the same files',
      candidate(0.9),
      champion(0.5, { sameFiles: true }),
      'reject',
      { kind: 'same-files', champion: '3' },
      false,
    ],
    ['run failed', candidate(0.9, { run: 'FAILED' }), champion(0.5), 'reject', { run: 'FAILED' }, true],
    ['run of an unknown state', candidate(0.9, { run: '' }), champion(0.5), 'reject', { run: '' }, true],
    [
      'run still active',
      candidate(0.9, { run: 'RUNNING' }),
      champion(0.5),
      'inconclusive',
      { kind: 'run', run: 'RUNNING' },
      true,
    ],
    ['run deleted', candidate(0.9, { run: 'deleted' }), champion(0.5), 'reject', { run: 'deleted' }, true],
    [
      'no model',
      candidate(0.9, { modelProblem: 'no MLmodel' }),
      champion(0.5),
      'reject',
      { kind: 'unusable-model', problem: 'no MLmodel' },
      true,
    ],
    [
      'quarantined',
      candidate(0.9, { quarantineReason: 'OOM' }),
      champion(0.5),
      'reject',
      { kind: 'quarantined', reason: 'OOM' },
      true,
    ],
  ])('%s', (_, one, other, verdict, reason, final) => {
    const decided = decide(one, other)
    expect(decided).toMatchObject({ verdict, final })
    expect(decided.reason).toMatchObject(reason)
  })

  const anyValue = fc.option(fc.double(), { nil: undefined })
  const anyRun = fc.constantFrom('FINISHED', 'RUNNING', 'FAILED', 'KILLED', 'deleted', 'missing', '')

  it('replaces a champion only by a finite, strictly better, eligible candidate', () => {
    const margin = fc.constantFrom('0', '0.01', '1')
    fc.assert(
      fc.property(anyValue, anyValue, anyRun, anyRun, margin, (a, b, run, championRun, minImprovement) => {
        const { verdict } = decide(
          candidate(a, { run }),
          champion(b, { run: championRun }),
          createShortPolicy({ minImprovement }),
        )
        if (verdict !== 'promote') return
        expect([run, championRun]).toEqual(['FINISHED', 'FINISHED'])
        expect(Number.isFinite(a) && Number.isFinite(b)).toBe(true)
        expect(a as number).toBeGreaterThan(b as number)
      }),
    )
  })

  it('is inconclusive if no run logged the metric of a guardrail, and rejects if only the champion did', () => {
    const guardrail = { metric: 'p95', direction: 'lower', statistic: undefined, ceiling: '50' } as const
    const policy = {
      ...createShortPolicy(),
      guardrails: [{ ...guardrail, maxRegression: undefined, floor: undefined, groupDisparity: undefined }],
    }
    const withLatency = champion(0.8, {
      metrics: new Map([
        ['auc', 0.8],
        ['p95', 40],
      ]),
    })
    expect(decide(candidate(0.9), champion(0.8), policy).reason).toMatchObject({
      kind: 'unknown-metrics',
      metrics: ['p95'],
    })
    expect(decide(candidate(0.9), withLatency, policy)).toMatchObject({
      verdict: 'reject',
      reason: { kind: 'checks' },
    })
  })

  it('never promotes each of two models over the other', () => {
    const finite = fc.double({ noNaN: true })
    fc.assert(
      fc.property(finite, finite, fc.constantFrom('higher', 'lower'), (a, b, direction) => {
        const both = [
          decide(candidate(a), champion(b), createShortPolicy({ direction })),
          decide(candidate(b), champion(a), createShortPolicy({ direction })),
        ]
        expect(both.filter(({ verdict }) => verdict === 'promote').length).toBeLessThan(2)
      }),
    )
  })
})

describe('decideVerdict, whatever was measured', () => {
  const better = [candidate(0.9), champion(0.5), createShortPolicy()] as const

  it('promotes nothing with an untrusted policy, even with force', () => {
    const decided = decide(...better, { untrustedPolicyReason: 'it is not the one of the default branch' })
    expect(decided).toMatchObject({ verdict: 'inconclusive', final: true })
    expect(applyOverride(decided, { actor: 'ada', reason: 'now' }).verdict).toBe('inconclusive')
  })

  it('is inconclusive and final if a self-test fails', () => {
    const test = { kind: 'a-a-test', passed: false, low: 0.1, high: 0.2 } as const
    const evaluation: Evaluation = {
      evaluationBasis: 'paired',
      checks: [],
      selfTests: [{ kind: 'swap', passed: true, asymmetry: 0 }, test],
      notes: [],
      issues: [],
      candidateValue: 1,
      championValue: 0,
    }
    const decided = decide(...better, { evaluation })
    expect(decided).toMatchObject({ verdict: 'inconclusive', final: true })
    expect(decided.reason).toEqual({ kind: 'self-tests', failed: [test] })
  })

  it('decides nothing, or promotes nothing, if the comparison is no evidence', () => {
    const level = { value: 0.3, chance: 0.5 }
    const problem = {
      kind: 'worse-than-chance',
      predicts: 'scores',
      candidate: level,
      champion: level,
      positive: '1',
    } as const
    const decideWith = (value: number, minValue: string, blocks: 'verdict' | 'promotion') => {
      const issue = { problem, metric: 'auc', baselineName: 'champion 3', blocks } as const
      const check: Check = {
        kind: 'limit',
        subject: { metric: 'auc' },
        candidate: value,
        criterion: { kind: 'minimum', limit: minValue },
        result: value >= Number(minValue) ? 'pass' : 'fail',
        finding: { kind: 'limit' },
      }
      const evaluation: Evaluation = {
        evaluationBasis: 'paired',
        checks: [check],
        selfTests: [],
        notes: [],
        issues: [issue],
        candidateValue: value,
        championValue: 0.3,
      }
      const { verdict, reason, final } = decide(candidate(value), champion(0.3), createShortPolicy(), {
        evaluation,
      })
      return [verdict, reason.kind, final]
    }
    expect(decideWith(0.4, '0.35', 'verdict')).toEqual(['inconclusive', 'no-evidence', false])
    expect(decideWith(0.4, '0.35', 'promotion')).toEqual(['inconclusive', 'no-evidence', false])
    // A missed limit is a rejection of its own.
    expect(decideWith(0.4, '0.8', 'verdict')).toEqual(['inconclusive', 'no-evidence', false])
    expect(decideWith(0.4, '0.8', 'promotion')).toEqual(['reject', 'checks', false])
  })

  it('rejects a candidate that cannot be scored; invalid or missing measurements are inconclusive', () => {
    expect(decide(...better, { scoringError: 'the script ended with 3' })).toMatchObject({
      verdict: 'reject',
    })
    expect(decide(...better, { validityIssues: ['12 rows were trained on'] })).toMatchObject({
      verdict: 'inconclusive',
      reason: { kind: 'invalid-measurement', issues: ['12 rows were trained on'] },
    })
    expect(decide(...better, { evaluation: undefined })).toMatchObject({ verdict: 'inconclusive' })
  })

  it('promotes nothing if no criterion applies', () => {
    const nothing = fakePolicy({ comparison: { kind: 'threshold' } })
    expect(decide(candidate(0.9), champion(0.5), nothing)).toMatchObject({ verdict: 'inconclusive' })
  })
})

describe('applyOverride', () => {
  const by = { actor: 'mona', reason: 'seen by eye' }

  it('turns a rejection into a promotion with the actor, the reason and the overridden verdict', () => {
    const rejected = decide(candidate(0.5), champion(0.9))
    const forced = applyOverride(rejected, by)
    expect(forced).toMatchObject({ verdict: 'promote', final: false })
    expect(forced.reason).toEqual({ kind: 'forced', by, overridden: rejected })
  })

  it('keeps a promotion and a final verdict', () => {
    expect(applyOverride(decide(candidate(1), champion(0.9)), by).reason.kind).toBe('passed')
    const final = applyOverride(decide(candidate(1, { quarantineReason: 'OOM' }), champion(0.9)), by)
    expect(final).toMatchObject({ verdict: 'reject' })
    expect(final.isOverrideRefused).toBe(true)
  })
})
