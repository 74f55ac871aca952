import { describe, expect, it } from 'vitest'
import { comparePerformance } from '../../../src/domain/drift/performance/performance.ts'
import { describePerformance } from './messages.ts'

const describeDrop = (
  metric: string,
  baseline: number,
  current: number,
  { rows, higherIsBetter }: { rows?: number; higherIsBetter?: boolean } = {},
): string => {
  const result = comparePerformance({
    metric,
    higherIsBetter,
    baseline: { value: baseline, rows, from: '' },
    current: { value: current, rows, from: '' },
    limit: { kind: 'absolute', amount: '0.05' },
  })
  if (!('metric' in result)) throw new Error(result.kind)
  return describePerformance(result)
}

describe('describePerformance', () => {
  it.each<[Parameters<typeof describeDrop>, string]>([
    [
      ['accuracy', 0.9, 0.84],
      '"accuracy" fell from 0.9 to 0.84, a drop of 0.06, more than the allowed 0.05; n unknown, so the values alone decide',
    ],
    [
      ['accuracy', 0.9, 0.85],
      '"accuracy" fell from 0.9 to 0.85, a drop of 0.05, at most the allowed 0.05; n unknown, so the values alone decide',
    ],
    [
      ['accuracy', 0.9, 0.95],
      '"accuracy" rose from 0.9 to 0.95, no drop; n unknown, so the values alone decide',
    ],
    [['accuracy', 0.9, 0.9, { rows: 100 }], '"accuracy" stayed at 0.9, no drop'],
    [
      ['accuracy', 0.9, 0.84, { rows: 1000 }],
      '"accuracy" fell from 0.9 to 0.84, a drop of 0.06, more than the allowed 0.05; it is at least 0.03534 at 95 % confidence',
    ],
    [
      ['accuracy', 0.9, 0.84, { rows: 100 }],
      '"accuracy" fell from 0.9 to 0.84, a drop of 0.06, more than the allowed 0.05; 100 rows show such a drop by chance too: it is at least -0.01916 at 95 % confidence',
    ],
    [
      ['rmse', 50, 50.2],
      '"rmse" rose from 50 to 50.2, a drop of 0.2, more than the allowed 0.05; no proportion, so the values alone decide',
    ],
    [['rmse', 50, 49], '"rmse" fell from 50 to 49, no drop; no proportion, so the values alone decide'],
    [
      ['profit\n::error::', 1, 0.5, { higherIsBetter: true }],
      '"profit\\n::error::" fell from 1 to 0.5, a drop of 0.5, more than the allowed 0.05; no proportion, so the values alone decide',
    ],
  ])('%j', (given, message) => {
    expect(describeDrop(...given)).toBe(message)
  })
})
