import { describe, expect, it } from 'vitest'
import { policy, problems } from '../../../test/fakes/policy-text.ts'
import type { GateInputs } from './gate-policy.ts'

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
  it('lays a model over the defaults, key by key; lists are replaced', () => {
    const own = policy(file, {}, 'fraud-eu')
    expect(own.comparison).toEqual({ kind: 'challenger', minImprovement: { absolute: '0.01' } })
    expect(own.statistics).toMatchObject({ confidence: 0.99, resamples: 300 })
    expect(own.guardrails).toEqual([])
    expect(policy(file, {}, 'unnamed').guardrails).toHaveLength(1)
  })

  it('drops what belongs to the kind that a stronger layer replaces', () => {
    expect(policy(file, {}, 'fresh').comparison).toMatchObject({ kind: 'refresh' })
    const byInput = policy(file, { kind: 'challenger' }, 'fresh')
    expect(byInput.comparison).toEqual({ kind: 'challenger', minImprovement: { absolute: '0' } })
    expect(policy(file, { kind: 'challenger' }, 'unnamed').comparison).toEqual({
      kind: 'challenger',
      minImprovement: { absolute: '0.005' },
    })
  })

  it('lets an input go before the file, and the direction of one metric never speak for another', () => {
    const text = 'metric: cost\ndirection: lower'
    const limited = `${text}\nmin_value: 5`
    expect(policy(limited, { 'min-value': '4' }).primary).toMatchObject({ minValue: '4', direction: 'lower' })
    expect(policy(text, { metric: 'accuracy' }).primary).toMatchObject({
      metric: 'accuracy',
      direction: 'higher',
    })
  })

  it('asks of no metric what was given for another', () => {
    const rows = 'holdout: {path: h.csv}, evaluate: {run: x}'
    const over = (defaults: string, own: string) =>
      `defaults:\n  gate: {${defaults}}\nmodels:\n  m:\n    gate: {${own}}\n`
    const refresh = 'metric: auc, kind: refresh, margin: 0.01, anchor: {version: 1, margin: 0.02}'
    const both = `${refresh}, min_value: 0.8, slices: [{column: c, max_regression: 0.1}], ${rows}`
    expect(problems(over(both, 'metric: rmse'), {}, 'm')).toEqual([
      'policy: gate.yml, line 5: metric is "rmse", but the policy gives min_value and margin and anchor and slices for "auc"; give them for this metric, too',
    ])
    const short = 'metric: auc, min_improvement: 0.01'
    expect(problems(over(short, 'metric: rmse'), {}, 'm')).toEqual([
      expect.stringContaining('line 5: metric is "rmse", but the policy gives min_improvement for "auc"'),
    ])
    expect(problems('metric: auc\nmin_value: 0.8', { metric: 'rmse' })).toEqual([
      'metric: is "rmse", but the policy gives min_value for "auc"; give them for this metric, too',
    ])
  })

  it.each<[string, string, string, GateInputs]>([
    ['gives them, too', 'metric: auc, min_value: 0.8', 'metric: rmse, min_value: 3', {}],
    ['is of another kind', 'metric: auc, min_improvement: 0.1', 'metric: rmse, kind: refresh, margin: 1', {}],
    ['names the same', 'metric: auc, min_value: 0.8', 'metric: auc', { metric: 'auc' }],
    ['is the only one with a metric', 'min_value: 0.8', 'metric: auc', {}],
    ['keeps no slice', 'metric: auc, slices: []', 'metric: rmse', {}],
    ['is mended by an input', 'metric: auc, min_value: 0.8', 'metric: rmse', { 'min-value': '3' }],
    ['is strengthened', 'metric: auc', 'min_value: 0.8', {}],
  ])('lets a layer name its metric where it %s', (_what, defaults, own, inputs) => {
    const text = `defaults: {gate: {${defaults}}}\nmodels: {m: {gate: {${own}}}}`
    expect(problems(text, inputs, 'm')).toEqual([])
  })

  it.each(['Digits', 'DIGITS', 'dig its'])('takes %s for a slip of digits, not for another model', (name) => {
    const text = `defaults: {gate: {metric: auc}}\nmodels:\n  ${name}: {gate: {metric: f1}}\n`
    expect(problems(text)).toEqual([
      `policy: gate.yml, line 3: "${name}" and the model "digits" differ only in case or blanks; write the name as the registry has it`,
    ])
    expect(problems(text, {}, name)).toEqual([])
    expect(problems(`${text}  digits: {gate: {metric: recall}}`)).toEqual([])
    expect(problems(text, {}, 'digits2')).toEqual([])
  })

  it.each([
    'version: 1',
    'defaults: {}',
    'models: {digits: {}}',
    'models: {}',
    'models: {a: {gate: {metric: f1}}}',
  ])('says where a model has no gate: %s', (text) =>
    expect(problems(text, { metric: 'auc' })).toEqual([expect.stringContaining('holds no gate for the')]),
  )

  it('says where a model has no gate', () => {
    expect(problems('models: {a: {gate: {metric: auc}}}', {}, 'b')).toEqual([
      'policy: gate.yml: holds no gate for the model "b"; write one in defaults or models',
    ])
    expect(problems('models: {a: {gate: {metric: auc}}}', {}, '__proto__')).toHaveLength(1)
  })

  it('has a dry run where either side asks for one', () => {
    const dry = 'metric: auc\ndecision: {mode: dry-run}'
    expect(policy(dry, { mode: 'enforce' }).decision.mode).toBe('dry-run')
    expect(policy('metric: auc', { mode: 'dry-run' }).decision.mode).toBe('dry-run')
    expect(policy('metric: auc', { mode: 'enforce' }).decision.mode).toBe('enforce')
  })
})
