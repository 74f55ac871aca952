import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fakePolicy } from '../../../../test/fakes/gate-policy.ts'
import type { Interval } from '../../statistics/interval.ts'
import { type Criterion, createPrimaryCriterion } from '../criteria/criterion.ts'
import type { Comparison, Primary } from '../criteria/gate-policy.ts'
import { evaluate } from '../evaluation/evaluate.ts'
import { meetsMinValue } from '../evaluation/limits.ts'
import type { Measurement } from '../inference/paired-measurement.ts'
import {
  runLimitSelfTests,
  runLoggedMetricSelfTests,
  runPairedSelfTests,
  type SelfTestModel,
} from './self-tests.ts'

/** Bounds of the difference of two models, by "first second". */
type Bounds = Readonly<Record<string, readonly [number, number]>>

/** A sound measurement, for a margin of 0.01. */
const SOUND: Bounds = {
  'championCopy champion': [0, 0],
  'candidate champion': [0.02, 0.04],
  'champion candidate': [-0.04, -0.02],
  'negativeControl champion': [-0.005, 0.02],
  'positiveControl champion': [0.08, 0.12],
}

function createMeasurement(changes: Bounds = {}): Pick<Measurement<SelfTestModel>, 'values' | 'difference'> {
  const bounds = { ...SOUND, ...changes }
  const difference: Measurement<SelfTestModel>['difference'] = (first, second): Interval => {
    const [low, high] = bounds[`${first} ${second}`] ?? [Number.NaN, Number.NaN]
    return {
      estimate: (low + high) / 2,
      low,
      high,
      confidence: 0.95,
      method: 'a test',
      paired: true,
      units: 100,
    }
  }
  const values = {
    candidate: 0.93,
    champion: 0.9,
    championCopy: 0.9,
    negativeControl: 0.905,
    positiveControl: 1,
  }
  return { values, difference }
}
const criterion: Criterion = {
  kind: 'min-improvement',
  amount: { absolute: '0.01' },
  baseline: 'champion',
}

const failedTests = (changes: Bounds) =>
  runPairedSelfTests(createMeasurement(changes), criterion, true)
    .filter(({ passed }) => !passed)
    .map(({ kind }) => kind)

describe('runPairedSelfTests', () => {
  it('runs four tests, or three without a negative control', () => {
    expect(runPairedSelfTests(createMeasurement(), criterion, true).map(({ kind }) => kind)).toEqual([
      'a-a-test',
      'swap',
      'negative-control',
      'positive-control',
    ])
    expect(failedTests({})).toEqual([])
    expect(runPairedSelfTests(createMeasurement(), criterion, false).map(({ kind }) => kind)).toEqual([
      'a-a-test',
      'swap',
      'positive-control',
    ])
  })

  it.each<[string, Bounds, string[]]>([
    ['a champion that is better than itself', { 'championCopy champion': [0.001, 0.003] }, ['a-a-test']],
    ['a champion that is worse than itself', { 'championCopy champion': [-0.003, -0.001] }, ['a-a-test']],
    [
      'a champion that differs from itself on average',
      { 'championCopy champion': [-0.001, 0.003] },
      ['a-a-test'],
    ],
    ['an interval that is not mirrored', { 'champion candidate': [-0.04, -0.01] }, ['swap']],
    ['an interval that favors the first model', { 'champion candidate': [0.02, 0.04] }, ['swap']],
    ['a mirrored bound that is NaN', { 'champion candidate': [Number.NaN, -0.02] }, ['swap']],
    ['a negative control that passes', { 'negativeControl champion': [0.011, 0.03] }, ['negative-control']],
    ['a positive control that fails', { 'positiveControl champion': [0.001, 0.009] }, ['positive-control']],
  ])('fails for %s', (_, changes, names) => {
    expect(failedTests(changes)).toEqual(names)
  })

  it('tolerates rounding, and an inconclusive positive control', () => {
    expect(failedTests({ 'champion candidate': [-0.04 + 1e-12, -0.02] })).toEqual([])
    expect(failedTests({ 'positiveControl champion': [-0.01, 0.2] })).toEqual([])
  })
})

describe('runLimitSelfTests', () => {
  const primary = (direction: 'higher' | 'lower', minValue: string) => ({
    metric: 'accuracy',
    direction,
    statistic: 'accuracy',
    minValue,
  })
  const passed = (primary: Primary, limit: string, perfectValue: number) =>
    runLimitSelfTests(primary, limit, perfectValue, (value) => meetsMinValue(primary, value)).map(
      (test) => test.passed,
    )

  it('passes for a limit that the labels meet', () => {
    expect(passed(primary('higher', '0.9'), '0.9', 1)).toEqual([true, true])
    expect(passed(primary('lower', '0.2'), '0.2', 0)).toEqual([true, true])
  })

  it('fails for a limit that the labels do not meet', () => {
    expect(passed(primary('higher', '1.5'), '1.5', 1)).toEqual([true, false])
    expect(passed(primary('lower', '-0.1'), '-0.1', 0)).toEqual([true, false])
  })

  it('fails if the gate accepts a value beyond the limit', () => {
    // The gate applies another limit than the tested one.
    expect(passed(primary('higher', '0.5'), '0.9', 1)).toEqual([false, true])
    expect(passed(primary('lower', '0.5'), '0.2', 0)).toEqual([false, true])
  })
})

const comparisons: readonly Comparison[] = [
  { kind: 'challenger', minImprovement: { absolute: '0' } },
  { kind: 'challenger', minImprovement: { absolute: '0.01' } },
  { kind: 'challenger', minImprovement: { relative: '0.01' } },
  { kind: 'refresh', margin: { absolute: '0.01' }, anchor: undefined },
]

describe('runLoggedMetricSelfTests', () => {
  it('passes for the gate itself, whatever the champion logged', () => {
    const value = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }),
      fc.double({ noNaN: true, min: 0, max: 1 }),
      fc.tuple(fc.nat(3000), fc.integer({ min: 1, max: 3000 })).map(([a, b]) => a / b),
    )
    fc.assert(
      fc.property(
        value,
        fc.constantFrom(...comparisons),
        fc.constantFrom('higher', 'lower'),
        (champion, comparison, direction) => {
          const primary = { metric: 'm', direction, statistic: undefined, minValue: undefined } as const
          const metrics = new Map([['m', champion]])
          const { selfTests: tests } = evaluate({
            policy: fakePolicy({ primary, comparison }),
            candidate: { name: 'candidate', metrics: new Map([['m', champion / 2 + 1]]) },
            champion: { name: 'champion 1', metrics },
            anchor: undefined,
            scored: undefined,
            loggedRowCount: undefined,
          })
          expect(tests.filter(({ passed }) => !passed)).toEqual([])
        },
      ),
    )
  })

  it.each([
    ['passes everything', () => true, ['logged-a-a-test', 'logged-swap', 'logged-negative-control']],
    [
      'has the wrong direction',
      (candidate: number, champion: number) => candidate < champion,
      ['logged-negative-control'],
    ],
    [
      'takes equal for better',
      (candidate: number, champion: number) => candidate >= champion,
      ['logged-a-a-test'],
    ],
  ] as const)('catches a gate that %s', (_, passes, caught) => {
    const criterion = createPrimaryCriterion({ kind: 'challenger', minImprovement: { absolute: '0' } })
    const tests = runLoggedMetricSelfTests('higher', criterion as Criterion, 0.9, 0.8, passes)
    const failed = tests.filter(({ passed }) => !passed).map(({ kind }) => kind)
    expect(failed).toHaveLength(caught.length)
    for (const kind of caught) expect(failed).toContain(kind)
  })
})
