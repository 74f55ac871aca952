import { describe, expect, it } from 'vitest'
import type { GatePolicy } from '../../domain/gate/policy.ts'
import { type GateInputs, gatePolicy } from './gate-policy.ts'

function read(text: string | undefined, inputs: GateInputs = {}, model = 'digits') {
  const document = text === undefined ? undefined : { text, where: 'gate.yml' }
  return gatePolicy(document, inputs, model)
}

function policy(...given: Parameters<typeof read>): GatePolicy {
  const answer = read(...given)
  if ('problems' in answer) throw new Error(JSON.stringify(answer.problems))
  return answer.policy
}

function problems(...given: Parameters<typeof read>): string[] {
  const answer = read(...given)
  return 'problems' in answer ? answer.problems.map(({ input, message }) => `${input}: ${message}`) : []
}

const whole = `
gate:
  kind: refresh
  metric: roc
  statistic: auc
  margin: {relative: 0.01}
  anchor: {version: 3, margin: 0.020}
  min_value: 0.80
  guardrails:
    - {metric: p95_latency_ms, direction: lower, ceiling: 120, max_regression: {relative: 0.10}}
    - {metric: accuracy, across: sex, ceiling: 0.05}
  slices:
    - {column: country, values: [DE, 49], max_regression: 0.02}
  champion: {max_age: 90d, on_stale: inconclusive, incomparable: {version: 7, by: jane, reason: schema, until: 2026-12-31}}
  comparable: {same_data: required, rows: holdout_rows}
  evaluate:
    run: |
      python score.py
    timeout: 5m
  holdout: {path: h.csv, group: user, positive: "1", training_ids: {artifact: t.csv}, training_cutoff: 2026-10-01, label_lag: 7d}
  statistics: {confidence: 0.975, resamples: 500}
  decision: {on_inconclusive: fail, max_rejections: 5}
`

describe('a policy', () => {
  it('is read whole, with what it leaves out filled in', () => {
    expect(policy(whole)).toEqual({
      primary: { metric: 'roc', direction: 'higher', statistic: 'auc', minValue: '0.80' },
      comparison: {
        kind: 'refresh',
        margin: { relative: '0.01' },
        anchor: { version: '3', margin: { absolute: '0.020' } },
      },
      guardrails: [
        {
          metric: 'p95_latency_ms',
          direction: 'lower',
          statistic: undefined,
          maxRegression: { relative: '0.10' },
          floor: undefined,
          ceiling: '120',
          across: undefined,
        },
        {
          metric: 'accuracy',
          direction: 'lower',
          statistic: 'accuracy',
          maxRegression: undefined,
          floor: undefined,
          ceiling: '0.05',
          across: 'sex',
        },
      ],
      slices: [
        { column: 'country', values: ['DE', '49'], maxRegression: { absolute: '0.02' }, minSamples: 100 },
      ],
      champion: {
        maxAge: 90 * 86_400_000,
        onStale: 'inconclusive',
        incomparable: { version: '7', by: 'jane', reason: 'schema', until: '2026-12-31' },
      },
      comparable: { sameData: 'required', sha256: 'eval.dataset_sha256', rows: { param: 'holdout_rows' } },
      predictions: {
        kind: 'evaluate',
        run: 'python score.py\n',
        shell: 'bash',
        workingDirectory: undefined,
        timeout: 300_000,
      },
      holdout: {
        source: { path: 'h.csv' },
        id: 'id',
        label: 'label',
        group: 'user',
        query: undefined,
        time: undefined,
        weight: undefined,
        positive: '1',
        trainingIds: { artifact: 't.csv' },
        trainingCutoff: { time: '2026-10-01T00:00:00.000Z' },
        labelLag: 7 * 86_400_000,
      },
      statistics: { confidence: 0.975, resamples: 500, minRows: 30, minGroups: 10 },
      decision: { mode: 'enforce', onInconclusive: 'fail', maxRejections: 5 },
    })
  })

  it('may be as short as three inputs, or four flat keys with dashes', () => {
    const short = policy(undefined, { metric: 'hit@20', 'min-value': '0.30', kind: 'threshold' })
    expect(short.primary).toEqual({
      metric: 'hit@20',
      direction: 'higher',
      statistic: 'hit@20',
      minValue: '0.30',
    })
    expect(short.comparison).toEqual({ kind: 'threshold' })
    const flat = policy('metric: score\ndirection: lower\nmin-improvement: 0.10\nmin-value: 5')
    expect(flat.primary).toEqual({
      metric: 'score',
      direction: 'lower',
      statistic: undefined,
      minValue: '5',
    })
    expect(flat.comparison).toEqual({ kind: 'challenger', minImprovement: { absolute: '0.10' } })
  })

  it.each([
    ['rmse', 'lower'],
    ['log_loss', 'lower'],
    ['accuracy', 'higher'],
    ['revenue', 'higher'],
  ])('takes the direction of %s from its name: %s', (metric, direction) =>
    expect(policy(undefined, { metric }).primary.direction).toBe(direction),
  )

  it.each([
    ['rows: 1797', { count: 1797 }],
    ['rows: {param: n}', { param: 'n' }],
    ['rows: n', { param: 'n' }],
  ])('takes %s', (rows, read) =>
    expect(policy(`metric: auc\ncomparable: {${rows}}`).comparable.rows).toEqual(read),
  )

  it.each([
    ['training_cutoff: {param: until}', 'trainingCutoff', { param: 'until' }],
    ['training_cutoff: {tag: until}', 'trainingCutoff', { tag: 'until' }],
    ['training_cutoff: 2026-10-01T10:00:00+02:00', 'trainingCutoff', { time: '2026-10-01T08:00:00.000Z' }],
    ['training_ids: ids.csv', 'trainingIds', { path: 'ids.csv' }],
  ])('takes %s', (text, key, value) => {
    const read = policy(`metric: auc\npredictions: {artifact: p.csv}\nholdout: {artifact: h.csv, ${text}}`)
    expect(read.holdout?.[key as 'trainingIds']).toEqual(value)
    expect(read.predictions).toEqual({ kind: 'artifact', artifact: 'p.csv' })
  })
})

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
