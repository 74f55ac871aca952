// Tables for tests of the holdout, filled as by a file reader.

import type { HoldoutPolicy } from '../../src/domain/gate/criteria/gate-policy.ts'
import {
  buildHoldout,
  createHoldoutColumns,
  listAuxiliaryColumns,
  type Sha256,
} from '../../src/domain/gate/dataset/holdout.ts'
import type { Cell } from '../../src/domain/table/cells.ts'
import type { Column } from '../../src/domain/table/columns.ts'

/** A fake hash that returns the concatenated parts. */
export const concatenateAsHash: Sha256 = (parts) => [...parts].map(String).join('')

/** Milliseconds since 1970 at which the holdout is read. */
export const NOW = Date.UTC(2026, 10, 30)

const policy: HoldoutPolicy = {
  source: { path: 'holdout.csv' },
  id: 'id',
  label: 'label',
  group: undefined,
  query: undefined,
  time: undefined,
  weight: undefined,
  positive: undefined,
  trainingIds: undefined,
  trainingCutoff: undefined,
  labelLag: undefined,
}

export function fillColumn<C extends Column>(column: C, cells: readonly Cell[]): C {
  for (const [index, cell] of cells.entries()) column.add(cell, index + 2)
  return column
}

/** Cells by column name. */
export type TableCells = Partial<
  Record<'id' | 'label' | 'user' | 'query' | 'at' | 'weight' | 'country', readonly Cell[]>
>

/** Builds a holdout from these columns. A column without cells is not in the policy. */
export function createHoldout(
  cells: TableCells,
  change: Partial<HoldoutPolicy> = {},
  kind: 'classes' | 'numbers' = 'classes',
) {
  const present = (name: keyof TableCells) => (cells[name] ? name : undefined)
  const named = {
    ...policy,
    group: present('user'),
    query: present('query'),
    time: present('at'),
    weight: present('weight'),
    ...change,
  }
  const criteria = { slices: cells.country ? [slice] : [], guardrails: [] }
  const columns = createHoldoutColumns(criteria, named, kind, NOW)
  for (const { name, column } of [columns.ids, columns.labels, ...listAuxiliaryColumns(columns)])
    fillColumn<Column>(column, cells[name as keyof TableCells] ?? [])
  return buildHoldout(columns, named, file, concatenateAsHash)
}

const file = { displayName: 'holdout.csv', locate: (position: number) => `line ${position}` }
const slice = { column: 'country', values: undefined, maxRegression: { absolute: '0' }, minSamples: 1 }
