import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Cell } from './join-cells.ts'
import { type Cells, holdout } from './join-fixture.ts'
import type { HoldoutPolicy } from './policy.ts'

const small: Cells = {
  id: ['b', 'a', 'c'],
  label: ['cat', 'dog', 'cat'],
  user: ['u2', 'u1', 'u1'],
  query: ['q', 'q', 'p'],
  weight: ['1', '2.5', '0.5'],
  at: ['2026-01-02', '2026-01-01', '2026-01-03'],
  country: ['DE', '', 'FR'],
}

describe('a holdout', () => {
  it('is sorted by id, with names in ascending order', () => {
    const { rows, rowOf } = holdout(small)
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

  it('is the same data in whatever order its rows come', () => {
    const rows = fc.uniqueArray(
      fc.record({ id: fc.string({ minLength: 1 }), label: fc.constantFrom('x', 'y') }),
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
          holdout({ id: some.map(({ id }) => id), label: some.map(({ label }) => label) })
        expect(of(other)).toEqual(of(one))
      }),
    )
  })

  it.each<[string, Cells, Partial<HoldoutPolicy>?]>([
    ['a label', { ...small, label: ['cat', 'cat', 'cat'] }],
    ['an id', { ...small, id: ['b', 'a', 'd'] }],
    ['a group', { ...small, user: ['u2', 'u1', 'u2'] }],
    ['a query', { ...small, query: ['q', 'q', 'q'] }],
    ['a weight', { ...small, weight: ['1', '2.5', '1'] }],
    ['a time', { ...small, at: ['2026-01-02', '2026-01-01', '2026-01-04'] }],
    ['a column for slices', { ...small, country: ['DE', '', 'DE'] }],
    ['no groups', { ...small, user: undefined as unknown as Cell[] }],
    ['a positive class', small, { positive: 'dog' }],
  ])('has another digest with another one: %s', (_, cells, change) => {
    expect(holdout(cells, change).rows.digest).not.toBe(holdout(small).rows.digest)
  })

  it.each<[Cell[], string | undefined, number | undefined]>([
    [['0', '1'], undefined, 1],
    [[true, false], undefined, 1],
    [['False', '1.0'], undefined, 1],
    [['1', '2'], undefined, 0],
    [['no', 'yes'], undefined, undefined],
    [['no', 'yes'], 'no', 0],
    [['0', '1'], 'False', 0],
    [['0', '1', '2'], undefined, undefined],
    [['0', '1', '2'], '2', 2],
  ])('of the labels %o with the positive %o has the positive code %o', (label, positive, code) => {
    const { labels } = holdout({ id: label.map((_, at) => `${at}`), label }, { positive }).rows
    expect(labels.kind === 'classes' && labels.positive).toBe(code)
  })

  it('has numbers where numbers are asked for', () => {
    const { labels } = holdout({ id: ['2', '1'], label: ['0.5', '1e3'] }, {}, 'numbers').rows
    expect(labels).toEqual({ kind: 'numbers', values: Float64Array.of(1000, 0.5) })
  })

  it.each<[string, Cells, Partial<HoldoutPolicy>, string]>([
    [
      'no rows',
      { id: [], label: [] },
      {},
      'holdout.csv: it has no rows; a gate without rows can decide nothing.',
    ],
    [
      'an id twice',
      { id: ['7', '8', '7.0', '8', '8'], label: Array(5).fill('x') },
      {},
      'holdout.csv: column "id": ids that stand on several rows: 2 ("7", "8"); each row needs its own.',
    ],
    [
      'no id',
      { id: ['7', ''], label: ['x', 'y'] },
      {},
      'holdout.csv: column "id": a cell is empty ("" on line 3); mend or leave out such rows.',
    ],
    [
      'no label',
      { id: ['7', '8', '9'], label: ['x', null, ' '] },
      {},
      'holdout.csv: column "label": 2 cells are empty (the first "" on line 3); mend or leave out such rows.',
    ],
    ['no group', { ...small, user: ['u', '', 'u'] }, {}, 'column "user": a cell is empty ("" on line 3)'],
    ['no query', { ...small, query: ['u', '', 'u'] }, {}, 'column "query": a cell is empty ("" on line 3)'],
    [
      'a bad weight',
      { ...small, weight: ['1', 'heavy\u001b[31m', '1'] },
      {},
      'holdout.csv: column "weight": the weight of the id "a" is no number; each must be finite, and 0 or more.',
    ],
    [
      'a negative weight',
      { ...small, weight: ['1', '-1', '1'] },
      {},
      'column "weight": the weight of the id "a" is -1; each must be finite, and 0 or more.',
    ],
    ['no weight at all', { ...small, weight: ['0', '0', '0'] }, {}, 'column "weight": all weights are 0.'],
    [
      'a bad time',
      { ...small, at: ['2026-01-01', 'noon', 'x'] },
      {},
      'column "at": 2 cells are no ISO time and no epoch (the first "noon" on line 3)',
    ],
    [
      'a lost positive',
      small,
      { positive: 'bird' },
      'no label is the positive class "bird"; there are "cat", "dog".',
    ],
  ])('with %s is refused', (_, cells, change, message) => {
    expect(() => holdout(cells, change)).toThrow(message)
  })

  it('does not count rows without weight: they might as well not be there', () => {
    const row = fc.record({
      label: fc.constantFrom('x', 'y', 'z'),
      user: fc.constantFrom('u', 'v', 'w'),
      query: fc.constantFrom('p', 'q'),
      at: fc.constantFrom(1, 2, 3),
      country: fc.constantFrom('', 'DE', 'FR'),
      weight: fc.constantFrom('0', '-0', '1', '2.5'),
    })
    const table = (rows: (Record<string, Cell> & { id: string })[]): Cells =>
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
        expect(holdout(table(rows))).toEqual(holdout(table(counted)))
      }),
    )
    const numbers = holdout({ id: ['1', '2'], label: [5, 6], weight: [0, 1] }, {}, 'numbers')
    expect(numbers.rows.labels).toEqual({ kind: 'numbers', values: Float64Array.of(6) })
    expect([...numbers.rowOf]).toEqual([['2', 0]])
  })

  it('without a number is refused where numbers are asked for', () => {
    expect(() => holdout({ id: ['1', '2'], label: ['1', 'nan'] }, {}, 'numbers')).toThrow(
      'column "label": a cell is no number ("nan" on line 3)',
    )
  })
})
