import { describe, expect, it } from 'vitest'
import { parsedPolicy } from '../../test/fakes/policy-text.ts'

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
    - {metric: accuracy, group_disparity: sex, ceiling: 0.05}
  slices:
    - {column: country, values: [DE, 49], max_regression: 0.02}
  champion: {max_age: 90d, on_stale: inconclusive, waiver: {version: 7, by: jane, reason: schema, until: 2026-12-31}}
  comparable: {same_data: required, rows: holdout_rows}
  evaluate:
    run: |
      python score.py
    timeout: 5m
  holdout: {path: h.csv, group: user, positive: "1", not_missing: [NA, "null"], training_ids: {artifact: t.csv}, training_cutoff: 2026-10-01, label_lag: 7d}
  statistics: {confidence: 0.975, resamples: 500}
  decision: {on_inconclusive: fail, max_rejections: 5}
`

describe('a policy', () => {
  it('is read whole, with what it leaves out filled in', () => {
    expect(parsedPolicy(whole)).toEqual({
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
          groupDisparity: undefined,
        },
        {
          metric: 'accuracy',
          direction: 'lower',
          statistic: 'accuracy',
          maxRegression: undefined,
          floor: undefined,
          ceiling: '0.05',
          groupDisparity: 'sex',
        },
      ],
      slices: [
        { column: 'country', values: ['DE', '49'], maxRegression: { absolute: '0.02' }, minSamples: 100 },
      ],
      champion: {
        maxAge: 90 * 86_400_000,
        onStale: 'inconclusive',
        waiver: { version: '7', by: 'jane', reason: 'schema', until: '2026-12-31' },
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
        notMissing: ['NA', 'null'],
        trainingIds: { artifact: 't.csv' },
        trainingCutoff: { time: '2026-10-01T00:00:00.000Z' },
        labelLag: 7 * 86_400_000,
      },
      statistics: { confidence: 0.975, resamples: 500, minRows: 30, minGroups: 10 },
      decision: { mode: 'enforce', onInconclusive: 'fail', maxRejections: 5 },
    })
  })

  it('may be as short as three inputs, or four flat keys with dashes', () => {
    const short = parsedPolicy(undefined, { metric: 'hit@20', 'min-value': '0.30', kind: 'threshold' })
    expect(short.primary).toEqual({
      metric: 'hit@20',
      direction: 'higher',
      statistic: 'hit@20',
      minValue: '0.30',
    })
    expect(short.comparison).toEqual({ kind: 'threshold' })
    const flat = parsedPolicy('metric: score\ndirection: lower\nmin-improvement: 0.10\nmin-value: 5')
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
    ['val_mse', 'lower'],
  ])('takes the direction of %s from its name: %s', (metric, direction) =>
    expect(parsedPolicy(undefined, { metric }).primary.direction).toBe(direction),
  )

  it.each([
    ['rows: 1797', { count: 1797 }],
    ['rows: {param: n}', { param: 'n' }],
    ['rows: n', { param: 'n' }],
  ])('takes %s', (rows, read) =>
    expect(parsedPolicy(`metric: auc\ncomparable: {${rows}}`).comparable.rows).toEqual(read),
  )

  it.each([
    ['training_cutoff: {param: until}', 'trainingCutoff', { param: 'until' }],
    ['training_cutoff: {tag: until}', 'trainingCutoff', { tag: 'until' }],
    ['training_cutoff: 2026-10-01T10:00:00+02:00', 'trainingCutoff', { time: '2026-10-01T08:00:00.000Z' }],
    ['training_ids: ids.csv', 'trainingIds', { path: 'ids.csv' }],
  ])('takes %s', (text, key, value) => {
    const read = parsedPolicy(
      `metric: auc\npredictions: {artifact: p.csv}\nholdout: {artifact: h.csv, ${text}}`,
    )
    expect(read.holdout?.[key as 'trainingIds']).toEqual(value)
    expect(read.predictions).toEqual({ kind: 'artifact', artifact: 'p.csv' })
  })
})
