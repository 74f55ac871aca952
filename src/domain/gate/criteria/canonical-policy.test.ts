import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalizeCriteria, canonicalizePolicy } from './canonical-policy.ts'
import type { GatePolicy } from './gate-policy.ts'

const shuffled = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shuffled).reverse()
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, entry]) => [key, shuffled(entry)]),
  )
}

describe('canonicalizePolicy', () => {
  it.each([
    [{ floor: '0.10' }, { floor: '.1' }],
    [{ ceiling: '1e2' }, { ceiling: '100.0' }],
    [{ a: { absolute: '0.0' } }, { a: { absolute: '0' } }],
    [{ list: [{ metric: 'a' }, { metric: 'b' }] }, { list: [{ metric: 'b' }, { metric: 'a' }] }],
    [{ a: 1, b: undefined }, { a: 1 }],
  ])('is equal for %j and %j', (a, b) => expect(canonicalizePolicy(a)).toBe(canonicalizePolicy(b)))

  it.each([
    [{ floor: '0.1' }, { floor: '0.11' }],
    [{ floor: '1' }, { ceiling: '1' }],
    [{ version: '1.0' }, { version: '1' }],
    [{ a: { absolute: '1' } }, { a: { relative: '1' } }],
  ])('differs for %j and %j', (a, b) => expect(canonicalizePolicy(a)).not.toBe(canonicalizePolicy(b)))

  it('ignores the order of keys and lists', () => {
    const key = fc
      .stringMatching(/^[a-z]{1,8}$/)
      .filter((name) => !['floor', 'ceiling', 'absolute', 'relative'].includes(name))
    const tree = fc.letrec((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        fc.string(),
        fc.integer(),
        fc.array(tie('node'), { maxLength: 4 }),
        fc.dictionary(key, tie('node'), { maxKeys: 4 }),
      ),
    })).node
    fc.assert(
      fc.property(fc.dictionary(key, tree), (value) => {
        expect(canonicalizePolicy(shuffled(value) as object)).toBe(canonicalizePolicy(value))
      }),
    )
  })
})

describe('canonicalizeCriteria', () => {
  const rule = { metric: 'auc', direction: 'higher', statistic: 'auc' } as const
  const policy: GatePolicy = {
    primary: { ...rule, minValue: '0.80' },
    comparison: { kind: 'refresh', margin: { absolute: '0.01' }, anchor: undefined },
    guardrails: ['0.7', '0.6'].map((floor) => ({
      ...rule,
      maxRegression: undefined,
      floor,
      ceiling: undefined,
      groupDisparity: undefined,
    })),
    slices: [{ column: 'c', values: ['a', 'b'], maxRegression: { absolute: '0.1' }, minSamples: 9 }],
    champion: { maxAge: undefined, onStale: 'warn', waiver: undefined },
    comparable: { sameData: 'known', sha256: 's', rows: undefined },
    predictions: { kind: 'artifact', artifact: 'p.csv' },
    holdout: undefined,
    statistics: { confidence: 0.95, resamples: 2000, minRows: 30, minGroups: 10 },
    decision: { mode: 'enforce', onInconclusive: 'skip', maxRejections: 3 },
  }

  it.each<[string, Partial<GatePolicy>]>([
    [
      'what is allowed of a champion',
      { champion: { maxAge: 1, onStale: 'inconclusive', waiver: undefined } },
    ],
    [
      'when logged metrics compare',
      { comparable: { sameData: 'required', sha256: 't', rows: { count: 1 } } },
    ],
    ['paths', { predictions: { kind: 'artifact', artifact: 'q.csv' } }],
    [
      'what becomes of the verdict',
      { decision: { mode: 'dry-run', onInconclusive: 'fail', maxRejections: 9 } },
    ],
    ['the order of guardrails', { guardrails: policy.guardrails.toReversed() }],
    ['how a number is written', { primary: { ...rule, minValue: '.8' } }],
  ])('ignores %s', (_what, other) =>
    expect(canonicalizeCriteria({ ...policy, ...other })).toBe(canonicalizeCriteria(policy)),
  )

  it.each<[string, Partial<GatePolicy>]>([
    ['the metric that decides', { primary: { ...rule, minValue: '0.81' } }],
    ['the comparison', { comparison: { kind: 'refresh', margin: { absolute: '0.02' }, anchor: undefined } }],
    ['a guardrail', { guardrails: policy.guardrails.slice(1) }],
    ['a slice', { slices: [] }],
    ['how sure is sure', { statistics: { ...policy.statistics, resamples: 2001 } }],
  ])('includes %s', (_what, other) =>
    expect(canonicalizeCriteria({ ...policy, ...other })).not.toBe(canonicalizeCriteria(policy)),
  )
})
