import { quote } from '../../table/messages.ts'
import type { ColumnType, Dataset, DatasetColumn } from '../dataset.ts'
import { type ColumnCollector, MAX_DISTINCT } from './column-collector.ts'

/** What was read of a table. */
export interface CollectedTable {
  columns: readonly { name: string; collector: ColumnCollector }[]
  /** Position of the row at each place of the sample. */
  positions: Float64Array
  /** Text of the group at each place. */
  groups: readonly string[] | undefined
  /** Milliseconds since 1970 at each place. */
  times: Float64Array | undefined
  /** Names a position in messages: "line 7". */
  locate(position: number): string
}

/** A column with at least this share of numbers is numeric. The other cells count as missing, with a note. */
const NUMERIC_SHARE = 0.99
/** A column of texts with at least this share of distinct values is an identifier. */
const ID_SHARE = 0.95
/** Fewer rows may all differ by chance. */
const MIN_ID_ROWS = 30

/**
 * Builds one side of a comparison.
 * @param types that are given, or that the reference has: current data is read as the same types, where it can be
 */
export function buildDataset(
  table: CollectedTable,
  types: ReadonlyMap<string, ColumnType>,
): { dataset: Dataset; notes: string[] } {
  const order = orderByPosition(table.positions)
  const notes: string[] = []
  const columns = table.columns.map(({ name, collector }) => {
    const type = decideType(collector, types.get(name))
    notes.push(...describeCells(name, type, collector, table.locate))
    return buildColumn(name, type, collector, order)
  })
  const codes = new Map<string, number>()
  const toCode = (text: string) => codes.get(text) ?? codes.set(text, codes.size).size - 1
  const { groups, times } = table
  return {
    dataset: {
      rows: table.columns[0]?.collector.rows ?? 0,
      columns,
      sample: {
        positions: Float64Array.from(order, (place) => table.positions[place] ?? 0),
        groups: groups && Int32Array.from(order, (place) => toCode(groups[place] ?? '')),
        times: times && Float64Array.from(order, (place) => times[place] ?? Number.NaN),
      },
    },
    notes,
  }
}

function orderByPosition(positions: Float64Array): Int32Array {
  const order = Int32Array.from(positions, (_, place) => place)
  return order.sort((one, other) => (positions[one] ?? 0) - (positions[other] ?? 0))
}

function decideType(column: ColumnCollector, wanted: ColumnType | undefined): ColumnType {
  const cells = column.rows - column.nulls
  if (cells === 0) return 'empty'
  if (column.nested > 0) return 'unsupported'
  if (wanted === 'datetime' || wanted === 'id' || wanted === 'text') return wanted
  const isNumeric = column.numbers >= NUMERIC_SHARE * cells
  if (wanted === 'categorical') return listCategories(column) ? 'categorical' : 'text'
  if (wanted === 'numeric' || (isNumeric && !isGrowingId(column, cells)))
    return isNumeric ? 'numeric' : listCategories(column) ? 'categorical' : 'text'
  if (isNumeric) return 'id'
  const distinct = column.texts?.size ?? MAX_DISTINCT
  // Each distinct text was tested once.
  if (column.numbers === 0 && column.times > 0 && column.times >= Math.min(cells, distinct)) return 'datetime'
  if (cells >= MIN_ID_ROWS && column.texts && distinct >= ID_SHARE * cells) return 'id'
  return listCategories(column) ? 'categorical' : 'text'
}

/** Row numbers and other keys that a table counts up. */
function isGrowingId(column: ColumnCollector, cells: number): boolean {
  return column.isGrowing && column.isInteger && cells >= MIN_ID_ROWS
}

/** Rows of each category; undefined if there are too many. */
function listCategories({ texts, distinctNumbers }: ColumnCollector): Map<string, number> | undefined {
  if (!texts || !distinctNumbers || texts.size + distinctNumbers.size > MAX_DISTINCT) return undefined
  const counts = new Map(texts)
  for (const [value, rows] of distinctNumbers) {
    const name = String(value)
    counts.set(name, (counts.get(name) ?? 0) + rows)
  }
  return counts
}

function buildColumn(
  name: string,
  type: ColumnType,
  column: ColumnCollector,
  order: Int32Array,
): DatasetColumn {
  const { nulls, mean, standardDeviation, min, max, distinctNumbers } = column
  if (type === 'numeric')
    return {
      name,
      type,
      nulls: column.rows - column.numbers,
      mean,
      standardDeviation,
      min,
      max,
      distinct: distinctNumbers?.size,
      values: Float64Array.from(order, (place) => column.values[place] ?? Number.NaN),
      histogram: undefined,
    }
  const counts = type === 'categorical' ? listCategories(column) : undefined
  if (type !== 'categorical' || !counts)
    return { name, type: type === 'categorical' ? 'text' : type, nulls } as DatasetColumn
  const names = [...counts.keys()].sort()
  const codeOf = new Map(names.map((each, code) => [each, code]))
  const toCode = (place: number): number => {
    const code = column.codes[place] ?? -1
    const text = code === -2 ? String(column.values[place]) : column.names[code]
    return text === undefined ? -1 : (codeOf.get(text) ?? -1)
  }
  return { name, type, nulls, counts, codes: Int32Array.from(order, toCode), names }
}

/** What a person must know of the cells of a column. */
function describeCells(
  name: string,
  type: ColumnType,
  column: ColumnCollector,
  locate: (position: number) => string,
): string[] {
  if (type !== 'numeric') return []
  const others = column.rows - column.nulls - column.numbers
  const { firstText } = column
  return [
    ...(others > 0 && firstText
      ? [
          `Column ${quote(name)}: ${others} of ${column.rows} cells ${others === 1 ? 'is' : 'are'} no number and count${others === 1 ? 's' : ''} as missing (the first is ${quote(firstText.text)} on ${locate(firstText.position)}).`,
        ]
      : []),
    ...(column.hasInexactIntegers
      ? [
          `Column ${quote(name)} has integers above 2^53, which are compared as rounded numbers. If it is an id, ignore it.`,
        ]
      : []),
  ]
}
