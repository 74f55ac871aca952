import { describe, expect, it } from 'vitest'
import { fakePolicy } from '../../../../test/fakes/gate-policy.ts'
import { formatDecimal } from '../../core/decimal.ts'
import type { Comparison, GatePolicy, Guardrail } from '../criteria/gate-policy.ts'
import { evaluate } from './evaluate.ts'

const results = (
  policy: GatePolicy,
  candidate: Record<string, number>,
  champion: Record<string, number>,
  more: { loggedRowCount?: number; anchor?: Record<string, number> } = {},
) =>
  evaluate({
    policy,
    candidate: { name: 'candidate', metrics: new Map(Object.entries(candidate)) },
    champion: { name: 'champion 3', metrics: new Map(Object.entries(champion)) },
    anchor: more.anchor && { name: 'anchor 1', metrics: new Map(Object.entries(more.anchor)) },
    scored: undefined,
    loggedRowCount: more.loggedRowCount,
  })
const firstCheck = (...given: Parameters<typeof results>) => results(...given).checks[0]

const refresh = (absolute: string, anchor?: string): Comparison => ({
  kind: 'refresh',
  margin: { absolute },
  anchor: anchor === undefined ? undefined : { version: '1', margin: { absolute: anchor } },
})

describe('a refresh by logged metrics', () => {
  it.each([
    [0.9, 0.9, 'pass', '0'],
    [0.89, 0.9, 'pass', '-0.01'],
    [0.8899, 0.9, 'fail', '-0.0101'],
    [0.95, 0.9, 'pass', '0.05'],
  ])('%d against %d %s', (candidate, champion, result, gain) => {
    const check = firstCheck(
      fakePolicy({ comparison: refresh('0.01') }),
      { auc: candidate },
      { auc: champion },
    )
    expect(check).toMatchObject({ result, finding: { kind: 'gain' } })
    expect(check?.finding.kind === 'gain' && formatDecimal(check.finding.gain)).toBe(gain)
  })

  it.each([
    ['0.01 worse in 32 bits', Math.fround(0.8), Math.fround(0.81), '0.01', 'pass', '-0.01'],
    ['equal, one in 32 bits', Math.fround(0.8), 0.8, '0', 'pass', '0'],
    ['equal without a short decimal', 1 / 3, Math.fround(1 / 3), '0', 'pass', '0'],
    ['worse by one digit', Math.fround(0.7999), 0.8, '0', 'fail', '-0.0001'],
  ])('%s', (_, candidate, champion, margin, result, gain) => {
    const check = firstCheck(
      fakePolicy({ comparison: refresh(margin) }),
      { auc: candidate },
      { auc: champion },
    )
    expect(check?.result).toBe(result)
    expect(check?.finding.kind === 'gain' && formatDecimal(check.finding.gain)).toBe(gain)
  })

  it('compares 32-bit floats with limits and margins as decimals', () => {
    const policy = fakePolicy({ comparison: { kind: 'challenger', minImprovement: { absolute: '0.01' } } })
    const limited = { ...policy, primary: { ...policy.primary, minValue: '0.81' } }
    const { checks } = results(limited, { auc: Math.fround(0.81) }, { auc: Math.fround(0.8) })
    expect(checks.map(({ kind, result }) => [kind, result])).toEqual([
      ['limit', 'pass'],
      ['primary', 'pass'],
    ])
  })

  it.each([
    // Means of five folds and one minus a share, of which 0.01 may be missing by a rounding error.
    ['0.01', 0.8099999999999999, 0.8, 'pass', '0.01'],
    ['0.01', 1 - 0.91 + 0.01, 0.09, 'pass', '0.01'],
    // The same model, with its sum in another order.
    ['0', 0.9123456789012346, 0.9123456789012345, 'fail', '0'],
    ['0', 0.81, 0.8099999999999999, 'fail', '0'],
  ])(
    'drops rounding errors: at least %s better, %d against %d: %s',
    (amount, candidate, champion, ...expected) => {
      const policy = fakePolicy({ comparison: { kind: 'challenger', minImprovement: { absolute: amount } } })
      const check = firstCheck(policy, { auc: candidate }, { auc: champion })
      const gain = check?.finding.kind === 'gain' && formatDecimal(check.finding.gain)
      expect([check?.result, gain]).toEqual(expected)
    },
  )

  it('fails if too far below the anchor', () => {
    const policy = fakePolicy({ comparison: refresh('0.01', '0.02') })
    const { checks } = results(policy, { auc: 0.87 }, { auc: 0.875 }, { anchor: { auc: 0.9 } })
    expect(checks.map(({ kind, result }) => [kind, result])).toEqual([
      ['primary', 'pass'],
      ['anchor', 'fail'],
    ])
  })
})

describe('a relative margin', () => {
  const policy = fakePolicy({
    primary: { metric: 'auc', direction: 'higher', statistic: 'r2', minValue: undefined },
    comparison: { kind: 'challenger', minImprovement: { relative: '0.1' } },
  })
  it.each([
    [0.66, 0.6, 'pass'],
    [0.6599, 0.6, 'fail'],
    [-0.44, -0.5, 'pass'],
    [-0.46, -0.5, 'fail'],
    [0.5, 0, 'inconclusive'],
  ])('%d against %d %s', (candidate, champion, result) => {
    expect(firstCheck(policy, { auc: candidate }, { auc: champion })?.result).toBe(result)
  })
})

describe('guardrails by logged metrics', () => {
  const latency: Guardrail = {
    metric: 'p95_latency_ms',
    direction: 'lower',
    statistic: undefined,
    maxRegression: { relative: '0.10' },
    floor: undefined,
    ceiling: '120',
    groupDisparity: undefined,
  }
  const policy = fakePolicy({ guardrails: [latency] })
  it.each([
    [{ p95_latency_ms: 110 }, { p95_latency_ms: 100 }, ['pass', 'pass']],
    [{ p95_latency_ms: 110.1 }, { p95_latency_ms: 100 }, ['pass', 'fail']],
    [{ p95_latency_ms: 120.5 }, { p95_latency_ms: 115 }, ['fail', 'pass']],
    [{}, { p95_latency_ms: 100 }, ['fail', 'fail']],
    [{ p95_latency_ms: 100 }, {}, ['pass', 'inconclusive']],
    [{ p95_latency_ms: Number.NaN }, { p95_latency_ms: 100 }, ['fail', 'fail']],
  ])('%j against %j', (candidate, champion, expected) => {
    const { checks } = results(policy, { auc: 1, ...candidate }, { auc: 0.5, ...champion })
    expect(checks.filter(({ kind }) => kind === 'guardrail').map(({ result }) => result)).toEqual(expected)
  })
})

describe('a value that its metric cannot have', () => {
  const rule = (metric: string, direction: 'higher' | 'lower' = 'higher') => ({
    metric,
    direction,
    statistic: undefined,
    minValue: undefined,
  })
  const summarize = (...given: Parameters<typeof results>) =>
    results(...given).checks.map(({ kind, result, finding }) => [kind, result, finding.kind])

  it.each([
    ['ndcg_at_10', 61.2, 0.783, 'higher'],
    ['accuracy', 90.4, 0.912, 'higher'],
    ['r2', 1.2, 0.7, 'higher'],
    ['rmse', -3.1, 2.9, 'lower'],
    ['log_loss', -0.4, 0.5, 'lower'],
    ['mcc', 1.4, 0.6, 'higher'],
  ] as const)(
    '%s: %d of the candidate fails, and of the champion is inconclusive',
    (metric, odd, fine, direction) => {
      const policy = fakePolicy({ primary: rule(metric, direction) })
      const impossible = 'impossible-value'
      expect(summarize(policy, { [metric]: odd }, { [metric]: fine })).toEqual([
        ['limit', 'fail', impossible],
        ['primary', 'fail', impossible],
      ])
      expect(summarize(policy, { [metric]: fine }, { [metric]: odd })).toEqual([
        ['primary', 'inconclusive', impossible],
      ])
    },
  )

  it('fails instead of a limit that it would meet', () => {
    const policy = fakePolicy({
      primary: { ...rule('recall'), minValue: '0.8' },
      comparison: { kind: 'threshold' },
    })
    expect(summarize(policy, { recall: 85 }, {})).toEqual([['limit', 'fail', 'impossible-value']])
  })

  it('counts in guardrails and against the anchor', () => {
    const guardrail = (metric: string, changes: Partial<Guardrail>): Guardrail => ({
      ...rule(metric),
      maxRegression: undefined,
      floor: undefined,
      ceiling: undefined,
      groupDisparity: undefined,
      ...changes,
    })
    const maxRegression = { absolute: '0.01' }
    const policy = fakePolicy({
      comparison: refresh('0.01', '0.02'),
      guardrails: [guardrail('recall', { floor: '0.7' }), guardrail('f1', { maxRegression })],
    })
    const anchor = { auc: 91 }
    expect(summarize(policy, { auc: 0.9, recall: 85, f1: 0.8 }, { auc: 0.9, f1: 80 }, { anchor })).toEqual([
      ['primary', 'pass', 'gain'],
      ['anchor', 'inconclusive', 'impossible-value'],
      ['guardrail', 'fail', 'impossible-value'],
      ['guardrail', 'inconclusive', 'impossible-value'],
    ])
  })

  it('is judged by the statistic of the policy, with the rounding of float32', () => {
    const top1 = fakePolicy({ primary: { ...rule('top1'), statistic: 'accuracy' } })
    expect(summarize(top1, { top1: 91 }, { top1: 0.9 })[0]).toEqual(['limit', 'fail', 'impossible-value'])
    expect(summarize(top1, { top1: 1.0000001192092896 }, { top1: 0.9 })).toEqual([
      ['primary', 'pass', 'gain'],
    ])
    expect(summarize(fakePolicy({ primary: rule('top1') }), { top1: 91 }, { top1: 90 })).toEqual([
      ['primary', 'pass', 'gain'],
    ])
  })
})

describe('two logged values that are far apart', () => {
  it.each([
    [41.2, 0.41, 'inconclusive'],
    [0.41, 41.2, 'inconclusive'],
    [0.41, 0.4, 'pass'],
  ])('%d against %d of map@50 is %s', (candidate, champion, result) => {
    const primary = {
      metric: 'map@50',
      direction: 'higher',
      statistic: undefined,
      minValue: undefined,
    } as const
    const check = firstCheck(fakePolicy({ primary }), { 'map@50': candidate }, { 'map@50': champion })
    expect(check?.result).toBe(result)
  })

  it.each([
    ['rmse', 11.8, 12_000, true],
    ['rmse', 12_000, 11.8, true],
    ['map@50', 41.2, 0.41, true],
    ['revenue', -3, -0.2, true],
    ['rmse', 11.8, 21, false],
    // A share of 0.9 after one of 0.05 is a better model.
    ['accuracy', 0.9, 0.05, false],
    ['r2', 0.9, -12, false],
    ['log_loss', 0.2, 0, false],
    ['rmse', 11.8, Number.NaN, false],
  ])('%s: %d against %d is noted as another unit: %s', (metric, candidate, champion, isNoted) => {
    const primary = { metric, direction: 'higher', statistic: undefined, minValue: undefined } as const
    const { notes } = results(fakePolicy({ primary }), { [metric]: candidate }, { [metric]: champion })
    expect(notes.map(({ kind }) => kind)).toEqual(['logged-metrics', ...(isNoted ? ['other-unit'] : [])])
  })
})

describe('two logged values of auc', () => {
  it.each([
    [0.2548, 0.02629, 'verdict'],
    [0.1, 0.3, 'verdict'],
    [0.5, 0.4, 'promotion'],
    [0.5, 0.5, 'promotion'],
    [0.51, 0.02, undefined],
    [0.1, 0.9, undefined],
    [Number.NaN, 0.3, undefined],
    [61.2, 0.3, undefined],
  ])('%d against %d, no better than a coin, block a %s', (candidate, champion, blocks) => {
    const { issues } = results(fakePolicy(), { auc: candidate }, { auc: champion })
    expect(issues.map((issue) => issue.blocks)).toEqual(blocks === undefined ? [] : [blocks])
    const accuracy = {
      metric: 'auc',
      direction: 'higher',
      statistic: 'accuracy',
      minValue: undefined,
    } as const
    expect(results(fakePolicy({ primary: accuracy }), { auc: candidate }, { auc: champion }).issues).toEqual(
      [],
    )
  })
})

describe('two proportions', () => {
  const accuracy = {
    metric: 'accuracy',
    direction: 'higher',
    statistic: 'accuracy',
    minValue: undefined,
  } as const
  const policy = fakePolicy({
    primary: accuracy,
    comparison: { kind: 'challenger', minImprovement: { absolute: '0.01' } },
  })
  it.each([
    [0.95, 0.9, 1000, 'pass'],
    [0.95, 0.9, 100, 'inconclusive'],
    [0.85, 0.9, 2000, 'fail'],
  ])('%d against %d on %d rows %s', (candidate, champion, loggedRowCount, result) => {
    const evaluation = results(policy, { accuracy: candidate }, { accuracy: champion }, { loggedRowCount })
    expect(evaluation.checks[0]).toMatchObject({ result, change: { paired: false } })
    expect(evaluation.notes).toEqual([{ kind: 'logged-proportions' }])
  })

  it('are compared in the direction of the metric', () => {
    const errors = {
      metric: 'error_rate',
      direction: 'lower',
      statistic: 'accuracy',
      minValue: undefined,
    } as const
    const lower = fakePolicy({
      primary: errors,
      comparison: { kind: 'challenger', minImprovement: { absolute: '0' } },
    })
    const check = (candidate: number, champion: number) =>
      firstCheck(lower, { error_rate: candidate }, { error_rate: champion }, { loggedRowCount: 1000 })
    expect(check(0.1, 0.5)).toMatchObject({ result: 'pass', change: { estimate: 0.4 } })
    expect(check(0.5, 0.1)).toMatchObject({ result: 'fail', change: { estimate: -0.4 } })
  })

  it('have no interval without a number of rows', () => {
    const evaluation = results(policy, { accuracy: 0.95 }, { accuracy: 0.9 })
    expect(evaluation.checks[0]?.change).toBeUndefined()
    expect(evaluation.notes).toEqual([{ kind: 'logged-metrics' }])
  })
})

describe('the self-tests of logged metrics', () => {
  it.each<[string, Comparison, 'higher' | 'lower', number]>([
    ['challenger', { kind: 'challenger', minImprovement: { absolute: '0.01' } }, 'higher', 3],
    ['challenger, any improvement', { kind: 'challenger', minImprovement: { absolute: '0' } }, 'lower', 3],
    ['challenger, relative', { kind: 'challenger', minImprovement: { relative: '0.1' } }, 'lower', 3],
    ['refresh', refresh('0.01'), 'higher', 1],
    ['threshold', { kind: 'threshold' }, 'higher', 0],
  ])('run and pass: %s', (_, comparison, direction, count) => {
    const primary = { metric: 'auc', direction, statistic: undefined, minValue: undefined }
    const { selfTests } = results(fakePolicy({ primary, comparison }), { auc: 0.9 }, { auc: 0.7 })
    expect(selfTests.map(({ passed }) => passed)).toEqual(Array.from({ length: count }, () => true))
  })
})

describe('a candidate with the best possible value', () => {
  it.each<[string, 'higher' | 'lower', number, object, boolean]>([
    ['accuracy', 'higher', 0.9, { absolute: '0.5' }, false],
    ['accuracy', 'higher', 0.9, { relative: '5' }, false],
    ['accuracy', 'higher', 0.9, { absolute: '0.1' }, true],
    ['accuracy', 'higher', 0.9, { relative: '0.05' }, true],
    ['accuracy', 'higher', 0.995, { absolute: '0.01' }, false],
    ['accuracy', 'higher', 1, { absolute: '0' }, true],
    ['accuracy', 'higher', 1.000001, { absolute: '0' }, true],
    ['mae', 'lower', 4, { relative: '5' }, false],
    ['mae', 'lower', 4, { absolute: '4' }, true],
    ['r2', 'higher', -3, { absolute: '0.9' }, true],
    ['wape', 'lower', 4, { relative: '5' }, true],
  ])('can have a %s that is %s than %d by %o: %s', (metric, direction, champion, amount, passes) => {
    const statistic = metric === 'wape' ? undefined : metric
    const comparison = { kind: 'challenger', minImprovement: amount } as Comparison
    const policy = fakePolicy({ primary: { metric, direction, statistic, minValue: undefined }, comparison })
    const { issues } = results(policy, { [metric]: champion }, { [metric]: champion })
    expect(issues).toHaveLength(passes ? 0 : 1)
    if (!passes) expect(issues[0]).toMatchObject({ blocks: 'verdict', problem: { champion } })
  })
})
