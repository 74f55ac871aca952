import { describe, expect, it } from 'vitest'
import type { Cell } from '../table/cells.ts'
import { createNullTest } from './cell-values.ts'
import { createDataCheck } from './data-check.ts'
import type { ColumnRules, TableRules } from './schema.ts'

/** Runs the checks on columns, in the order in which a reader passes Parquet: one column after the other. */
function check(
  columns: Readonly<Record<string, readonly Cell[]>>,
  rules: Record<string, ColumnRules>,
  table: TableRules = {},
  maxDistinct?: number,
) {
  const created = createDataCheck(Object.keys(columns), {
    cursor: { file: 0 },
    isNull: createNullTest({ more: [], notMissing: [] }),
    severityOf: (_, ...levels) => levels.find((level) => level !== undefined) ?? 'error',
    compilePattern: (pattern) => new RegExp(pattern),
    schema: { columns: new Map(Object.entries(rules)), table },
    shortcuts: {},
    now: Date.UTC(2026, 10, 30),
    maxDistinct,
  })
  for (const { name, column } of created.columns)
    for (const [at, cell] of (columns[name] ?? []).entries()) column.add(cell, at + 1)
  const failed = created.finish().results.filter(({ passed }) => !passed)
  return failed.map(({ check: name, failing, examples }) => ({
    check: name,
    failing,
    at: examples.map(({ position }) => position),
  }))
}

describe('typed cells', () => {
  it.each<[Cell[], ColumnRules, unknown[]]>([
    [
      [1n, 2n, 9007199254740993n],
      { type: { value: 'integer' }, max: { value: '9007199254740992' } },
      [['max', [3]]],
    ],
    [[1, 2.5], { type: { value: 'integer' } }, [['type', [2]]]],
    [[1, Number.NaN, null, undefined], { type: { value: 'number' } }, [['nulls', [2, 3, 4]]]],
    [[1, Number.POSITIVE_INFINITY], { type: { value: 'number' } }, [['type', [2]]]],
    [[true, 'True', '0', 'yes'], { type: { value: 'boolean' } }, [['type', [4]]]],
    [[new Date(0), '2026-10-01', 5], { type: { value: 'date' } }, [['type', [3]]]],
    [['a', 5], { type: { value: 'string' } }, [['type', [2]]]],
    [[[1, 2]], { type: { value: 'number' } }, [['type', [1]]]],
    [[true, 1], { min: { value: '0' } }, [['min', [1]]]],
    [['0e-4000'], { min: { value: '0' } }, []],
    [[1, 'x'], { min: { value: '0' } }, [['min', [2]]]],
  ])('%o with %o', (cells, rules, failed) => {
    expect(check({ a: cells }, { a: rules }).map(({ check: name, at }) => [name, at])).toEqual(failed)
  })
})

describe('repeated rows', () => {
  const rule: TableRules = { max_duplicate_share: { value: 0 } }
  it('are found column by column', () => {
    const columns = { a: ['x', 'y', 'x', 'x'], b: [1, 1, 1, 2] }
    expect(check(columns, {}, rule)).toEqual([{ check: 'duplicates', failing: 1, at: [3] }])
  })

  it('differ by a cell, by its column, and by a missing one', () => {
    expect(check({ a: ['x', 'y', '', 'x'], b: ['y', 'x', 'x', null] }, {}, rule)).toEqual([])
  })
})

describe('more distinct values than are kept', () => {
  const values = Array.from({ length: 5000 }, (_, at) => at)
  it('do not prove uniqueness', () => {
    expect(check({ a: values }, { a: { unique: { value: true } } }, {}, 256)).toEqual([
      { check: 'unique', failing: 0, at: [] },
    ])
    expect(check({ a: values }, { a: { unique: { value: true, mostly: 0.99 } } }, {}, 256)).toEqual([])
    expect(check({ a: values }, {}, { max_duplicate_share: { value: 0 } }, 256)).toHaveLength(1)
  })
})
