import { describe, expect, it } from 'vitest'
import { aPolicy } from '../../../test/fakes/gate-policy.ts'
import type { Comparison, GatePolicy, Guardrail } from './policy.ts'
import { hold } from './trial.ts'

const results = (
  policy: GatePolicy,
  own: Record<string, number>,
  theirs: Record<string, number>,
  more: { storedRows?: number; anchor?: Record<string, number> } = {},
) =>
  hold({
    policy,
    candidate: { name: 'candidate', metrics: new Map(Object.entries(own)) },
    champion: { name: 'champion 3', metrics: new Map(Object.entries(theirs)) },
    anchor: more.anchor && { name: 'anchor 1', metrics: new Map(Object.entries(more.anchor)) },
    scored: undefined,
    storedRows: more.storedRows,
  })
const first = (...given: Parameters<typeof results>) => results(...given).checks[0]

const refresh = (absolute: string, anchor?: string): Comparison => ({
  kind: 'refresh',
  margin: { absolute },
  anchor: anchor === undefined ? undefined : { version: '1', margin: { absolute: anchor } },
})

describe('a refresh by stored values', () => {
  it.each([
    [0.9, 0.9, 'holds', /equal/],
    [0.89, 0.9, 'holds', /worse by 0.01, and 0.01 is allowed/],
    [0.8899, 0.9, 'fails', /worse by 0.0101/],
    [0.95, 0.9, 'holds', /better by 0.05/],
  ])('%d against %d %s', (own, theirs, result, why) => {
    const check = first(aPolicy({ comparison: refresh('0.01') }), { auc: own }, { auc: theirs })
    expect(check).toMatchObject({ result, why: expect.stringMatching(why) })
  })

  it('may not creep away from its anchor', () => {
    const policy = aPolicy({ comparison: refresh('0.01', '0.02') })
    const { checks } = results(policy, { auc: 0.87 }, { auc: 0.875 }, { anchor: { auc: 0.9 } })
    expect(checks.map(({ kind, result }) => [kind, result])).toEqual([
      ['primary', 'holds'],
      ['anchor', 'fails'],
    ])
  })
})

describe('a share of the champion', () => {
  const policy = aPolicy({ comparison: { kind: 'challenger', minImprovement: { relative: '0.1' } } })
  it.each([
    [0.66, 0.6, 'holds'],
    [0.6599, 0.6, 'fails'],
    [-0.44, -0.5, 'holds'],
    [-0.46, -0.5, 'fails'],
    [0.5, 0, 'undecided'],
  ])('%d against %d %s', (own, theirs, result) => {
    expect(first(policy, { auc: own }, { auc: theirs })?.result).toBe(result)
  })
})

describe('guardrails by stored values', () => {
  const latency: Guardrail = {
    metric: 'p95_latency_ms',
    direction: 'lower',
    statistic: undefined,
    maxRegression: { relative: '0.10' },
    floor: undefined,
    ceiling: '120',
    across: undefined,
  }
  const policy = aPolicy({ guardrails: [latency] })
  it.each([
    [{ p95_latency_ms: 110 }, { p95_latency_ms: 100 }, ['holds', 'holds']],
    [{ p95_latency_ms: 110.1 }, { p95_latency_ms: 100 }, ['holds', 'fails']],
    [{ p95_latency_ms: 120.5 }, { p95_latency_ms: 115 }, ['fails', 'holds']],
    [{}, { p95_latency_ms: 100 }, ['fails', 'fails']],
    [{ p95_latency_ms: 100 }, {}, ['holds', 'undecided']],
    [{ p95_latency_ms: Number.NaN }, { p95_latency_ms: 100 }, ['fails', 'fails']],
  ])('%j against %j', (own, theirs, expected) => {
    const { checks } = results(policy, { auc: 1, ...own }, { auc: 0.5, ...theirs })
    expect(checks.filter(({ kind }) => kind === 'guardrail').map(({ result }) => result)).toEqual(expected)
  })
})

describe('two proportions and how many rows they are of', () => {
  const accuracy = {
    metric: 'accuracy',
    direction: 'higher',
    statistic: 'accuracy',
    minValue: undefined,
  } as const
  const policy = aPolicy({
    primary: accuracy,
    comparison: { kind: 'challenger', minImprovement: { absolute: '0.01' } },
  })
  it.each([
    [0.95, 0.9, 1000, 'holds'],
    [0.95, 0.9, 100, 'undecided'],
    [0.85, 0.9, 2000, 'fails'],
  ])('%d against %d on %d rows %s', (own, theirs, storedRows, result) => {
    const trial = results(policy, { accuracy: own }, { accuracy: theirs }, { storedRows })
    expect(trial.checks[0]).toMatchObject({ result, change: { paired: false } })
    expect(trial.notes.join()).toContain('not tested on the same rows')
  })

  it('are compared in the direction of the metric', () => {
    const errors = {
      metric: 'error_rate',
      direction: 'lower',
      statistic: 'accuracy',
      minValue: undefined,
    } as const
    const lower = aPolicy({
      primary: errors,
      comparison: { kind: 'challenger', minImprovement: { absolute: '0' } },
    })
    const check = (own: number, theirs: number) =>
      first(lower, { error_rate: own }, { error_rate: theirs }, { storedRows: 1000 })
    expect(check(0.1, 0.5)).toMatchObject({ result: 'holds', change: { estimate: 0.4 } })
    expect(check(0.5, 0.1)).toMatchObject({ result: 'fails', change: { estimate: -0.4 } })
  })

  it('are just two numbers where nobody knows', () => {
    const trial = results(policy, { accuracy: 0.95 }, { accuracy: 0.9 })
    expect(trial.checks[0]?.change).toBeUndefined()
    expect(trial.notes.join()).toContain('not tested on the same rows')
  })
})

describe('the self-tests of stored values', () => {
  it.each<[string, Comparison, 'higher' | 'lower', number]>([
    ['challenger', { kind: 'challenger', minImprovement: { absolute: '0.01' } }, 'higher', 3],
    ['challenger, at all', { kind: 'challenger', minImprovement: { absolute: '0' } }, 'lower', 3],
    ['challenger, a share', { kind: 'challenger', minImprovement: { relative: '0.1' } }, 'lower', 3],
    ['refresh', refresh('0.01'), 'higher', 1],
    ['threshold', { kind: 'threshold' }, 'higher', 0],
  ])('are asked and passed: %s', (_, comparison, direction, asked) => {
    const primary = { metric: 'auc', direction, statistic: undefined, minValue: undefined }
    const { selfTests } = results(aPolicy({ primary, comparison }), { auc: 0.9 }, { auc: 0.7 })
    expect(selfTests.map(({ passed }) => passed)).toEqual(Array.from({ length: asked }, () => true))
  })
})
