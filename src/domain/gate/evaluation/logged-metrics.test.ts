import { expect, test } from 'vitest'
import type { GatePolicy, Guardrail } from '../gate/criteria/gate-policy.ts'
import { listLoggedMetrics } from './logged-metrics.ts'

const rule = (metric: string, changes: Partial<Guardrail> = {}): Guardrail => ({
  ...{ metric, direction: 'higher', statistic: undefined, maxRegression: { absolute: '0.1' } },
  ...{ floor: undefined, ceiling: undefined, groupDisparity: undefined },
  ...changes,
})
const policy = (changes: Partial<GatePolicy>) =>
  listLoggedMetrics({
    primary: { ...rule('auc'), minValue: undefined },
    guardrails: [rule('latency'), rule('f1'), rule('memory', { maxRegression: undefined })],
    comparison: { kind: 'challenger', minImprovement: { absolute: '0' } },
    predictions: undefined,
    ...changes,
  })

test('without predictions, all metrics are logged ones', () => {
  expect(policy({})).toEqual([
    { metric: 'auc', isCompared: true },
    { metric: 'latency', isCompared: true },
    { metric: 'f1', isCompared: true },
    { metric: 'memory', isCompared: false },
  ])
})

test('with predictions, only those that the gate cannot compute', () => {
  const predictions = { kind: 'artifact', artifact: 'predictions.csv' } as const
  expect(policy({ predictions }).map(({ metric }) => metric)).toEqual(['latency', 'memory'])
  const primary = { ...rule('ours', { statistic: 'accuracy' }), minValue: undefined }
  expect(policy({ predictions, primary, guardrails: [] })).toEqual([])
})

test('kind threshold compares with no champion', () => {
  expect(policy({ comparison: { kind: 'threshold' } }).some(({ isCompared }) => isCompared)).toBe(false)
})
