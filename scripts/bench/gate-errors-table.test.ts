import { describe, expect, it } from 'vitest'
import type { FalsePromotes, GateErrors, Rate } from './gate-errors.ts'
import { renderGateErrors } from './gate-errors-table.ts'

const rate = (value: number): Rate => ({
  passed: 10_000 * value,
  of: 10_000,
  rate: value,
  low: value - 0.004,
  high: value + 0.004,
  aYear: 52 * value,
})
const cell = (more: Partial<FalsePromotes>): FalsePromotes => ({
  statistic: 'accuracy',
  rows: 1000,
  users: undefined,
  resamples: undefined,
  trueGain: 0,
  policy: '',
  thisGate: rate(0.03),
  rowsAsIndependent: undefined,
  pointBetter: rate(0.48),
  pointBetterByMargin: rate(0.09),
  ...more,
})
const errors: GateErrors = {
  simulations: 10_000,
  confidence: 0.95,
  discordance: 0.05,
  margin: 0.01,
  retrainsAYear: 52,
  falsePromotes: [
    cell({}),
    cell({ trueGain: 0.01, thisGate: rate(0.042), pointBetter: rate(0.9) }),
    cell({ rows: 4000, users: 40, rowsAsIndependent: rate(0.24) }),
    cell({ statistic: 'log_loss', trueGain: -0.01, pointBetter: rate(0.1) }),
  ],
  falseRefusals: [
    { ...cell({}), trueGain: 0.01, refused: rate(0.64) },
    { ...cell({}), trueGain: 0.02, refused: rate(0.13) },
  ],
}

describe('renderGateErrors', () => {
  const lines = renderGateErrors(JSON.stringify(errors)).split('\n')

  it.each([
    '| accuracy, 1,000 rows | 48 % (25) | 9 % (5) | – | **4.2 %**, 3.8 % to 4.6 % (2.2) |',
    '| accuracy, 40 users of 100 rows | 48 % (25) | 9 % (5) | 24 % (12) | **3.0 %**, 2.6 % to 3.4 % (1.6) |',
    '| log loss, 1,000 rows | – | – | – | **3.0 %**, 2.6 % to 3.4 % (1.6) |',
    '| Rows | 0.01 better | 0.02 better |',
    '| 1,000 | 64 % | 13 % |',
  ])('has the line %s', (line) => {
    expect(lines).toContain(line)
  })
})
