// Tables for the tests of joining, as a reader would fill them.
import { type Cell, classOf, momentOf } from './join-cells.ts'
import { Codes, type Column, Numbers, Texts } from './join-columns.ts'
import { holdoutRows, type Sha256 } from './join-holdout.ts'
import type { HoldoutPolicy } from './policy.ts'

/** Stands in for a hash: all that is hashed, as it is. */
export const everything: Sha256 = (parts) => [...parts].map(String).join('')

const policy: HoldoutPolicy = {
  source: { path: 'holdout.csv' },
  id: 'id',
  label: 'label',
  group: 'user',
  query: 'query',
  time: 'at',
  weight: 'weight',
  positive: undefined,
  trainingIds: undefined,
  trainingCutoff: undefined,
  labelLag: undefined,
}

export function filled<C extends Column>(column: C, cells: readonly Cell[]): C {
  for (const [index, cell] of cells.entries()) column.take(cell, index + 2)
  return column
}

/** A table of columns as it is written: the first cell of each is its name. */
export type Cells = Partial<
  Record<'id' | 'label' | 'user' | 'query' | 'at' | 'weight' | 'country', readonly Cell[]>
>

/** The rows of a table whose columns are these. */
export function holdout(
  cells: Cells,
  change: Partial<HoldoutPolicy> = {},
  kind: 'classes' | 'numbers' = 'classes',
) {
  const read = {
    ids: filled(new Texts(), cells.id ?? []),
    labels: filled(kind === 'classes' ? new Codes(classOf) : new Numbers(), cells.label ?? []),
    groups: cells.user && filled(new Codes(), cells.user),
    queries: cells.query && filled(new Codes(), cells.query),
    weights: cells.weight && filled(new Numbers(), cells.weight),
    times: cells.at && filled(new Numbers(momentOf), cells.at),
    columns: new Map(cells.country ? [['country', filled(new Codes(), cells.country)]] : []),
  }
  return holdoutRows(read, { ...policy, ...change }, { called: 'holdout.csv', unit: 'line' }, everything)
}
