import { describe, expect, it } from 'vitest'
import { parsedPolicy, policyProblems } from '../../test/fakes/policy-text.ts'
import type { PolicyOverrides } from './gate-policy.ts'

describe('the whole file', () => {
  const file = `
version: 1
defaults:
  gate:
    metric: accuracy
    min_improvement: 0.005
    statistics: {confidence: 0.9, resamples: 300}
    guardrails: [{metric: recall, floor: 0.7}]
models:
  fraud-eu:
    gate: {min-improvement: 0.01, statistics: {confidence: 0.99}, guardrails: []}
  fresh:
    gate: {kind: refresh, margin: 0.01}
  other:
    gate: {metric: rmse}
`
  it('merges a model into the defaults key by key, and replaces lists', () => {
    const policy = parsedPolicy(file, {}, 'fraud-eu')
    expect(policy.comparison).toEqual({ kind: 'challenger', minImprovement: { absolute: '0.01' } })
    expect(policy.statistics).toMatchObject({ confidence: 0.99, resamples: 300 })
    expect(policy.guardrails).toEqual([])
    expect(parsedPolicy(file, {}, 'unnamed').guardrails).toHaveLength(1)
  })

  it('drops keys of a kind that a stronger layer replaces', () => {
    expect(parsedPolicy(file, {}, 'fresh').comparison).toMatchObject({ kind: 'refresh' })
    const byInput = parsedPolicy(file, { kind: 'challenger' }, 'fresh')
    expect(byInput.comparison).toEqual({ kind: 'challenger', minImprovement: { absolute: '0' } })
    expect(parsedPolicy(file, { kind: 'challenger' }, 'unnamed').comparison).toEqual({
      kind: 'challenger',
      minImprovement: { absolute: '0.005' },
    })
  })

  it('lets an input override the file, and drops the direction of another metric', () => {
    const text = 'metric: cost\ndirection: lower'
    const limited = `${text}\nmin_value: 5`
    expect(parsedPolicy(limited, { 'min-value': '4' }).primary).toMatchObject({
      minValue: '4',
      direction: 'lower',
    })
    expect(parsedPolicy(text, { metric: 'accuracy' }).primary).toMatchObject({
      metric: 'accuracy',
      direction: 'higher',
    })
  })

  it('reports limits that were set for another metric', () => {
    const rows = 'holdout: {path: h.csv}, evaluate: {run: x}'
    const over = (defaults: string, own: string) =>
      `defaults:\n  gate: {${defaults}}\nmodels:\n  m:\n    gate: {${own}}\n`
    const refresh = 'metric: auc, kind: refresh, margin: 0.01, anchor: {version: 1, margin: 0.02}'
    const both = `${refresh}, min_value: 0.8, slices: [{column: c, max_regression: 0.1}], ${rows}`
    expect(policyProblems(over(both, 'metric: rmse'), {}, 'm')).toEqual([
      'policy: gate.yml, line 5: metric is "rmse", but the policy sets min_value and margin and anchor and slices for "auc". Set them for this metric too',
    ])
    const short = 'metric: auc, min_improvement: 0.01'
    expect(policyProblems(over(short, 'metric: rmse'), {}, 'm')).toEqual([
      expect.stringContaining('line 5: metric is "rmse", but the policy sets min_improvement for "auc"'),
    ])
    expect(policyProblems('metric: auc\nmin_value: 0.8', { metric: 'rmse' })).toEqual([
      'metric: is "rmse", but the policy sets min_value for "auc". Set them for this metric too',
    ])
  })

  it.each<[string, string, string, PolicyOverrides]>([
    ['sets them too', 'metric: auc, min_value: 0.8', 'metric: rmse, min_value: 3', {}],
    ['is of another kind', 'metric: auc, min_improvement: 0.1', 'metric: rmse, kind: refresh, margin: 1', {}],
    ['names the same', 'metric: auc, min_value: 0.8', 'metric: auc', { metric: 'auc' }],
    ['is the only layer with a metric', 'min_value: 0.8', 'metric: auc', {}],
    ['keeps no slice', 'metric: auc, slices: []', 'metric: rmse', {}],
    ['is completed by an input', 'metric: auc, min_value: 0.8', 'metric: rmse', { 'min-value': '3' }],
    ['is overridden with a limit', 'metric: auc', 'min_value: 0.8', {}],
  ])('accepts a layer with a metric that %s', (_what, defaults, own, inputs) => {
    const text = `defaults: {gate: {${defaults}}}\nmodels: {m: {gate: {${own}}}}`
    expect(policyProblems(text, inputs, 'm')).toEqual([])
  })

  it.each(['Digits', 'DIGITS', 'dig its'])('reports %s as a misspelling of digits', (name) => {
    const text = `defaults: {gate: {metric: auc}}\nmodels:\n  ${name}: {gate: {metric: f1}}\n`
    expect(policyProblems(text)).toEqual([
      `policy: gate.yml, line 3: "${name}" differs from the model "digits" only in case or blanks. Use the name in the registry`,
    ])
    expect(policyProblems(text, {}, name)).toEqual([])
    expect(policyProblems(`${text}  digits: {gate: {metric: recall}}`)).toEqual([])
    expect(policyProblems(text, {}, 'digits2')).toEqual([])
  })

  it.each([
    'version: 1',
    'defaults: {}',
    'models: {digits: {}}',
    'models: {}',
    'models: {a: {gate: {metric: f1}}}',
  ])('reports a model without a gate: %s', (text) =>
    expect(policyProblems(text, { metric: 'auc' })).toEqual([expect.stringContaining('has no gate for the')]),
  )

  it('reports a model without a gate by name', () => {
    expect(policyProblems('models: {a: {gate: {metric: auc}}}', {}, 'b')).toEqual([
      'policy: gate.yml: has no gate for the model "b". Add one in defaults or models',
    ])
    expect(policyProblems('models: {a: {gate: {metric: auc}}}', {}, '__proto__')).toHaveLength(1)
  })

  it('is a dry run if the policy or the input asks for one', () => {
    const dry = 'metric: auc\ndecision: {mode: dry-run}'
    expect(parsedPolicy(dry, { mode: 'enforce' }).decision.mode).toBe('dry-run')
    expect(parsedPolicy('metric: auc', { mode: 'dry-run' }).decision.mode).toBe('dry-run')
    expect(parsedPolicy('metric: auc', { mode: 'enforce' }).decision.mode).toBe('enforce')
  })
})
