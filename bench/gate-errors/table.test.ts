import { describe, expect, it } from 'vitest'
import type { ErrorRate, FalsePromotionRates, GateErrors } from './simulation.ts'
import { renderGateErrors } from './table.ts'

const rate = (value: number): ErrorRate => ({
  count: 10_000 * value,
  simulations: 10_000,
  rate: value,
  low: value - 0.004,
  high: value + 0.004,
  perYear: 52 * value,
})
const cell = (more: Partial<FalsePromotionRates>): FalsePromotionRates => ({
  statistic: 'accuracy',
  rows: 1000,
  users: undefined,
  resamples: undefined,
  trueGain: 0,
  policy: '',
  thisGate: rate(0.03),
  assumingIndependentRows: undefined,
  pointEstimateBetter: rate(0.48),
  pointEstimateBetterByMargin: rate(0.09),
  ...more,
})
const errors: GateErrors = {
  simulations: 10_000,
  confidence: 0.95,
  discordance: 0.05,
  rareDiscordance: 0.3,
  margin: 0.01,
  retrainsPerYear: 52,
  falsePromotions: [
    cell({}),
    cell({ trueGain: 0.01, thisGate: rate(0.042), pointEstimateBetter: rate(0.9) }),
    cell({ rows: 4000, users: 40, assumingIndependentRows: rate(0.24) }),
    cell({
      statistic: 'balanced_accuracy',
      rows: 500,
      classes: 50,
      thisGate: { ...rate(0.02), simulations: 2000 },
    }),
    cell({ statistic: 'f1_macro', rows: 4000, classes: 1000, thisGate: rate(0.01) }),
    cell({ statistic: 'balanced_accuracy', rows: 4000, classes: 3, rareRows: 5 }),
    cell({ statistic: 'log_loss', trueGain: -0.01, pointEstimateBetter: rate(0.1) }),
  ],
  falseRejections: [
    { ...cell({}), trueGain: 0.01, notPromoted: rate(0.64) },
    { ...cell({}), trueGain: 0.02, notPromoted: rate(0.13) },
  ],
}

describe('renderGateErrors', () => {
  const lines = renderGateErrors(JSON.stringify(errors)).split('\n')

  it.each([
    '| accuracy, 1,000 rows | 48 % (25) | 9 % (5) | – | **4.2 %**, 3.8 % to 4.6 % (2.2) |',
    '| accuracy, 40 users of 100 rows | 48 % (25) | 9 % (5) | 24 % (12) | **3.0 %**, 2.6 % to 3.4 % (1.6) |',
    '| log loss, 1,000 rows | – | – | – | **3.0 %**, 2.6 % to 3.4 % (1.6) |',
    '| balanced accuracy, 50 classes of 10 rows | 48 % (25) | 9 % (5) | – | **2.0 %**, 1.6 % to 2.4 % (1.0) |',
    '| macro F1, 1,000 classes of 4 rows | 48 % (25) | 9 % (5) | – | **1.0 %**, 0.6 % to 1.4 % (0.5) |',
    '| balanced accuracy, 4,000 rows, one of 3 classes with 5 | 48 % (25) | 9 % (5) | – | **3.0 %**, 2.6 % to 3.4 % (1.6) |',
    '| Rows | 0.01 better | 0.02 better |',
    '| 1,000 | 64 % | 13 % |',
  ])('has the line %s', (line) => {
    expect(lines).toContain(line)
  })

  it('states the number of simulations', () => {
    expect(lines.join(' ')).toContain('10,000 simulations a cell, 2,000 with many classes or a rare one')
  })
})
