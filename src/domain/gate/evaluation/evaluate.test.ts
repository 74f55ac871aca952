import { describe, expect, it } from 'vitest'
import { fakePolicy } from '../../../../test/fakes/gate-policy.ts'
import type { GatePolicy } from '../criteria/gate-policy.ts'
import type { Predictions, Rows } from '../dataset/rows.ts'
import { decideVerdict } from '../verdict.ts'
import { evaluate } from './evaluate.ts'
import type { ScoredModels } from './types.ts'

/** Two alternating classes. */
function holdout(count: number, changes: Partial<Rows> = {}): Rows {
  const codes = Int32Array.from({ length: count }, (_, row) => row % 2)
  return {
    count,
    labels: { kind: 'classes', codes, names: ['0', '1'], positive: 1 },
    groups: undefined,
    queries: undefined,
    weights: undefined,
    times: undefined,
    columns: new Map(),
    digest: `holdout of ${count}`,
    ...changes,
  }
}

function model(name: string, rows: Rows, isRight: (row: number) => boolean): Predictions {
  const { labels } = rows
  const codes = labels.kind === 'classes' ? labels.codes : new Int32Array()
  return {
    classes: codes.map((code, row) => (isRight(row) ? code : 1 - code)),
    scores: undefined,
    probabilities: undefined,
    digest: name,
  }
}

const accuracy = {
  metric: 'accuracy',
  direction: 'higher',
  statistic: 'accuracy',
  minValue: undefined,
} as const
const challenger = (minImprovement: string, changes: Partial<GatePolicy> = {}): GatePolicy =>
  fakePolicy({
    primary: accuracy,
    comparison: { kind: 'challenger', minImprovement: { absolute: minImprovement } },
    ...changes,
  })
const refresh = (margin: string, changes: Partial<GatePolicy> = {}): GatePolicy =>
  fakePolicy({
    primary: accuracy,
    comparison: { kind: 'refresh', margin: { absolute: margin }, anchor: undefined },
    ...changes,
  })

function decide(policy: GatePolicy, scored: Omit<ScoredModels, 'seed' | 'anchor'> & Partial<ScoredModels>) {
  const metrics = new Map<string, number>()
  const evaluation = evaluate({
    policy,
    candidate: { name: 'candidate', metrics },
    champion: scored.champion && { name: 'champion 3', metrics },
    anchor: scored.anchor && { name: 'anchor 1', metrics },
    scored: { anchor: undefined, seed: '5eed', ...scored },
    loggedRowCount: undefined,
  })
  const verdict = decideVerdict({
    policy,
    candidate: { run: 'FINISHED', modelProblem: undefined, quarantineReason: undefined, metrics },
    champion: scored.champion
      ? { kind: 'version', number: '3', run: 'missing', metrics, sameFiles: false }
      : { kind: 'none' },
    untrustedPolicyReason: undefined,
    scoringError: undefined,
    validityIssues: [],
    evaluation,
  })
  return { ...verdict, evaluation }
}

describe('a paired challenger comparison', () => {
  const rows = holdout(1000)
  const champion = model('champion', rows, (row) => row % 10 !== 0)

  it('promotes a candidate that is better by the required improvement', () => {
    const candidate = model('candidate', rows, (row) => row % 20 !== 0)
    const { verdict, reason, evaluation } = decide(challenger('0.03'), { rows, candidate, champion })
    expect(verdict).toBe('promote')
    const [check] = evaluation.checks
    expect(reason).toEqual({ kind: 'passed', check, others: 0 })
    expect(check).toMatchObject({
      candidate: 0.95,
      baseline: 0.9,
      baselineName: 'champion 3',
      margin: 0.03,
      change: { units: 1000, confidence: 0.95 },
      finding: { kind: 'same-rows', outcome: 'compared', unit: 'rows' },
    })
    expect(evaluation.selfTests.map(({ passed }) => passed)).toEqual([true, true, true, true])
  })

  it('rejects a worse candidate, and one that is better by too little', () => {
    const candidate = model('candidate', rows, (row) => row % 20 !== 0)
    expect(decide(challenger('0.09'), { rows, candidate, champion })).toMatchObject({ verdict: 'reject' })
    const worse = model('worse', rows, (row) => row % 5 !== 0)
    const { verdict, evaluation } = decide(challenger('0'), { rows, candidate: worse, champion })
    expect([verdict, evaluation.checks[0]?.change?.estimate]).toEqual(['reject', expect.closeTo(-0.1)])
  })

  it('is inconclusive between the two, with the required sample size', () => {
    const candidate = model('candidate', rows, (row) => row % 10 !== 0 || row % 250 === 0)
    const { verdict, reason, evaluation } = decide(challenger('0.003'), { rows, candidate, champion })
    expect(verdict).toBe('inconclusive')
    expect(reason).toMatchObject({ kind: 'checks', checks: [{ finding: { outcome: 'compared' } }] })
    expect(evaluation.checks.find(({ kind }) => kind === 'primary')?.requiredSampleSize).toBeGreaterThan(1000)
  })

  it('is inconclusive on fewer rows than the minimum', () => {
    const few = holdout(20)
    const one = model('one', few, () => true)
    const two = model('two', few, () => false)
    expect(decide(challenger('0'), { rows: few, candidate: one, champion: two })).toMatchObject({
      verdict: 'inconclusive',
      reason: { checks: [{ finding: { outcome: 'too-few-units', minSampleSize: 30 } }, { kind: 'limit' }] },
    })
  })

  it('fails the self-test if perfect predictions cannot pass, with a fix', () => {
    const best = model('best', rows, (row) => row % 500 !== 0)
    const { verdict, reason, final } = decide(challenger('0.05'), {
      rows,
      candidate: champion,
      champion: best,
    })
    expect([verdict, reason.kind, final]).toEqual(['inconclusive', 'self-tests', true])
    expect(reason).toMatchObject({ failed: [{ kind: 'positive-control', control: 1, champion: 0.998 }] })
  })

  it('applies a strict limit', () => {
    const candidate = model('candidate', rows, (row) => row % 20 !== 0)
    const high = challenger('0.03', { primary: { ...accuracy, minValue: '0.96' } })
    const strict = decide(high, { rows, candidate, champion })
    const missed = { criterion: { kind: 'minimum', limit: '0.96' }, result: 'fail' }
    expect(strict).toMatchObject({ verdict: 'reject', reason: { checks: [missed] } })
  })
})

describe('a paired refresh comparison', () => {
  const rows = holdout(2000)
  const champion = model('champion', rows, (row) => row % 10 !== 0)
  const alike = model('alike', rows, (row) => row % 10 !== 3)

  it('promotes a candidate that is shown to be not worse, else is inconclusive', () => {
    expect(decide(refresh('0.03'), { rows, candidate: alike, champion })).toMatchObject({
      verdict: 'promote',
    })
    expect(decide(refresh('0.001'), { rows, candidate: alike, champion })).toMatchObject({
      verdict: 'inconclusive',
    })
  })

  it('rejects a candidate that is too far below the anchor', () => {
    const anchor = model('anchor', rows, (row) => row % 40 !== 0)
    const policy = refresh('0.03', {
      comparison: {
        kind: 'refresh',
        margin: { absolute: '0.03' },
        anchor: { version: '1', margin: { absolute: '0.04' } },
      },
    })
    const { verdict, reason } = decide(policy, { rows, candidate: alike, champion, anchor })
    const criterion = { kind: 'max-regression', amount: { absolute: '0.04' }, baseline: 'anchor' }
    expect(verdict).toBe('reject')
    expect(reason).toMatchObject({ checks: [{ kind: 'anchor', baselineName: 'anchor 1', criterion }] })
  })
})

describe('slices', () => {
  const rows = (small: number) => {
    const count = 2000
    const codes = Int32Array.from({ length: count }, (_, row) => (row < small ? 1 : 0))
    return holdout(count, { columns: new Map([['country', { codes, names: ['DE', 'FR'] }]]) })
  }
  const policy = challenger('0', {
    slices: [{ column: 'country', values: undefined, maxRegression: { absolute: '0.02' }, minSamples: 200 }],
  })
  /** A candidate that is better overall; `isRight` decides on the rows of the small slice. */
  const decideWithSlice = (small: number, isRight: (row: number) => boolean) => {
    const all = rows(small)
    const champion = model('champion', all, (row) => row % 10 !== 0)
    const candidate = model('candidate', all, (row) => (row < small ? isRight(row) : row % 50 !== 0))
    return decide(policy, { rows: all, candidate, champion })
  }

  it('must pass, each of them', () => {
    const regressed = decideWithSlice(400, (row) => row % 4 !== 0)
    expect(regressed).toMatchObject({ verdict: 'reject' })
    const slice = { column: 'country', value: 'FR' }
    expect(regressed.reason).toMatchObject({ checks: [{ subject: { metric: 'accuracy', slice } }] })
    expect(decideWithSlice(400, (row) => row % 50 !== 0)).toMatchObject({ verdict: 'promote' })
  })

  it('block if small only when they show a regression', () => {
    const few = decideWithSlice(40, (row) => row % 10 !== 1)
    expect(few).toMatchObject({ verdict: 'promote' })
    const found = few.evaluation.checks.find(({ subject }) => subject.slice?.value === 'FR')
    expect(found?.finding).toEqual({ kind: 'small-slice', units: 40, unit: 'rows', minSamples: 200 })
    expect(found?.requiredSampleSize).toBeUndefined()
    expect(decideWithSlice(40, (row) => row % 2 === 0)).toMatchObject({ verdict: 'reject' })
    // The same uncertainty in a large slice is inconclusive.
    expect(decideWithSlice(400, (row) => row % 10 !== 1)).toMatchObject({ verdict: 'inconclusive' })
  })
})

describe('paired guardrails', () => {
  it('include the disparity across groups', () => {
    const codes = Int32Array.from({ length: 1000 }, (_, row) => (row < 500 ? 0 : 1))
    const rows = holdout(1000, { columns: new Map([['sex', { codes, names: ['a', 'b'] }]]) })
    const champion = model('champion', rows, (row) => row % 5 !== 0)
    const candidate = model('candidate', rows, (row) => row < 500 || row % 5 !== 0)
    const guardrail = {
      metric: 'accuracy',
      direction: 'lower',
      statistic: 'accuracy',
      groupDisparity: 'sex',
    } as const
    const gap = { ...guardrail, maxRegression: undefined, floor: undefined, ceiling: '0.1' }
    const { verdict, reason } = decide(challenger('0', { guardrails: [gap] }), { rows, candidate, champion })
    expect(verdict).toBe('reject')
    const subject = { metric: 'accuracy', disparityAcross: 'sex' }
    const criterion = { kind: 'maximum', limit: '0.1' }
    const candidateValue = expect.closeTo(0.2)
    expect(reason).toMatchObject({
      checks: [{ subject, criterion, candidate: candidateValue, result: 'fail' }],
    })
  })
})

describe('a first model', () => {
  it('is compared with fixed limits on the rows', () => {
    const rows = holdout(100)
    const candidate = model('first', rows, (row) => row % 10 !== 0)
    const policy = (minValue: string) => challenger('0', { primary: { ...accuracy, minValue } })
    expect(decide(policy('0.9'), { rows, candidate, champion: undefined })).toMatchObject({
      verdict: 'promote',
      reason: { kind: 'first-model', metric: 'accuracy', value: 0.9, minValue: '0.9' },
    })
    expect(decide(policy('0.91'), { rows, candidate, champion: undefined })).toMatchObject({
      verdict: 'reject',
    })
  })

  it('that is worse than chance is not promoted, and rejected if it misses a limit', () => {
    const rows = holdout(100)
    const candidate = model('first', rows, (row) => row % 4 === 0)
    expect(decide(challenger('0'), { rows, candidate, champion: undefined })).toMatchObject({
      verdict: 'inconclusive',
      reason: {
        kind: 'no-evidence',
        issues: [{ problem: { kind: 'worse-than-chance', candidate: { value: 0.25, chance: 0.5 } } }],
      },
    })
    const limited = challenger('0', { primary: { ...accuracy, minValue: '0.6' } })
    expect(decide(limited, { rows, candidate, champion: undefined })).toMatchObject({ verdict: 'reject' })
  })
})

describe('models that know nothing about the rows', () => {
  const rows = holdout(400)
  const constant = (name: string): Predictions => ({
    ...model(name, rows, () => true),
    classes: new Int32Array(400),
  })

  it('are never promoted, though they may be rejected', () => {
    const equal = { rows, candidate: constant('a'), champion: constant('b') }
    expect(decide(refresh('0.1'), equal)).toMatchObject({
      verdict: 'inconclusive',
      reason: { kind: 'no-evidence', issues: [{ problem: { kind: 'no-better-than-chance' } }] },
    })
    const limited = refresh('0.1', { primary: { ...accuracy, minValue: '0.6' } })
    expect(decide(limited, equal)).toMatchObject({ verdict: 'reject' })
  })

  it('are compared with one that does', () => {
    const candidate = model('candidate', rows, (row) => row % 10 !== 0)
    expect(decide(challenger('0.1'), { rows, candidate, champion: constant('b') })).toMatchObject({
      verdict: 'promote',
    })
    expect(decide(challenger('0.1'), { rows, candidate: constant('b'), champion: candidate })).toMatchObject({
      verdict: 'reject',
    })
  })
})
