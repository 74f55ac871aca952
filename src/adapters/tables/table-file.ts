import { setFlagsFromString } from 'node:v8'
import { UserError } from '../../domain/core/errors.ts'
import type { Column } from '../../domain/table/columns.ts'
import { listColumns, quote } from '../../domain/table/messages.ts'

/** A column of the file and the collector of its cells. */
export interface SelectedColumn {
  name: string
  column: Column
  /** Whether it has the ids, which pandas may have written as the index. */
  isId?: boolean
}

/** Selects the columns to read by the names in the file. */
export type ColumnSelector = (names: readonly string[]) => readonly SelectedColumn[]

export interface TableFile {
  path: string
  /** Name in messages, such as "holdout.csv". */
  label: string
}

/** Limits of a table, over all its part files. */
export interface TableLimits {
  /** Of unpacked bytes, if the table is compressed with gzip. */
  maxBytes: number
  maxRows: number
}

/** What the part files of one table share. A table of one file is one part. */
export interface TableParts {
  /**
   * The selected columns. The first part selects them, and the others must have the same columns.
   * @param hint why a column may be missing, as a sentence
   */
  select(
    part: TableFile,
    names: readonly string[],
    hint?: (missing: SelectedColumn) => string,
  ): readonly SelectedColumn[]
  /** @throws UserError above the limit of rows */
  addRows(part: TableFile, rows: number): void
  /** @throws UserError above the limit of bytes */
  addBytes(part: TableFile, bytes: number): void
}

const PART_RULE = 'The part files of a table must have the same columns, and CSV parts a header line each.'

/** Above this size, memory matters more than time. */
const LARGE_TABLE_BYTES = 16 * 1024 ** 2

export function createTableParts(select: ColumnSelector, { maxBytes, maxRows }: TableLimits): TableParts {
  let selected: readonly SelectedColumn[] | undefined
  let first: { names: readonly string[]; label: string } | undefined
  let [totalRows, totalBytes] = [0, 0]
  return {
    select(part, names, hint) {
      if (selected && first) assertSameColumns(part.label, names, first, PART_RULE)
      first ??= { names, label: part.label }
      selected ??= validateSelection(part, names, select(names), hint)
      return selected
    },
    addRows({ label }, rows) {
      totalRows += rows
      if (totalRows > maxRows) throw new UserError(`${label}: has more than ${maxRows} rows. Use a sample.`)
    },
    addBytes({ label }, bytes) {
      totalBytes += bytes
      if (totalBytes > maxBytes)
        throw new UserError(
          `${label}: has ${totalBytes} bytes, more than the limit of ${maxBytes}. Use fewer columns or rows.`,
        )
      // With this flag, V8 needs a third less memory for a table of a million rows, and two seconds more. It stays set:
      // later work is hardly slower with it.
      const isLarge = totalBytes > LARGE_TABLE_BYTES && totalBytes - bytes <= LARGE_TABLE_BYTES
      if (isLarge) setFlagsFromString('--optimize-for-size')
    },
  }
}

/** Checks that each selected column occurs once in the file. */
function validateSelection(
  { label }: TableFile,
  names: readonly string[],
  selected: readonly SelectedColumn[],
  hint: (missing: SelectedColumn) => string = () => '',
): readonly SelectedColumn[] {
  for (const column of selected) {
    const { name, isId } = column
    const count = names.filter((each) => each === name).length
    const reason = hint(column) || (isId ? describeUnnamedIndex(names, name) : '')
    if (count === 0) throw new UserError(`${describeMissingColumn(label, name, names)}${reason}.`)
    if (count > 1)
      throw new UserError(
        `${label}: ${count} columns are named ${quote(name)}. It has ${listColumns(names)}.`,
      )
  }
  return selected
}

/** pandas writes an index without a name as the first column of CSV, without a name, and under another one to Parquet. */
function describeUnnamedIndex(names: readonly string[], id: string): string {
  const index = names.find(
    (name, at) => name === '__index_level_0__' || (at === 0 && /^(Unnamed: 0)?$/.test(name)),
  )
  if (index === undefined) return ''
  const column = `. ${index === '' ? 'The column without a name' : quote(index)} is the index of the data frame`
  return `${column}. If it has the ids, name it: rename_axis(${quote(id)}) before writing, or to_csv(path, index_label=${quote(id)}). If not, write a column ${quote(id)}, and no index (index=False)`
}

/** @param rule of the files, as a sentence @throws UserError if the columns, in any order, are not those of the first file */
export function assertSameColumns(
  label: string,
  names: readonly string[],
  first: { names: readonly string[]; label: string },
  rule: string,
) {
  const [own, others] = [names, first.names].map((each) => JSON.stringify([...each].sort()))
  if (own === others) return
  throw new UserError(
    `${label}: has the columns ${listColumns(names)}, but ${first.label} has ${listColumns(first.names)}. ${rule}`,
  )
}

/** Describes a missing column and the existing ones, without a full stop. */
export function describeMissingColumn(label: string, name: string, names: readonly string[]): string {
  return `${label}: there is no column ${quote(name)}. It has ${listColumns(names)}`
}
