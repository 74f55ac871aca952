import { describe, expect, it } from 'vitest'
import { canonical, type Policy, soundsLikeLower } from './policy.ts'

const policy: Policy = { metric: 'auc', direction: 'higher', minImprovement: '0.010', minValue: '8e-1' }

describe('policy', () => {
  it('has one canonical text for all ways to write it', () => {
    expect(canonical(policy)).toBe(canonical({ ...policy, minImprovement: '.01', minValue: '0.80' }))
    expect(canonical(policy)).toBe(
      '{"metric":"auc","direction":"higher","min-improvement":"0.01","min-value":"0.8"}',
    )
    expect(canonical({ ...policy, minValue: undefined })).not.toContain('min-value')
  })

  it.each(['loss', 'val_loss', 'log-loss', 'logloss', 'RMSE', 'test_mae', 'error', 'p95_latency_ms'])(
    'hears that lower is better of %s',
    (metric) => expect(soundsLikeLower(metric)).toBe(true),
  )
  it.each(['auc', 'accuracy', 'f1', 'glossary_hits', 'maestro', 'r2', 'terror_score'])(
    'hears nothing of %s',
    (metric) => expect(soundsLikeLower(metric)).toBe(false),
  )
})
