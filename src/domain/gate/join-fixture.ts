// Tables for the tests of joining, as a reader would fill them.
import { type Cell, classOf } from './join-cells.ts'
import { Codes, type Column, Numbers, Texts } from './join-columns.ts'
import { type Extra, extrasOf, type Placed } from './join-extras.ts'
import { holdoutRows, indexed, type Sha256 } from './join-holdout.ts'
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
  lent: readonly Placed[] = [],
) {
  const named = { ...policy, ...change }
  const labels = filled(kind === 'classes' ? new Codes(classOf) : new Numbers(), cells.label ?? [])
  const index = indexed(filled(new Texts(), cells.id ?? []), named, file)
  return holdoutRows(index, { labels, extras: extras(cells) }, lent, named, file, everything)
}

/** Those of the columns that are there, but for the id and the label. */
export function extras(cells: Cells): Extra[] {
  const all = extrasOf({ slices: [{ ...slice, column: 'country' }], guardrails: [] }, policy)
  return all.flatMap((extra) => {
    const of = cells[extra.name as keyof Cells]
    if (of) filled<Column>(extra.column, of)
    return of ? [extra] : []
  })
}

const file = { called: 'holdout.csv', unit: 'line' } as const
const slice = { values: undefined, maxRegression: { absolute: '0' }, minSamples: 1 }
