import { describe, expect, it, test } from 'vitest'
import { normalQuantile } from '../statistics/distributions.ts'
import { createRandom } from '../statistics/random.ts'
import { compareDatasets } from './compare.ts'
import type { Dataset, DatasetColumn } from './dataset.ts'
import type { DriftSettings } from './result.ts'

const settings: DriftSettings = {
  policy: 'calibrated',
  sigmas: 2,
  alpha: 0.05,
  floors: { numeric: 0.1, categorical: 0.1, nulls: 0.05 },
  minDriftedColumns: 1,
  criticalColumns: [],
  extraColumns: 'warn',
}

function createNormal(seed: number) {
  const random = createRandom(seed.toString(16).padStart(8, '0').repeat(4))
  return {
    normal: () => normalQuantile((random.bits() + 0.5) / 2 ** 32),
    uniform: () => (random.bits() + 0.5) / 2 ** 32,
  }
}

function numeric(name: string, values: readonly number[]): DatasetColumn {
  const present = values.filter((value) => !Number.isNaN(value))
  const mean = present.reduce((sum, value) => sum + value, 0) / present.length
  const variance = present.reduce((sum, value) => sum + (value - mean) ** 2, 0) / present.length
  return {
    name,
    type: 'numeric',
    nulls: values.length - present.length,
    mean,
    standardDeviation: Math.sqrt(variance),
    min: Math.min(...present),
    max: Math.max(...present),
    distinct: new Set(present).size,
    values: Float64Array.from(values),
    histogram: undefined,
  }
}

function categorical(name: string, texts: readonly string[]): DatasetColumn {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  const names = [...counts.keys()].sort()
  return {
    name,
    type: 'categorical',
    nulls: 0,
    counts,
    codes: Int32Array.from(texts, (text) => names.indexOf(text)),
    names,
  }
}

function dataset(rows: number, columns: DatasetColumn[], groups?: Int32Array, times?: Float64Array): Dataset {
  const positions = Float64Array.from({ length: rows }, (_, row) => row)
  return { rows, columns, sample: { positions, groups, times } }
}

const draw = (rows: number, one: () => number) => Array.from({ length: rows }, one)
const verdictOf = (reference: DatasetColumn, current: DatasetColumn, rows: [number, number], changed = {}) =>
  compareDatasets(dataset(rows[0], [reference]), dataset(rows[1], current ? [current] : []), {
    ...settings,
    ...changed,
  })

describe('a shift that is found', () => {
  const { normal, uniform } = createNormal(7)
  const base = draw(2000, normal)
  test.each<[string, number[], number[]]>([
    ['of the mean by half a standard deviation', base, draw(1000, () => normal() + 0.5)],
    ['of the spread', base, draw(1000, () => 2 * normal())],
    ['of the shape, at the same mean and spread', base, draw(1000, () => Math.sign(normal()))],
    [
      'of a heavy tail by 1.3',
      draw(5000, () => Math.exp(2 * normal())),
      draw(5000, () => 1.3 * Math.exp(2 * normal())),
    ],
    ['of a unit', base.map((v) => v + 10), draw(1000, () => 1000 * (normal() + 10))],
    ['of missing values', base, draw(1000, () => (uniform() < 0.1 ? Number.NaN : normal()))],
  ])('is drift: %s', (_, before, now) => {
    const result = verdictOf(numeric('x', before), numeric('x', now), [before.length, now.length])
    expect(result).toMatchObject({ verdict: 'drift', driftedColumns: ['x'] })
  })

  it('has the seed rule against it: half a standard deviation is nothing for two-sigma', () => {
    const now = numeric(
      'x',
      draw(1000, () => normal() + 0.5),
    )
    expect(verdictOf(numeric('x', base), now, [2000, 1000], { policy: 'two-sigma' }).verdict).toBe('stable')
    const far = numeric(
      'x',
      draw(1000, () => normal() + 2.5),
    )
    expect(verdictOf(numeric('x', base), far, [2000, 1000], { policy: 'two-sigma' }).verdict).toBe('drift')
  })
})

describe('a structural finding', () => {
  const { normal } = createNormal(8)
  const base = numeric('x', draw(1000, normal))
  const others = Array.from({ length: 19 }, (_, index) => numeric(`other ${index}`, draw(1000, normal)))
  const letters = categorical(
    'x',
    draw(1000, normal).map((v) => (v > 0 ? 'a' : 'b')),
  )
  const withC = categorical(
    'x',
    draw(1000, normal).map((v) => (v > 2 ? 'c' : v > 0 ? 'a' : 'b')),
  )
  const allNull: DatasetColumn = { name: 'x', type: 'empty', nulls: 1000 }
  test.each<[string, DatasetColumn, DatasetColumn | undefined]>([
    ['missing-column', base, undefined],
    ['type-changed', base, letters],
    ['all-null', base, allNull],
    [
      'constant-changed',
      numeric(
        'x',
        draw(1000, () => 1),
      ),
      numeric(
        'x',
        draw(1000, () => 2),
      ),
    ],
    ['new-categories', letters, withC],
  ])('%s is drift under every policy, whatever min-drifted-columns says', (kind, before, now) => {
    for (const policy of ['calibrated', 'two-sigma', 'evidently'] as const) {
      const result = compareDatasets(
        dataset(1000, [before, ...others]),
        dataset(1000, [...(now ? [now] : []), ...others]),
        { ...settings, policy, minDriftedColumns: 5 },
      )
      expect(result.verdict).toBe('drift')
      expect(result.columns[0]).toMatchObject({
        name: 'x',
        findings: [{ kind }],
        severity: Number.POSITIVE_INFINITY,
      })
    }
  })

  it('is not the same constant, nor a rare category, nor an extra column without the setting', () => {
    const one = numeric(
      'x',
      draw(1000, () => 1),
    )
    const added = numeric('y', draw(1000, normal))
    const extra = compareDatasets(dataset(1000, [one]), dataset(1000, [one, added]), settings)
    expect(extra.verdict).toBe('stable')
    const rare = categorical(
      'x',
      draw(1000, normal).map((v, row) => (row < 4 ? 'c' : v > 0 ? 'a' : 'b')),
    )
    expect(verdictOf(letters, rare, [1000, 1000]).columns[0]?.findings).toEqual([])
    const strict = compareDatasets(dataset(1000, [one]), dataset(1000, [one, added]), {
      ...settings,
      extraColumns: 'drift',
    })
    expect(strict.verdict).toBe('drift')
  })
})

test('few rows are inconclusive, with the smallest difference that they show', () => {
  const { normal } = createNormal(9)
  const result = verdictOf(numeric('x', draw(100, normal)), numeric('x', draw(100, normal)), [100, 100])
  expect(result.verdict).toBe('inconclusive')
  expect(result.columns[0]?.detectable?.value).toBeCloseTo(0.25, 1)
})

test('one drifted column of two is not enough for min-drifted-columns 2, unless it is critical', () => {
  const { normal } = createNormal(10)
  const sides: [Dataset, Dataset] = [
    dataset(1000, [numeric('x', draw(1000, normal)), numeric('y', draw(1000, normal))]),
    dataset(1000, [
      numeric(
        'x',
        draw(1000, () => normal() + 1),
      ),
      numeric('y', draw(1000, normal)),
    ]),
  ]
  const changed = { ...settings, minDriftedColumns: 2 }
  expect(compareDatasets(...sides, changed)).toMatchObject({ verdict: 'stable', driftedColumns: ['x'] })
  expect(compareDatasets(...sides, { ...changed, criticalColumns: ['x'] }).verdict).toBe('drift')
})

test('a burst of dependent rows is no new category', () => {
  const { normal } = createNormal(16)
  const level = (value: number) => `level ${Math.floor(value / 2)}`
  let value = normal()
  const remembered = Array.from({ length: 2000 }, () => {
    value = 0.9 * value + Math.sqrt(0.19) * normal()
    return level(value)
  })
  const independent = Array.from({ length: 2000 }, () => level(normal()))
  const burst = Array.from({ length: 100 }, (_, row) => (row < 10 ? 'new' : 'level 0'))
  const kinds = (before: string[]) =>
    verdictOf(categorical('x', before), categorical('x', burst), [2000, 100]).columns[0]?.findings.map(
      ({ kind }) => kind,
    )
  expect(kinds(remembered)).toEqual([])
  expect(kinds(independent)).toEqual(['new-categories'])
})

describe('no drift', () => {
  const COLUMNS = 20
  const RUNS = 40
  /** Of 40 runs at a rate of 5 %, more than 6 alarms have a probability below 1 %. */
  const MAX_ALARMS = 6
  type Draw = (rows: number, random: ReturnType<typeof createNormal>) => number[]
  const independent: Draw = (rows, { normal }) => draw(rows, normal)
  const users: Draw = (rows, { normal }) => {
    const values: number[] = []
    let level = 0
    for (let row = 0; row < rows; row += 1) {
      if (row % 10 === 0) level = normal()
      values.push(level + 0.5 * normal())
    }
    return values
  }
  const memory: Draw = (rows, { normal }) => {
    let value = normal()
    return draw(rows, () => {
      value = 0.9 * value + Math.sqrt(1 - 0.81) * normal()
      return value
    })
  }
  const groupsOf = (rows: number) => Int32Array.from({ length: rows }, (_, row) => Math.floor(row / 10))
  test.each<[string, Draw, number, number, boolean]>([
    ['independent rows', independent, 900, 900, false],
    ['independent rows', independent, 2000, 100, false],
    ['independent rows', independent, 3000, 300, false],
    ['ten rows of each user, with group', users, 900, 900, true],
    ['ten rows of each user, in their order', users, 2000, 100, false],
    ['an autocorrelation of 0.9', memory, 900, 900, false],
    ['an autocorrelation of 0.9', memory, 2000, 100, false],
  ])(
    'raises at most the promised alarms (%s)',
    (_, generate, before, now, hasGroups) => {
      let alarms = 0
      for (let run = 0; run < RUNS; run += 1) {
        const random = createNormal(1000 + run)
        const side = (rows: number) =>
          dataset(
            rows,
            Array.from({ length: COLUMNS }, (_, index) => numeric(`c${index}`, generate(rows, random))),
            hasGroups ? groupsOf(rows) : undefined,
          )
        if (compareDatasets(side(before), side(now), settings).verdict === 'drift') alarms += 1
      }
      expect(alarms).toBeLessThanOrEqual(MAX_ALARMS)
    },
    120_000,
  )
})

describe('a weekly season', () => {
  const HOUR = 3_600_000
  const START = Date.UTC(2026, 0, 5)
  const season = (hour: number) => Math.sin((2 * Math.PI * hour) / 168)
  function week(from: number, hours: number, random: ReturnType<typeof createNormal>, shift = 0): Dataset {
    const times = Float64Array.from({ length: hours }, (_, row) => START + (from + row) * HOUR)
    const values = Array.from(times, (_, row) => 3 * season(from + row) + random.normal() + shift)
    return dataset(hours, [numeric('x', values)], undefined, times)
  }

  it('is no drift of the last three days, with a time column', () => {
    let alarms = 0
    for (let run = 0; run < 40; run += 1) {
      const random = createNormal(500 + run)
      const result = compareDatasets(week(0, 168 * 8, random), week(168 * 8, 72, random), settings)
      expect(result.dependence).toMatchObject({ method: 'time-column', dependentColumns: ['x'] })
      expect(result.dependence.windows).toBeGreaterThanOrEqual(5)
      if (result.verdict === 'drift') alarms += 1
    }
    expect(alarms).toBeLessThanOrEqual(3)
  })

  it('does not hide a large shift', () => {
    const random = createNormal(77)
    const result = compareDatasets(week(0, 168 * 8, random), week(168 * 8, 168, random, 6), settings)
    expect(result.verdict).toBe('drift')
  })
})

test('a sorted reference has no time, and says so', () => {
  const { normal } = createNormal(12)
  const sorted = draw(1000, normal).sort((one, other) => one - other)
  const like = sorted.map((value) => value + 0.1 * normal())
  const sides = [
    dataset(1000, [numeric('x', sorted), numeric('y', like)]),
    dataset(1000, [numeric('x', draw(1000, normal)), numeric('y', draw(1000, normal))]),
  ] as const
  expect(compareDatasets(...sides, settings)).toMatchObject({
    verdict: 'stable',
    dependence: { method: 'independent', sortedBy: ['x'], dependentColumns: [] },
  })
})
