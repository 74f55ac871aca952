import { describe, expect, it } from 'vitest'
import type { Interval } from './interval.ts'
import type { Measured } from './measure.ts'
import type { Duel } from './on-rows.ts'
import { type Known, testLimits, testOnRows } from './self-test.ts'

/** Bounds of how much better one model is than another, by "first second". */
type Bounds = Readonly<Record<string, readonly [number, number]>>

/** What a sound measurement says where 0.01 better is asked for. */
const SOUND: Bounds = {
  'twin champion': [0, 0],
  'candidate champion': [0.02, 0.04],
  'champion candidate': [-0.04, -0.02],
  'decoy champion': [-0.005, 0.02],
  'labels champion': [0.08, 0.12],
}

function duel(changes: Bounds = {}): Duel<Known> {
  const bounds = { ...SOUND, ...changes }
  const change: Measured<Known>['change'] = (first, second): Interval => {
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
  const values = { candidate: 0.93, champion: 0.9, twin: 0.9, decoy: 0.905, labels: 1 }
  return {
    kind: 'primary',
    subject: 'accuracy',
    measured: { values, units: 100, change },
    first: 'candidate',
    second: 'champion',
    rival: 'champion 3',
    limit: 'better by at least 0.01',
    boundary: { boundary: 0.01, relative: 0 },
    least: 30,
    unit: 'rows',
  }
}

const failed = (changes: Bounds, hasDecoy = true) =>
  testOnRows(duel(changes), hasDecoy)
    .filter(({ passed }) => !passed)
    .map(({ name }) => name)

const TWIN = 'the champion is not better than itself'
const MIRROR = 'the two swapped get the mirrored answer'
const DECOY = 'a decoy just short of the boundary is not let through'
const LABELS = 'the labels as predictions are not refused'

describe('the questions about rows', () => {
  it('are four that a sound measurement passes, and three where nothing can be worsened', () => {
    expect(testOnRows(duel(), true).map(({ name }) => name)).toEqual([TWIN, MIRROR, DECOY, LABELS])
    expect(failed({})).toEqual([])
    expect(testOnRows(duel(), false).map(({ name }) => name)).toEqual([TWIN, MIRROR, LABELS])
  })

  it.each<[string, Bounds, string[]]>([
    ['a champion that is better than itself', { 'twin champion': [0.001, 0.003] }, [TWIN]],
    ['a champion that is worse than itself', { 'twin champion': [-0.003, -0.001] }, [TWIN]],
    ['a champion that differs from itself on average', { 'twin champion': [-0.001, 0.003] }, [TWIN]],
    ['an answer that is not mirrored', { 'champion candidate': [-0.04, -0.01] }, [MIRROR]],
    ['an answer that favours whoever is first', { 'champion candidate': [0.02, 0.04] }, [MIRROR]],
    ['a mirrored answer that is not a number', { 'champion candidate': [Number.NaN, -0.02] }, [MIRROR]],
    ['a decoy that is let through', { 'decoy champion': [0.011, 0.03] }, [DECOY]],
    ['labels that are refused', { 'labels champion': [0.001, 0.009] }, [LABELS]],
  ])('find %s', (_, changes, names) => {
    expect(failed(changes)).toEqual(names)
  })

  it('pass what only rounding tells apart, and labels that too few rows prove nothing of', () => {
    expect(failed({ 'champion candidate': [-0.04 + 1e-12, -0.02] })).toEqual([])
    expect(failed({ 'labels champion': [-0.01, 0.2] })).toEqual([])
  })
})

describe('the questions about a fixed limit', () => {
  const primary = (direction: 'higher' | 'lower', minValue: string) => ({
    metric: 'accuracy',
    direction,
    statistic: 'accuracy',
    minValue,
  })
  const passed = (...given: Parameters<typeof testLimits>) => testLimits(...given).map((one) => one.passed)

  it('are passed by a limit that the labels meet', () => {
    expect(passed(primary('higher', '0.9'), '0.9', 1)).toEqual([true, true])
    expect(passed(primary('lower', '0.2'), '0.2', 0)).toEqual([true, true])
  })

  it('find a limit that not even the labels meet', () => {
    expect(passed(primary('higher', '1.5'), '1.5', 1)).toEqual([true, false])
    expect(passed(primary('lower', '-0.1'), '-0.1', 0)).toEqual([true, false])
  })

  it('find a limit that what is beyond it passes', () => {
    // The gate holds to another limit than the one that it is tried with.
    expect(passed(primary('higher', '0.5'), '0.9', 1)).toEqual([false, true])
    expect(passed(primary('lower', '0.5'), '0.2', 0)).toEqual([false, true])
  })
})
