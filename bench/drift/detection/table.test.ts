import { describe, expect, it } from 'vitest'
import type { CaseResult, DriftDetection } from './results.ts'
import { renderDetection, renderPower } from './table.ts'

const result = (more: Partial<CaseResult>): CaseResult => ({
  name: 'mean',
  kind: 'shift',
  description: 'mean moves',
  trials: 10,
  policies: {
    calibrated: { drift: 2, found: 10 },
    'two-sigma': { drift: 3, found: 0 },
    evidently: { drift: 4, found: 9 },
  },
  inconclusive: 0,
  evidently: { drift: 5, found: 8, dataset: 1, errors: 0 },
  ...more,
})
const detection: DriftDetection = {
  versions: { evidently: '0.7.23', pandas: '2.3.3' },
  cases: [
    result({}),
    result({ description: 'a column is empty', evidently: { drift: 0, found: 0, dataset: 0, errors: 10 } }),
    result({ kind: 'no-shift', description: 'halves', inconclusive: 6 }),
  ],
  power: {
    columns: 20,
    cells: [
      { referenceRows: 2000, currentRows: 100, shift: 0, simulations: 400, drift: 14 },
      { referenceRows: 2000, currentRows: 100, shift: 0.5, simulations: 400, drift: 356 },
      { referenceRows: 20_000, currentRows: 300, shift: 0, simulations: 100, drift: 4 },
    ],
  },
}

describe('renderDetection', () => {
  const text = renderDetection(JSON.stringify(detection))
  it.each([
    '| mean moves | **10 of 10** | 0 of 10 | 9 of 10 | 8 of 10 | 1 of 10 |',
    '| halves | **2 of 10** (6 inconclusive) | 3 of 10 | 4 of 10 | 5 of 10 | 1 of 10 |',
  ])('has the line %s', (line) => {
    expect(text.split('\n')).toContain(line)
  })

  it('names the version, and the cases that Evidently does not survive', () => {
    expect(text).toContain('Evidently 0.7.23 with pandas 2.3.3')
    expect(text).toContain('exception in 10 of 10 trials of "a column is empty".')
  })
})

describe('renderPower', () => {
  const text = renderPower(JSON.stringify(detection))
  it.each([
    '| Rows of reference and current | no shift (false alarms) | 0.5 σ |',
    '| 2,000 / 100 | 3.5 % | 89 % |',
    '| 20,000 / 300 | 4.0 % | – |',
  ])('has the line %s', (line) => {
    expect(text.split('\n')).toContain(line)
  })

  it('states the number of simulations', () => {
    expect(text).toContain('400 or, with many rows, 100 simulations a cell')
  })
})
