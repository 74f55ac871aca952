import { describe, expect, it } from 'vitest'
import { soundsLikeLower } from './metric-name.ts'

describe('the name of a metric', () => {
  it.each([
    ...['loss', 'val_loss', 'log-loss', 'logloss', 'RMSE', 'test_mae', 'error', 'p95_latency_ms'],
    ...['testLoss', 'valRMSE', 'MeanSquaredError', 'LogLoss', 'MSELoss', 'LoSs', 'loss2'],
    ...['cross_entropy', 'binary_crossentropy', 'nll', 'fpr', 'FNR@0.5', 'fprAt95'],
    ...['p50', 'p90', 'P95', 'p99', 'p99.9', 'p999', 'timeP95', 'serve/p95Millis'],
    ...['latency', 'duration', 'seconds', 'predict_ms', 'memory', 'size_mb', 'bytes', 'cost'],
    ...['gap', 'equalized_odds_difference', 'disparity'],
  ])('sounds as if lower is better: %s', (metric) => expect(soundsLikeLower(metric)).toBe(true))
  it.each([
    'auc',
    'accuracy',
    'f1',
    'glossary_hits',
    'maestro',
    'r2',
    'terror_score',
    'mAP50',
    'map95',
    'p1',
    'p55',
    'terms',
    'recallAtK',
    'costume',
  ])('does not: %s', (metric) => expect(soundsLikeLower(metric)).toBe(false))
})
