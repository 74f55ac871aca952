import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createHoldout, type TableCells } from '../../../../test/fakes/gate-tables.ts'
import type { Cell } from '../../table/cells.ts'
import type { HoldoutPolicy } from '../criteria/gate-policy.ts'

const small: TableCells = {
  id: ['b', 'a', 'c'],
  label: ['cat', 'dog', 'cat'],
  user: ['u2', 'u1', 'u1'],
  query: ['q', 'q', 'p'],
  weight: ['1', '2.5', '0.5'],
  at: ['2026-01-02', '2026-01-01', '2026-01-03'],
  country: ['DE', '', 'FR'],
}

describe('buildHoldout', () => {
  it('sorts rows by id and names in ascending order', () => {
    const { rows, rowOf } = createHoldout(small)
    expect(rows).toEqual({
      count: 3,
      labels: { kind: 'classes', codes: Int32Array.of(1, 0, 0), names: ['cat', 'dog'], positive: undefined },
      groups: { codes: Int32Array.of(0, 1, 0), names: ['u1', 'u2'] },
      queries: { codes: Int32Array.of(1, 1, 0), names: ['p', 'q'] },
      weights: Float64Array.of(2.5, 1, 0.5),
      times: Float64Array.of(...['2026-01-01', '2026-01-02', '2026-01-03'].map(Date.parse)),
      columns: new Map([['country', { codes: Int32Array.of(0, 1, 2), names: ['', 'DE', 'FR'] }]]),
      digest: expect.any(String),
    })
    expect([...rowOf]).toEqual([
      ['a', 0],
      ['b', 1],
      ['c', 2],
    ])
  })

  it('has one class for all spellings of a number, unless a fraction has two', () => {
    const names = (...label: Cell[]) => {
      const { rows, classNames } = createHoldout({ id: label.map((_, row) => String(row)), label })
      return [rows.labels.kind === 'classes' && rows.labels.names, Object.fromEntries(classNames)]
    }
    expect(names('1', '1.0', '0.50', '2.5')).toEqual([
      ['0.5', '1', '2.5'],
      { '1': '1', '1.0': '1', '0.50': '0.5', '2.5': '2.5' },
    ])
    expect(names('1.1', '1.10', '1.0', '1')).toEqual([
      ['1', '1.0', '1.1', '1.10'],
      { '1': '1', '1.0': '1.0', '1.1': '1.1', '1.10': '1.10' },
    ])
  })

  it('finds the positive class among versions', () => {
    const cells = { id: ['a', 'b', 'c'], label: ['1.1', '1.10', '1.2'] }
    for (const positive of ['1.1', '1.10'])
      expect(createHoldout(cells, { positive }).rows.labels).toMatchObject({
        positive: Number(positive === '1.10'),
      })
    expect(() => createHoldout(cells, { positive: '1.20' })).toThrow('no label is the positive class "1.20"')
  })

  it('does not depend on the order of the rows', () => {
    const rows = fc.uniqueArray(
      fc.record({
        id: fc.string({ minLength: 1 }).map((text) => `i${text}`),
        label: fc.constantFrom('x', 'y'),
      }),
      {
        selector: ({ id }) => id,
        minLength: 2,
      },
    )
    const shuffled = rows.chain((some) =>
      fc.tuple(fc.constant(some), fc.shuffledSubarray(some, { minLength: some.length })),
    )
    fc.assert(
      fc.property(shuffled, ([one, other]) => {
        const of = (some: typeof one) =>
          createHoldout({ id: some.map(({ id }) => id), label: some.map(({ label }) => label) })
        expect(of(other)).toEqual(of(one))
      }),
    )
  })

  it.each<[string, TableCells, Partial<HoldoutPolicy>?]>([
    ['a label', { ...small, label: ['cat', 'cat', 'cat'] }],
    ['an id', { ...small, id: ['b', 'a', 'd'] }],
    ['a group', { ...small, user: ['u2', 'u1', 'u2'] }],
    ['a query', { ...small, query: ['q', 'q', 'q'] }],
    ['a weight', { ...small, weight: ['1', '2.5', '1'] }],
    ['a time', { ...small, at: ['2026-01-02', '2026-01-01', '2026-01-04'] }],
    ['a column for slices', { ...small, country: ['DE', '', 'DE'] }],
    ['no groups', { ...small, user: undefined as unknown as Cell[] }],
    ['a positive class', small, { positive: 'dog' }],
  ])('changes the digest with %s', (_, cells, change) => {
    expect(createHoldout(cells, change).rows.digest).not.toBe(createHoldout(small).rows.digest)
  })

  it.each<[Cell[], string | undefined, number | undefined]>([
    [['0', '1'], undefined, 1],
    [[true, false], undefined, 1],
    [['False', '1.0'], undefined, 1],
    [['-1', '1'], undefined, 1],
    // Which of these is positive is not known.
    [['1', '2'], undefined, undefined],
    [['1', 'ok'], undefined, undefined],
    [['1', '2'], '2', 1],
    [['no', 'yes'], undefined, undefined],
    [['no', 'yes'], 'no', 0],
    [['0', '1'], 'False', 0],
    [['0', '1', '2'], undefined, undefined],
    [['0', '1', '2'], '2', 2],
  ])('labels %o with positive %o: positive code %o', (label, positive, code) => {
    const { labels } = createHoldout({ id: label.map((_, at) => `${at}`), label }, { positive }).rows
    expect(labels.kind === 'classes' && labels.positive).toBe(code)
  })

  it('reads numeric labels', () => {
    const { labels } = createHoldout({ id: ['2', '1'], label: ['0.5', '1e3'] }, {}, 'numbers').rows
    expect(labels).toEqual({ kind: 'numbers', values: Float64Array.of(1000, 0.5) })
  })

  it.each<[string, TableCells, Partial<HoldoutPolicy>, string]>([
    ['no rows', { id: [], label: [] }, {}, 'holdout.csv: has no rows. The gate needs labeled rows.'],
    [
      'a duplicate id',
      { id: ['7', '8', '7.0', '8', '8'], label: Array(5).fill('x') },
      {},
      'holdout.csv: column "id": duplicate ids: 2 ("7", "8"). Give each row its own id.',
    ],
    [
      'no id',
      { id: ['7', ''], label: ['x', 'y'] },
      {},
      'holdout.csv: column "id": a cell is empty ("" on line 3). Fix or remove these rows.',
    ],
    [
      'no label',
      { id: ['7', '8', '9'], label: ['x', null, ' '] },
      {},
      'holdout.csv: column "label": 2 cells are empty (the first "" on line 3). Fix or remove these rows.',
    ],
    ['no group', { ...small, user: ['u', '', 'u'] }, {}, 'column "user": a cell is empty ("" on line 3)'],
    ['no query', { ...small, query: ['u', '', 'u'] }, {}, 'column "query": a cell is empty ("" on line 3)'],
    [
      'a bad weight',
      { ...small, weight: ['1', 'heavy\u001b[31m', '1'] },
      {},
      'holdout.csv: column "weight": a cell is not a finite number of at least 0 ("heavy\\u001b[31m" on line 3)',
    ],
    [
      'a negative weight',
      { ...small, weight: ['1', '-1', '1'] },
      {},
      'column "weight": a cell is not a finite number of at least 0 ("-1" on line 3)',
    ],
    [
      'an infinite weight',
      { ...small, weight: [1, Number.POSITIVE_INFINITY, 1] },
      {},
      'column "weight": a cell is not a finite number of at least 0 ("Infinity" on line 3)',
    ],
    ['only weights of 0', { ...small, weight: ['0', '0', '0'] }, {}, 'column "weight": all weights are 0.'],
    [
      'a bad time',
      { ...small, at: ['2026-01-01', 'noon', 'x'] },
      {},
      'column "at": 2 cells are neither an ISO time nor an epoch, from 1990 to tomorrow (the first "noon" on line 3). Fix or remove these rows.',
    ],
    [
      'compact dates',
      { ...small, at: ['20261128', '20261127', '20261126'] },
      {},
      'holdout.csv: column "at": 3 cells are neither an ISO time nor an epoch, from 1990 to tomorrow (the first "20261128" on line 2). "20261128" looks like a compact date: write it as 2026-11-28. Fix or remove these rows.',
    ],
    [
      'milliseconds among seconds',
      { ...small, at: ['1790000000', '1790000000000', '1790000000'] },
      {},
      'column "at": a cell is neither an ISO time nor an epoch, from 1990 to tomorrow ("1790000000000" on line 3). "1790000000000" looks like milliseconds since 1970, unlike the numbers before it: use one unit.',
    ],
    [
      'a word for a missing label',
      { ...small, label: ['cat', 'nan', '<NA>'] },
      {},
      'column "label": 2 cells are empty (the first "nan" on line 3). "nan" means a missing value, unless holdout.not_missing of the policy lists it. Fix',
    ],
    [
      'a word for a missing group',
      { ...small, user: ['u', 'NULL', 'u'] },
      {},
      'column "user": a cell is empty ("NULL" on line 3). "NULL" means',
    ],
    [
      'a word for a missing query',
      { ...small, query: ['q', 'q', '\\N'] },
      {},
      'column "query": a cell is empty',
    ],
    [
      'a list as a label',
      { ...small, label: ['cat', [1], 'dog'] },
      {},
      'column "label": a cell is empty ("[1]" on line 3). Fix',
    ],
    [
      'a positive class without rows',
      small,
      { positive: 'bird' },
      'no label is the positive class "bird". The labels are "cat", "dog".',
    ],
  ])('refuses %s', (_, cells, change, message) => {
    expect(() => createHoldout(cells, change)).toThrow(message)
  })

  it('reads words for a missing value that the policy names, and those of slices', () => {
    const cells = {
      ...small,
      label: ['NA', 'None', 'NA'],
      user: ['None', 'u', 'u'],
      country: ['NA', 'null', 'FR'],
    }
    const { rows } = createHoldout(cells, { positive: 'NA', notMissing: ['None'] })
    expect(rows.labels).toMatchObject({ names: ['NA', 'None'], positive: 0 })
    expect(rows.groups?.names).toEqual(['None', 'u'])
    expect(rows.columns.get('country')?.names).toEqual(['FR', 'NA', 'null'])
    expect(() => createHoldout({ ...cells, label: ['NA', 'None', 'nan'] }, { positive: 'NA' })).toThrow(
      'column "label": 2 cells are empty (the first "None" on line 3)',
    )
  })

  it('drops rows of weight 0', () => {
    const row = fc.record({
      label: fc.constantFrom('x', 'y', 'z'),
      user: fc.constantFrom('u', 'v', 'w'),
      query: fc.constantFrom('p', 'q'),
      at: fc.constantFrom(1_790_000_001, 1_790_000_002, 1_790_000_003),
      country: fc.constantFrom('', 'DE', 'FR'),
      weight: fc.constantFrom('0', '-0', '1', '2.5'),
    })
    const table = (rows: (Record<string, Cell> & { id: string })[]): TableCells =>
      Object.fromEntries(
        ['id', 'label', 'user', 'query', 'at', 'country', 'weight'].map((name) => [
          name,
          rows.map((one) => one[name]),
        ]),
      )
    fc.assert(
      fc.property(fc.array(row, { minLength: 1 }), (some) => {
        const rows = [{ ...some[0], weight: '1' }, ...some].map((one, at) => ({ ...one, id: `${at}` }))
        const counted = rows.filter(({ weight }) => Number(weight) > 0)
        expect(createHoldout(table(rows))).toEqual(createHoldout(table(counted)))
      }),
    )
    const numbers = createHoldout({ id: ['1', '2'], label: [5, 6], weight: [0, 1] }, {}, 'numbers')
    expect(numbers.rows.labels).toEqual({ kind: 'numbers', values: Float64Array.of(6) })
    expect([...numbers.rowOf]).toEqual([['2', 0]])
  })

  it('refuses a numeric label that is not a number', () => {
    expect(() => createHoldout({ id: ['1', '2'], label: ['1', 'nan'] }, {}, 'numbers')).toThrow(
      'column "label": a cell is not a number ("nan" on line 3)',
    )
  })
})
