import { describe, expect, it } from 'vitest'
import { type PolicyOverrides, parseGatePolicy } from './gate-policy.ts'

function problems(text: string, inputs: PolicyOverrides): string[] {
  const answer = parseGatePolicy({ text, label: 'gate.yml' }, inputs, 'digits')
  return 'problems' in answer ? answer.problems.map(({ input, message }) => `${input}: ${message}`) : []
}

describe('conflicts between keys are reported with their line or input', () => {
  const rows = 'holdout: {path: h.csv}\nevaluate: {run: x}'
  it.each<[string, PolicyOverrides, string[]]>([
    ['min_value: 1', {}, ['metric: is required, here or in policy']],
    [
      'metric: auc\nmargin: 0.01',
      {},
      ['policy: gate.yml, line 2: margin belongs to kind refresh, but the kind is challenger. Remove it'],
    ],
    ['metric: auc', { margin: '0.01' }, ['margin: belongs to kind refresh']],
    ['metric: auc', { kind: 'refresh' }, ['kind: refresh needs a margin']],
    ['metric: auc\nkind: refresh\nmargin: 0.0', {}, ['line 3: margin is 0']],
    [
      'metric: auc\nkind: refresh\nmargin: 0.1\nmin_improvement: 0.1',
      {},
      ['line 4: min_improvement belongs to kind challenger, but the kind is refresh'],
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
      ['min-improvement: is 1, but the metric is between 0 and 1'],
    ],
    ['metric: accuracy\nkind: refresh\nmargin: 5', {}, ['line 3: margin is 5, but the metric is between']],
    [
      'metric: x\ndirection: higher\nguardrails: [{metric: recall, max_regression: 2}]',
      {},
      ['max_regression is 2, but the'],
    ],
    [
      'metric: x\ndirection: higher\nguardrails: [{metric: y, direction: higher, max_regression: {relative: 10}}]',
      {},
      ['must be below 1'],
    ],
    [
      'metric: auc\nmin_value: 0',
      {},
      ['line 2: min_value has no effect, since the metric is between 0 and 1. Set more than 0'],
    ],
    ['metric: auc', { 'min-value': '-1' }, ['min-value: has no effect']],
    ['metric: auc\nmin_value: 1e-9', {}, []],
    ['metric: auc\nmin_value: 1', {}, []],
    [
      'metric: fpr\ndirection: lower\nmin_value: 1',
      {},
      ['has no effect, since the metric is between 0 and 1. Set less than 1'],
    ],
    ['metric: fpr\ndirection: lower\nmin_value: 0', {}, []],
    [
      'metric: val_acc\nmin_value: 85',
      {},
      ['line 2: min_value is 85, which no model can meet: the metric is between 0 and 1'],
    ],
    [
      'metric: rmse\nmin_value: -0.5',
      {},
      ['min_value is -0.5, which no model can meet: the metric is at least 0'],
    ],
    [
      'metric: r2',
      { 'min-value': '80' },
      ['min-value: is 80, which no model can meet: the metric is at most 1'],
    ],
    [
      'metric: mcc\ndirection: higher\nmin_value: -1',
      {},
      ['min_value has no effect, since the metric is between -1'],
    ],
    ['metric: mcc\ndirection: higher\nmin_value: -0.1', {}, []],
    [
      'metric: top1\ndirection: higher\nstatistic: accuracy\nmin_value: 85',
      {},
      ['min_value is 85, which no'],
    ],
    ['metric: top1\ndirection: higher\nmin_value: 85', {}, []],
    [
      'metric: f1\nguardrails:\n- {metric: mae, floor: 0}\n- {metric: auc, ceiling: -1}\n- {metric: r2, ceiling: 2}',
      {},
      [
        'line 3: guardrails[0].floor has no effect, since the metric is at least 0. Set more than 0',
        'line 4: guardrails[1].ceiling is -1, which no model can meet',
        'line 5: guardrails[2].ceiling has no effect, since the metric is at most 1. Set less than 1',
      ],
    ],
    [
      `metric: rmse\n${rows}\nguardrails: [{metric: rmse, group_disparity: sex, ceiling: -1}, {metric: r2, group_disparity: sex, ceiling: 2}]`,
      {},
      ['guardrails[0].ceiling is -1, which no model can meet: the metric is at least 0'],
    ],
    [
      'metric: mcc\ndirection: higher\nkind: refresh\nmargin: 1',
      {},
      ['margin is 1, but the metric is between -1 and 1'],
    ],
    [
      'metric: r2\nkind: refresh\nmargin: 2',
      {},
      ['margin is 2, but the metric is at most 1, where 1 means 100'],
    ],
    ['metric: r2\nkind: refresh\nmargin: 0.6', {}, ['margin is more than 0.5, but the metric is at most 1']],
    ['metric: rmse\nmin_value: 1', {}, []],
    ['metric: r2\nmin_value: 0', {}, []],
    [
      'metric: f1\nguardrails:\n- {metric: auc, floor: 0.0}\n- {metric: auc, ceiling: 1.0}\n- {metric: auc, floor: 1, ceiling: 1}',
      {},
      [
        'line 3: guardrails[0].floor has no effect',
        'line 4: guardrails[1].ceiling has no effect',
        'line 5: guardrails[2].ceiling has no effect',
      ],
    ],
    ['metric: f1\nguardrails: [{metric: y, floor: 0, ceiling: 1}]', {}, []],
    [
      'metric: accuracy\nkind: refresh\nmargin: 0.51',
      {},
      ['line 3: margin is more than 0.5, but the metric'],
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
      'metric: f1\nguardrails: [{metric: auc, max_regression: 0.6}]',
      {},
      ['guardrails[0].max_regression is more than 0.5'],
    ],
    [
      `metric: auc\n${rows}\nslices: [{column: c, max_regression: 0.6}]`,
      {},
      ['line 4: slices[0].max_regression is more than 0.5'],
    ],
    ['metric: f1\nguardrails: [{metric: y}]', {}, ['guardrails[0] has no limit']],
    ['metric: f1\nguardrails: [{metric: y, floor: 2, ceiling: 1}]', {}, ['is above the ceiling']],
    ['metric: f1\nguardrails: [{metric: val_loss, floor: 2}]', {}, []],
    [
      'metric: f1\nguardrails:\n- {metric: valLoss, max_regression: 2}\n- {metric: y, max_regression: 2}',
      {},
      [
        'line 3: guardrails[0].direction is required, since "valLoss" is not one of accuracy',
        'line 4: guardrails[1].direction is required, since "y" is not one of accuracy',
      ],
    ],
    ['metric: acurracy', {}, ['hit@K, ndcg@K (did you mean "accuracy"?). Set direction']],
    ['metric: val_rocauc_scor', {}, ['(did you mean "val_roc_auc_score"?)']],
    [`metric: acuracy\n${rows}`, {}, ['rows (did you mean "accuracy"?). Set']],
    ['metric: x\nstatistic: kappa', {}, ['line 2: statistic "kappa" is not one of accuracy']],
    // A logged metric has the direction of its own name; a computed one that of its statistic.
    ['metric: error_rate\nstatistic: accuracy', {}, ['direction: is required, since "error_rate"']],
    [`metric: top1\nstatistic: accuracy\n${rows}`, {}, []],
    ['metric: f1\nguardrails: [{metric: err, statistic: recall, max_regression: 0.1}]', {}, ['is required']],
    [`metric: f1\n${rows}\nguardrails: [{metric: hits, statistic: recall, max_regression: 0.1}]`, {}, []],
    ['metric: auc\nslices: [{column: c, max_regression: 0.1}]', {}, ['line 2: slices needs rows']],
    [
      'metric: auc\nguardrails:\n- {metric: auc, group_disparity: sex, direction: higher, ceiling: 0.1}',
      {},
      ['line 3: guardrails[0].direction must be lower', 'line 3: guardrails[0].group_disparity needs rows'],
    ],
    ['metric: auc\nholdout: {path: h.csv}', {}, ['line 2: holdout needs predictions']],
    ['metric: auc\nevaluate: {run: x}', {}, ['line 2: evaluate needs a holdout']],
    [
      'metric: auc\nholdout: {id: x}\nevaluate: {run: x}',
      {},
      ['line 2: holdout needs exactly one of path and'],
    ],
    [`metric: x\n${rows}`, {}, ['line 1: metric "x" cannot be computed from rows. Set statistic to one of']],
    [
      'metric: auc\nholdout: {path: h.csv}\npredictions: {candidate: c.csv, champion: c.csv, anchor: a.csv}',
      {},
      ['line 3: predictions.champion is the file of the candidate. Name the predictions of its own model'],
    ],
    [
      `metric: auc\n${rows}\npredictions: {candidate: a, artifact: b}`,
      {},
      ['line 4: predictions and evaluate exclude', 'line 4: predictions needs either artifact'],
    ],
  ])('%j with %j', (text, inputs, expected) => {
    const found = problems(text, inputs)
    expect(found).toHaveLength(expected.length)
    for (const [index, part] of expected.entries()) expect(found[index]).toContain(part)
  })
})

describe('the direction of the metric that decides', () => {
  it.each(
    [
      'wape wmape mase rmsse crps eer ter ppl aic inference_time ttft toxicity/v1/ratio',
      'false_positives',
    ].flatMap((line) => line.split(' ')),
  )('is required for %s', (metric) => {
    expect(problems(`metric: ${metric}`, {})).toEqual([
      expect.stringMatching(/^direction: is required, since /),
    ])
  })

  it.each([
    'val_loss',
    'p95',
    'loss',
    'revenue',
    'mape',
    'accuracy_drop',
    'auc_gap',
    'train_auc',
    'macro-f1-std',
  ])('is required for %s, however its name sounds', (metric) => {
    expect(problems('', {})).not.toEqual([])
    expect(problems(`metric: ${metric}\ndirection: lower`, {})).toEqual([])
    expect(problems(`metric: ${metric}`, {})[0]).toContain(
      'Set direction: lower if a lower value is better, else direction: higher',
    )
  })

  it.each([
    'accuracy',
    'val_accuracy',
    'test_rmse',
    'eval_auc',
    'Val-AUC',
    'f1_score',
    'hit_at_20',
    'mse',
    'r2',
  ])('follows from the name %s', (metric) => expect(problems(`metric: ${metric}`, {})).toEqual([]))

  it.each([
    ['auc', 'lower', 'higher'],
    ['Val-AUC', 'lower', 'higher'],
    ['log_loss', 'higher', 'lower'],
    ['test_rmse', 'higher', 'lower'],
    ['mse', 'higher', 'lower'],
    ['hit@5', 'lower', 'higher'],
  ])('of %s is not %s, since a %s value is better', (metric, direction, known) => {
    expect(problems(`metric: ${metric}\ndirection: ${direction}`, {})).toEqual([
      expect.stringMatching(
        new RegExp(
          `^policy: gate.yml, line 2: direction is ${direction}, but a ${known} .* is better. Remove`,
        ),
      ),
    ])
    expect(problems(`metric: ${metric}\ndirection: ${known}`, {})).toEqual([])
  })

  it('contradicts a statistic that computes it, or an input', () => {
    const computed = 'metric: error_rate\nstatistic: accuracy\nholdout: {path: h.csv}\nevaluate: {run: x}'
    expect(problems(computed, { direction: 'lower' })).toEqual([
      'direction: is lower, but a higher "accuracy" is better. Remove direction, or name another metric',
    ])
    // A logged error rate is no accuracy.
    expect(problems('metric: error_rate\nstatistic: accuracy', { direction: 'lower' })).toEqual([])
    expect(
      problems('metric: f1\nguardrails: [{metric: recall, direction: lower, max_regression: 0.1}]', {}),
    ).toEqual([expect.stringContaining('guardrails[0].direction is lower, but a higher "recall" is better')])
  })

  it('is required of an input too, whatever the kind', () => {
    expect(problems('kind: threshold\nmin_value: 3', { metric: 'wape' })).toEqual([
      expect.stringMatching(/^direction: is required, since "wape" is not one of accuracy, /),
    ])
    expect(problems('kind: refresh\nmargin: 3', { metric: 'wape', direction: 'lower' })).toEqual([])
  })
})
