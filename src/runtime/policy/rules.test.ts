import { describe, expect, it } from 'vitest'
import { type GateInputs, gatePolicy } from './gate-policy.ts'

function problems(text: string, inputs: GateInputs): string[] {
  const answer = gatePolicy({ text, where: 'gate.yml' }, inputs, 'digits')
  return 'problems' in answer ? answer.problems.map(({ input, message }) => `${input}: ${message}`) : []
}

describe('keys that do not go together are told of, with their line or their input', () => {
  const rows = 'holdout: {path: h.csv}\nevaluate: {run: x}'
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
      'metric: auc\nkind: threshold\nmin_value: 0.5\nguardrails: [{metric: x, direction: lower, max_regression: 1}]',
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
      'metric: x\nguardrails: [{metric: y, direction: higher, max_regression: {relative: 10}}]',
      {},
      ['is the whole value or more'],
    ],
    [
      'metric: auc\nmin_value: 0',
      {},
      ['line 2: min_value can never say no, since the metric is between 0 and 1; give more than 0'],
    ],
    ['metric: auc', { 'min-value': '-1' }, ['min-value: can never say no']],
    ['metric: auc\nmin_value: 1e-9', {}, []],
    ['metric: auc\nmin_value: 1', {}, []],
    [
      'metric: recall\ndirection: lower\nmin_value: 1',
      {},
      ['can never say no, since the metric is between 0 and 1; give less than 1'],
    ],
    ['metric: recall\ndirection: lower\nmin_value: 0', {}, []],
    ['metric: rmse\nmin_value: 1', {}, []],
    ['metric: r2\nmin_value: 0', {}, []],
    [
      'metric: x\nguardrails:\n- {metric: auc, floor: 0.0}\n- {metric: auc, ceiling: 1.0}\n- {metric: auc, floor: 1, ceiling: 1}',
      {},
      [
        'line 3: guardrails[0].floor can never say no',
        'line 4: guardrails[1].ceiling can never say no',
        'line 5: guardrails[2].ceiling can never say no',
      ],
    ],
    ['metric: x\nguardrails: [{metric: y, floor: 0, ceiling: 1}]', {}, []],
    [
      'metric: accuracy\nkind: refresh\nmargin: 0.51',
      {},
      ['line 3: margin is more than 0.5, and the metric'],
    ],
    ['metric: accuracy\nkind: refresh\nmargin: 0.5', {}, []],
    ['metric: rmse\nkind: refresh\nmargin: 0.51', {}, []],
    ['metric: accuracy\nmin_improvement: 0.51', {}, []],
    [
      'metric: accuracy\nkind: refresh\nmargin: 0.1\nanchor: {version: 1, margin: {relative: 0.6}}',
      {},
      ['line 4: anchor.margin is more than 0.5'],
    ],
    [
      'metric: x\nguardrails: [{metric: auc, max_regression: 0.6}]',
      {},
      ['guardrails[0].max_regression is more than 0.5'],
    ],
    [
      `metric: auc\n${rows}\nslices: [{column: c, max_regression: 0.6}]`,
      {},
      ['line 4: slices[0].max_regression is more than 0.5'],
    ],
    ['metric: x\nguardrails: [{metric: y}]', {}, ['guardrails[0] limits nothing']],
    ['metric: x\nguardrails: [{metric: y, floor: 2, ceiling: 1}]', {}, ['is above the ceiling']],
    ['metric: x\nguardrails: [{metric: val_loss, floor: 2}]', {}, []],
    [
      'metric: x\nguardrails:\n- {metric: valLoss, max_regression: 2}\n- {metric: y, max_regression: 2}',
      {},
      [
        'line 3: guardrails[0].direction "valLoss" sounds like a metric of which lower is better',
        'line 4: guardrails[1].direction is needed: "y" is not a metric whose name tells which way is worse',
      ],
    ],
    ['metric: val_loss', {}, ['direction: "val_loss" sounds like a metric of which lower is better']],
    ['metric: p95', {}, ['direction: "p95" sounds like a metric of which lower is better']],
    ['metric: x\nstatistic: kappa', {}, ['line 2: statistic "kappa" is not one of accuracy']],
    ['metric: auc\nslices: [{column: c, max_regression: 0.1}]', {}, ['line 2: slices needs rows']],
    [
      'metric: auc\nguardrails:\n- {metric: auc, across: sex, direction: higher, ceiling: 0.1}',
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
})
