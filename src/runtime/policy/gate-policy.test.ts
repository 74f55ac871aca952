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
    const text = 'metric: cost\ndirection: lower\nmin_value: 5'
    expect(policy(text, { 'min-value': '4' }).primary).toMatchObject({ minValue: '4', direction: 'lower' })
    expect(policy(text, { metric: 'accuracy' }).primary).toMatchObject({
      metric: 'accuracy',
      direction: 'higher',
    })
  })

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

describe('of a wrong policy, each line is told', () => {
  const rows = 'holdout: {path: h.csv}\nevaluate: {run: x}'
  it.each<[string, string[]]>([
    [
      'metric: auc\nmin_valu: 1\nguardrail: []\n',
      [
        'line 2: unknown key "min_valu", did you mean min_value?; known are kind, metric',
        'line 3: unknown key "guardrail", did you mean guardrails?; known are',
      ],
    ],
    [
      'metric: auc\nguardrails:\n  - {metric: x, celing: 1}\n  - metric: y\n    floor: high\n    max_regression: {relativ: 1}\n',
      [
        'line 3: unknown key "celing", did you mean ceiling?; known are metric',
        'line 5: guardrails[1].floor "high" is not a decimal number such as 0.01',
        'line 6: guardrails[1].max_regression.relative is needed and was not given',
        'line 6: unknown key "relativ", did you mean relative?',
      ],
    ],
    ['metric:', ['line 1: metric has no value']],
    ['metric: [1]', ['line 1: metric is a list or a mapping; give one value']],
    ['metric: auc\nslices: {a: 1}', ['line 2: slices is not a list; write [a, b]']],
    ['metric: auc\nchampion: 90d', ['line 2: champion is not a mapping of keys to values']],
    ['metric: auc\nchampion: {max_age: 90}', ['line 2: champion.max_age "90" is not a duration']],
    [
      'metric: auc\nstatistics: {confidence: 95, resamples: 100, min_rows: 1.5}',
      [
        'line 2: statistics.confidence is not a number above 0.5 and below 1',
        'line 2: statistics.resamples is not a whole number from 200 to 100000',
        'line 2: statistics.min_rows is not a whole number from 1',
      ],
    ],
    ['metric: auc\nmin_improvement: [1]', ['is a list or a mapping; give a number such as 0.01, or {rel']],
    ['metric: auc\nmin_improvement: 1%', ['1 means 100 points; write 0.01 for one point']],
    ['metric: auc\nmin_improvement: -1', ['line 2: min_improvement is negative; give 0 or more']],
    ['metric: auc\nmin_value: .nan', ['".nan" is not a decimal number']],
    ['metric: auc\nmin_value: 1_000', ['"1_000" is not a decimal number']],
    [
      'metric: auc\nchampion: {incomparable: {version: latest, by: x, reason: y, until: 2026-02-30}}',
      ['"latest" is not a model version', '"2026-02-30" is not a day'],
    ],
    ['environments: {prod: {alias: champion}}', ['unknown key "environments"; known are version, defaults']],
    ['defaults: {drift: {}, gate: {metric: auc}}', ['line 1: unknown key "drift"; known are gate']],
    ['version: 2\ndefaults: {gate: {metric: auc}}', ['version is not a version of this file that is known']],
    ['gate: {metric: auc}\nmetric: auc', ['line 2: unknown key "metric"; known are gate']],
    ['models: {"a/b": {gate: {metric: auc}}}', ['"a/b" is not a model name']],
    ['- auc', ['is not a mapping of keys to values']],
  ])('%j', (text, expected) => {
    const told = problems(text)
    expect(told).toHaveLength(expected.length)
    for (const [index, part] of expected.entries()) expect(told[index]).toContain(part)
  })

  it.each<[string, GateInputs, string[]]>([
    ['min_value: 1', {}, ['metric: is required and was given neither here nor in policy']],
    [
      'metric: auc\nmargin: 0.01',
      {},
      ['policy: gate.yml, line 2: margin belongs to kind refresh, and the kind is challenger; leave it out'],
    ],
    ['metric: auc', { margin: '0.01' }, ['margin: belongs to kind refresh']],
    ['metric: auc', { kind: 'refresh' }, ['kind: refresh needs a margin']],
    ['metric: auc\nkind: refresh\nmargin: 0.0', {}, ['line 3: margin is 0']],
    [
      'metric: auc\nkind: refresh\nmargin: 0.1\nmin_improvement: 0.1',
      {},
      ['line 4: min_improvement belongs to kind challenger, and the kind is refresh'],
    ],
    ['metric: auc\nanchor: {version: 1, margin: 0.1}', {}, ['line 2: anchor belongs to kind refresh']],
    ['metric: auc\nkind: threshold', {}, ['line 2: kind threshold needs a min_value']],
    [
      'metric: auc\nkind: threshold\nmin_value: 0.5\nguardrails: [{metric: x, max_regression: 1}]',
      {},
      ['line 4: guardrails[0].max_regression compares with the champion'],
    ],
    [
      'metric: accuracy',
      { 'min-improvement': '1' },
      ['min-improvement: is 1, and the metric is between 0 and 1'],
    ],
    ['metric: accuracy\nkind: refresh\nmargin: 5', {}, ['line 3: margin is 5, and the metric is between']],
    ['metric: x\nguardrails: [{metric: recall, max_regression: 2}]', {}, ['max_regression is 2, and the']],
    [
      'metric: x\nguardrails: [{metric: y, max_regression: {relative: 10}}]',
      {},
      ['is the whole value or more'],
    ],
    ['metric: x\nguardrails: [{metric: y}]', {}, ['guardrails[0] limits nothing']],
    ['metric: x\nguardrails: [{metric: y, floor: 2, ceiling: 1}]', {}, ['is above the ceiling']],
    ['metric: x\nguardrails: [{metric: val_loss, floor: 2}]', {}, ['"val_loss" sounds like a metric']],
    ['metric: val_loss', {}, ['direction: "val_loss" sounds like a metric of which lower is better']],
    ['metric: x\nstatistic: kappa', {}, ['line 2: statistic "kappa" is not one of accuracy']],
    ['metric: auc\nslices: [{column: c, max_regression: 0.1}]', {}, ['line 2: slices needs rows']],
    [
      'metric: auc\nguardrails:\n- {metric: auc, across: sex, direction: higher, ceiling: 1}',
      {},
      ['line 3: guardrails[0].direction higher makes no sense', 'line 3: guardrails[0].across needs rows'],
    ],
    ['metric: auc\nholdout: {path: h.csv}', {}, ['line 2: holdout needs predictions']],
    ['metric: auc\nevaluate: {run: x}', {}, ['line 2: evaluate needs a holdout']],
    [
      'metric: auc\nholdout: {id: x}\nevaluate: {run: x}',
      {},
      ['line 2: holdout needs exactly one of path and'],
    ],
    [`metric: x\n${rows}`, {}, ['line 1: metric "x" is no statistic that is computed from rows; known are']],
    [
      `metric: auc\n${rows}\npredictions: {candidate: a, artifact: b}`,
      {},
      ['line 4: predictions and evaluate exclude', 'line 4: predictions needs either artifact'],
    ],
  ])('%j with %j', (text, inputs, expected) => {
    const told = problems(text, inputs)
    expect(told).toHaveLength(expected.length)
    for (const [index, part] of expected.entries()) expect(told[index]).toContain(part)
  })

  it('keeps hostile names on one short line, and long lists short', () => {
    const told = problems(`metric: auc\n"${'x'.repeat(5000)}\\n::error::": 1`)
    expect(told).toHaveLength(1)
    expect(told[0]).not.toContain('\n')
    expect(told[0]?.length).toBeLessThan(500)
    const many = Array.from({ length: 200 }, (_, index) => `k${index}: 1`).join('\n')
    expect(problems(many)).toHaveLength(21)
  })
})
