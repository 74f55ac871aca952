import { describe, expect, it } from 'vitest'
import { parseGatePolicy } from './gate-policy.ts'

function problems(text: string): string[] {
  const answer = parseGatePolicy({ text, label: 'gate.yml' }, {}, 'digits')
  return 'problems' in answer ? answer.problems.map(({ input, message }) => `${input}: ${message}`) : []
}

describe('problems of a policy', () => {
  it.each<[string, string[]]>([
    [
      'metric: auc\nmin_valu: 1\nguardrail: []\n',
      [
        'line 2: unknown key "min_valu", did you mean min_value? Known keys: kind, metric',
        'line 3: unknown key "guardrail", did you mean guardrails? Known keys:',
      ],
    ],
    [
      'metric: auc\nguardrails:\n  - {metric: x, celing: 1}\n  - metric: y\n    floor: high\n    max_regression: {relativ: 1}\n',
      [
        'line 3: unknown key "celing", did you mean ceiling? Known keys: metric',
        'line 5: guardrails[1].floor "high" is not a decimal number such as 0.01',
        'line 6: guardrails[1].max_regression.relative is required',
        'line 6: unknown key "relativ", did you mean relative?',
      ],
    ],
    ['metric:', ['line 1: metric has no value']],
    ['metric: [1]', ['line 1: metric is a list or a mapping: write one value']],
    ['metric: auc\nslices: {a: 1}', ['line 2: slices is not a list. Write [a, b]']],
    ['metric: auc\nchampion: 90d', ['line 2: champion is not a mapping of keys to values']],
    [
      'metric: auc\nchampion: {max_age: 0d}',
      ['line 2: champion.max_age is not a duration above 0, of at most 10000d'],
    ],
    [
      'metric: auc\ncomparable: {rows: "10,000"}',
      ['line 2: comparable.rows write a number of rows, or the name of a param with it'],
    ],
    [
      'metric: auc\nevaluate: {run: x, timeout: 25d}',
      ['line 2: evaluate.timeout is not a duration from 1s to 24h'],
    ],
    [
      'metric: auc\nholdout: {training_cutoff: 2569-10-01}',
      [
        'line 2: holdout.training_cutoff "2569-10-01" is not a time such as 2026-10-01 or 2026-10-01T08:30:00Z',
      ],
    ],
    ['metric: auc\nchampion: {max_age: 90}', ['line 2: champion.max_age "90" is not a duration']],
    [
      'metric: auc\nstatistics: {confidence: 95, resamples: 100, min_rows: 1.5}',
      [
        'line 2: statistics.confidence is not a number above 0.5 and below 1',
        'line 2: statistics.resamples is not a whole number from 200 to 100000',
        'line 2: statistics.min_rows is not a whole number from 10',
      ],
    ],
    [
      'metric: auc\nstatistics: {min_rows: 9, min_groups: 9}\ndecision: {max_rejections: 101}',
      [
        'line 2: statistics.min_rows is not a whole number from 10',
        'line 2: statistics.min_groups is not a whole number from 10',
        'line 3: decision.max_rejections is not a whole number from 1 to 100',
      ],
    ],
    ['metric: auc\nmin_improvement: [1]', ['is a list or a mapping: write a number such as 0.01, or {rel']],
    ['metric: auc\nmin_improvement: 1%', ['1 means 100 percentage points. Write 0.01 for one point']],
    ['metric: auc\nmin_improvement: -1', ['line 2: min_improvement is negative. Set 0 or more']],
    ['metric: auc\nmin_value: .nan', ['".nan" is not a decimal number']],
    ['metric: auc\nmin_value: 1e999', ['line 2: min_value "1e999" exceeds the range of a double']],
    ['metric: auc\nmin_value: -1e309', ['"-1e309" exceeds the range']],
    ['metric: auc\nmin_improvement: 1e400', ['line 2: min_improvement "1e400" exceeds the range']],
    ['metric: auc\nmin_improvement: {relative: 1e400}', ['min_improvement.relative "1e400" exceeds']],
    ['metric: auc\nguardrails: [{metric: x, ceiling: 1e309}]', ['guardrails[0].ceiling "1e309" exceeds']],
    ['metric: auc\nmin_value: 1_000', ['"1_000" is not a decimal number']],
    [
      'metric: auc\nchampion: {waiver: {version: latest, by: x, reason: y, until: 2026-02-30}}',
      ['"latest" is not a model version', '"2026-02-30" is not a day'],
    ],
    [
      'metric: auc\nevaluate: {run: x, shell: zsh}\nholdout: {path: h.csv}',
      ['line 2: evaluate.shell "zsh" is not'],
    ],
    [
      'environments: {prod: {alias: champion}}',
      ['unknown key "environments". Known keys: version, defaults'],
    ],
    ['defaults: {drift: {}, gate: {metric: auc}}', ['line 1: unknown key "drift". Known keys: gate']],
    ['version: 2\ndefaults: {gate: {metric: auc}}', ['version is not a supported version of this file']],
    ['gate: {metric: auc}\nmetric: auc', ['line 2: unknown key "metric". Known keys: gate']],
    ['models: {"a/b": {gate: {metric: auc}}}', ['"a/b" is not a model name']],
    ['- auc', ['is not a mapping of keys to values']],
  ])('%j', (text, expected) => {
    const found = problems(text)
    expect(found).toHaveLength(expected.length)
    for (const [index, part] of expected.entries()) expect(found[index]).toContain(part)
  })

  it('bound hostile names and the number of lines', () => {
    const found = problems(`metric: auc\n"${'x'.repeat(5000)}\\n::error::": 1`)
    expect(found).toHaveLength(1)
    expect(found[0]).not.toContain('\n')
    expect(found[0]?.length).toBeLessThan(500)
    const many = Array.from({ length: 200 }, (_, index) => `k${index}: 1`).join('\n')
    expect(problems(many)).toHaveLength(21)
  })
})
