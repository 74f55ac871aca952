import { describe, expect, it } from 'vitest'
import { soundsLikeLower } from './metric-name.ts'

describe('the name of a metric', () => {
  it.each(['loss', 'val_loss', 'log-loss', 'logloss', 'RMSE', 'test_mae', 'error', 'p95_latency_ms'])(
    'sounds as if lower is better: %s',
    (metric) => expect(soundsLikeLower(metric)).toBe(true),
  )
  it.each(['auc', 'accuracy', 'f1', 'glossary_hits', 'maestro', 'r2', 'terror_score'])(
    'does not: %s',
    (metric) => expect(soundsLikeLower(metric)).toBe(false),
  )
})
