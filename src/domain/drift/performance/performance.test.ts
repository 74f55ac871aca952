import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { comparePerformance, type PerformanceComparison } from './performance.ts'

const compare = (
  given: Partial<Omit<PerformanceComparison, 'baseline' | 'current'>> & {
    baseline: number
    current: number
    rows?: number | undefined
    baselineRows?: number | undefined
  },
) =>
  comparePerformance({
    metric: 'accuracy',
    higherIsBetter: undefined,
    limit: { kind: 'absolute', amount: '0.05' },
    ...given,
    baseline: { value: given.baseline, rows: given.baselineRows, from: 'before' },
    current: { value: given.current, rows: given.rows, from: 'now' },
  })

describe('the point rule', () => {
  it.each([
    [0.9, 0.85, 'stable', '0.05'],
    [0.9, 0.849, 'drift', '0.051'],
    [0.9, 0.95, 'stable', '-0.05'],
    [0.9, 0.9, 'stable', '0'],
    // 32-bit floats of 0.9 and 0.85.
    [Math.fround(0.9), Math.fround(0.85), 'stable', '0.05'],
    [Math.fround(0.9), 0.85, 'stable', '0.05'],
  ])('from %s to %s is %s, a drop of %s', (baseline, current, kind, drop) => {
    expect(compare({ baseline, current })).toMatchObject({
      kind,
      drop,
      limit: '0.05',
      pointRule: 'rows-unknown',
    })
  })

  it.each([
    [0.8, 0.72, 'stable', '0.08'],
    [0.8, 0.719, 'drift', '0.08'],
  ])('a relative limit of 0.1, from %s to %s, is %s', (baseline, current, kind, limit) => {
    expect(compare({ baseline, current, limit: { kind: 'relative', amount: '0.1' } })).toMatchObject({
      kind,
      limit,
    })
  })

  it('a relative limit is of the size of a negative baseline', () => {
    const found = compare({
      metric: 'r2',
      baseline: -0.5,
      current: -0.6,
      limit: { kind: 'relative', amount: '0.1' },
    })
    expect(found).toMatchObject({ kind: 'drift', drop: '0.1', limit: '0.05' })
  })

  it('a lower RMSE is better, and has no interval from a value and its rows', () => {
    expect(compare({ metric: 'rmse', baseline: 50, current: 50.2, rows: 1000 })).toMatchObject({
      kind: 'drift',
      drop: '0.2',
      interval: undefined,
      pointRule: 'no-proportion',
    })
    expect(compare({ metric: 'rmse', baseline: 50, current: 49 })).toMatchObject({
      kind: 'stable',
      drop: '-1',
    })
  })

  it('a drop that is a gain in the other direction is stable', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 0, max: 1000 }), (one, other) => {
        const values = { metric: 'profit', baseline: one / 1000, current: other / 1000 }
        const kinds = [true, false].map((higherIsBetter) => compare({ ...values, higherIsBetter }))
        const isFar = Math.abs(one - other) > 50
        expect(kinds.map((each) => each.kind).sort()).toEqual(
          isFar ? ['drift', 'stable'] : ['stable', 'stable'],
        )
      }),
    )
  })
})

describe('a proportion of known rows', () => {
  // statsmodels 0.15.0: confint_proportions_2indep(90, 100, 84, 100, method='newcomb', alpha=0.1).
  it('a drop above the limit that 100 rows may show by chance is inconclusive', () => {
    const found = compare({ baseline: 0.9, current: 0.84, baselineRows: 100, rows: 100 })
    expect(found).toMatchObject({ kind: 'inconclusive', pointRule: undefined })
    if (!('interval' in found)) throw new Error('no result')
    expect(found.interval?.low).toBeCloseTo(-0.019156946266298103, 12)
    expect(found.interval?.high).toBeCloseTo(0.13950968010765225, 12)
  })

  it.each([
    [1000, 1000, 'drift'],
    [undefined, 1000, 'drift'],
    [undefined, 40, 'inconclusive'],
    [10, 1000, 'inconclusive'],
  ])('with %s and %s rows, 0.90 to 0.84 is %s', (baselineRows, rows, kind) => {
    expect(compare({ baseline: 0.9, current: 0.84, baselineRows, rows })).toMatchObject({ kind })
  })

  it('an unknown number of baseline rows counts as exact: the interval is narrower', () => {
    const bounds = [undefined, 1_000].map((baselineRows) => {
      const found = compare({ baseline: 0.9, current: 0.84, baselineRows, rows: 500 })
      if (!('interval' in found) || !found.interval) throw new Error('no interval')
      return found.interval
    })
    expect(bounds[0]?.low).toBeGreaterThan(bounds[1]?.low ?? 1)
    expect(bounds[0]?.high).toBeLessThan(bounds[1]?.high ?? -1)
  })

  it('a drop within the limit is stable, however sure it is', () => {
    expect(compare({ baseline: 0.9, current: 0.86, baselineRows: 1e9, rows: 1e9 })).toMatchObject({
      kind: 'stable',
      interval: { confidence: 0.95 },
    })
  })

  it('more rows never turn a drift into another result', () => {
    const value = fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100)
    fc.assert(
      fc.property(value, value, fc.integer({ min: 2, max: 5000 }), (baseline, current, rows) => {
        const [few, many] = [rows, 4 * rows].map((count) =>
          compare({ baseline, current, baselineRows: count, rows: count }),
        )
        if (few?.kind === 'drift') expect(many?.kind).toBe('drift')
        expect(few?.kind === 'stable').toBe(many?.kind === 'stable')
      }),
    )
  })
})

describe('values that cannot be compared', () => {
  it.each<[string, Parameters<typeof compare>[0], object]>([
    ['NaN', { baseline: 0.9, current: Number.NaN }, { kind: 'not-a-number', side: 'current', value: 'NaN' }],
    [
      "MLflow's infinity",
      { baseline: 1.7976931348623157e308, current: 0.9 },
      { kind: 'not-a-number', side: 'baseline', value: 'infinite' },
    ],
    ['a percentage', { baseline: 0.9, current: 84 }, { kind: 'out-of-range', side: 'current', value: 84 }],
    ['an unknown metric', { metric: 'profit', baseline: 1, current: 1 }, { kind: 'unknown-direction' }],
    [
      'a wrong direction',
      { baseline: 1, current: 1, higherIsBetter: false },
      { kind: 'wrong-direction', higherIsBetter: true },
    ],
    [
      'a share of 0',
      { metric: 'rmse', baseline: 0, current: 1, limit: { kind: 'relative', amount: '0.1' } },
      { kind: 'share-of-zero' },
    ],
  ])('%s is a problem, never stable', (_case, given, problem) => {
    expect(compare(given)).toMatchObject(problem)
  })
})
