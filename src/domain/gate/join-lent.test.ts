import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Cell } from './join-cells.ts'
import { type Cells, extras, filled, holdout } from './join-fixture.ts'
import { agreed, type Lent, lentBy } from './join-lent.ts'
import { Places } from './join-predictions.ts'

const labelled: Cells = { id: ['b', 'a', 'c'], label: ['cat', 'dog', 'cat'] }
const own = {
  user: ['u2', 'u1', 'u1'],
  query: ['q', 'q', 'p'],
  weight: ['1', '2.5', '0.5'],
  at: ['2026-01-02', '2026-01-01', '2026-01-03'],
  country: ['DE', '', 'FR'],
}
const ids = ['a', 'b', 'c']

/** What a file has to lend whose columns are these. */
function lends(cells: Cells, called = 'a.csv'): Lent | string {
  const places = filled(new Places(holdout(labelled)), cells.id ?? [])
  return lentBy(called, places, extras(cells), ids)
}

function lent(cells: Cells, called?: string): Lent {
  const one = lends(cells, called)
  if (typeof one === 'string') throw new Error(one)
  return one
}

describe('columns of predictions', () => {
  it('are as if they had stood in the holdout', () => {
    const { user, at, ...others } = own
    const given = lent({ id: labelled.id ?? [], ...own })
    expect(holdout(labelled, {}, 'classes', given.extras)).toEqual(holdout({ ...labelled, ...own }))
    const some = lent({ id: labelled.id ?? [], user, at })
    expect(holdout({ ...labelled, ...others }, {}, 'classes', some.extras)).toEqual(
      holdout({ ...labelled, ...own }),
    )
  })

  it('may come in any order, with rows that the holdout lacks', () => {
    const cell = fc.constantFrom('', 'x', 'y', 'z')
    const rows = fc.record({ a: cell, b: cell, c: cell, other: cell, another: cell })
    const shuffled = rows.chain((one) =>
      fc.tuple(fc.constant(one), fc.shuffledSubarray(Object.entries(one), { minLength: 5 })),
    )
    fc.assert(
      fc.property(shuffled, ([{ a, b, c }, entries]) => {
        const said = lent({ id: entries.map(([id]) => id), country: entries.map(([, country]) => country) })
        expect(holdout(labelled, {}, 'classes', said.extras)).toEqual(
          holdout({ ...labelled, country: [b, a, c] }),
        )
      }),
    )
  })

  it.each<[string, Cells, string]>([
    [
      'user',
      { user: ['u', '', 'u', ''] },
      'a.csv: column "user": the cell of the id "b" is empty; mend or leave out such rows.',
    ],
    ['query', { query: ['u', '', 'u', ''] }, 'column "query": the cell of the id "b" is empty'],
    [
      'weight',
      { weight: ['1', 'inf', '1', 'x'] },
      'a.csv: column "weight": the weight of the id "b" is no number; each must be finite, and 0 or more.',
    ],
    [
      'weight',
      { weight: [1, Number.POSITIVE_INFINITY, 1, 1] },
      'the weight of the id "b" is Infinity; each must',
    ],
    [
      'weight',
      { weight: ['1', '-1', '1', '1'] },
      'column "weight": the weight of the id "b" is -1; each must',
    ],
    ['weight', { weight: ['0', '0', '0', '1'] }, 'a.csv: column "weight": all weights are 0.'],
    [
      'at',
      { at: ['2026', 'x', '1', 'x'] },
      'column "at": the cell of the id "b" is no ISO time and no epoch',
    ],
  ])('must be of use: %s %o', (_, cells, message) => {
    expect(() => lends({ id: ['a', 'b', 'c', 'd'], ...cells })).toThrow(message)
  })

  it('need not be of use where the holdout has no row', () => {
    const said = lent({ id: ['d', 'a', 'b', 'c'], user: ['', 'u', 'v', 'w'], weight: ['x', '1', '1', '1'] })
    expect(said.extras.map(({ name }) => name)).toEqual(['user', 'weight'])
  })

  it.each<[string, Cell[], string]>([
    ['lack a row', ['a', 'c'], `a.csv: 1 of the holdout's 3 rows have no prediction ("b")`],
    ['have a row twice', ['a', 'b', 'c', 'b'], 'a.csv: ids with several predictions: 1 ("b")'],
  ])('are not lent where they %s', (_, id, failure) => {
    expect(lends({ id, user: id })).toContain(failure)
  })
})

describe('columns of several files', () => {
  const of = (called: string, cells: Omit<Cells, 'id'>, id: Cell[] = ['a', 'b', 'c']) =>
    lent({ id, ...cells }, called)

  it('are taken where they agree, in whatever order and form', () => {
    const one = of('a.csv', { user: ['1', '2', '3'], weight: ['1', '2', '3'] })
    const other = of('b.csv', { user: [3, '2.0', 1n], weight: ['3e0', 2, '1.0'] }, ['c', 'b', 'a'])
    expect(agreed(one, other, ids)).toBe(one)
    expect(agreed(of('a.csv', {}), of('b.csv', {}), ids).extras).toEqual([])
  })

  it.each<[string, Omit<Cells, 'id'>, Omit<Cells, 'id'>, string]>([
    [
      'a group',
      { user: ['u', 'v', 'w'] },
      { user: ['u', 'w', 'v'] },
      'b.csv: column "user" has "w" for the id "b", and a.csv has "v"; they must agree, or the holdout must have the column.',
    ],
    [
      'a slice',
      { country: ['', '', 'FR'] },
      { country: ['', '', 'DE'] },
      'b.csv: column "country" has "DE" for the id "c", and a.csv has "FR"',
    ],
    [
      'a weight',
      { weight: [1, 1, 1] },
      { weight: [1, 1, 1.5] },
      'b.csv: column "weight" has "1.5" for the id "c", and a.csv has "1"',
    ],
    [
      'the second of two columns',
      { user: ['u', 'u', 'u'], at: [1, 2, 3] },
      { user: ['u', 'u', 'u'], at: [0, 2, 3] },
      'b.csv: column "at" has "0" for the id "a", and a.csv has "1000"',
    ],
    [
      'a column of the first',
      { user: ['u', 'u', 'u'] },
      {},
      'b.csv: there is no column "user", and the holdout lacks it, too (a.csv has it); write it into the holdout, or into each file of predictions.',
    ],
    [
      'a column of the second',
      {},
      { user: ['u', 'u', 'u'] },
      'a.csv: there is no column "user", and the holdout lacks it, too (b.csv has it)',
    ],
  ])('are refused where they differ in %s', (_, one, other, message) => {
    expect(() => agreed(of('a.csv', one), of('b.csv', other), ids)).toThrow(message)
  })
})
