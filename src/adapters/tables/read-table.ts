import { open } from 'node:fs/promises'
import { setFlagsFromString } from 'node:v8'
import { UserError } from '../../domain/failure.ts'
import type { Column } from '../../domain/gate/join-columns.ts'
import { columnList, type Named, quoted } from '../../domain/gate/join-words.ts'
import { readCsv } from './csv.ts'
import { readParquet } from './parquet.ts'

/** A column of the file, and who takes its cells. */
export interface Wanted {
  name: string
  column: Column
}

/** Chooses the columns to read, by the names that there are. Everything else of the file is left alone. */
export type Choose = (names: readonly string[]) => readonly Wanted[]

export interface TableFile {
  path: string
  /** How a message calls it: "holdout.csv". */
  called: string
}

export interface Limits {
  bytes: number
  rows: number
}

/** Bytes from which on memory counts for more than time. */
const LARGE = 16 * 1024 ** 2

const LIMITS: Limits = { bytes: 1024 ** 3, rows: 5_000_000 }

/**
 * Reads a table to its end, a piece at a time: no rows are kept. Parquet is told by its first bytes (PAR1), all else is
 * CSV: UTF-8, a line of names, commas, quotes doubled within quotes.
 * @returns how the table's positions are called
 * @throws UserError where there is no such file, it is too large, malformed, or lacks a column that `choose` wants
 */
export async function readTable(file: TableFile, choose: Choose, limits = LIMITS): Promise<Named['unit']> {
  const kind = await kindOf(file, limits)
  await (kind === 'parquet' ? readParquet : readCsv)(file, choosing(file, choose), limits.rows)
  return kind === 'parquet' ? 'row' : 'line'
}

async function kindOf({ path, called }: TableFile, limits: Limits): Promise<'parquet' | 'csv'> {
  const handle = await open(path).catch((cause: NodeJS.ErrnoException) => {
    throw new UserError(`${called}: cannot be opened (${cause.code ?? cause.message}); check the path.`, {
      cause,
    })
  })
  try {
    const stat = await handle.stat()
    if (!stat.isFile()) throw new UserError(`${called}: is no file.`)
    if (stat.size > limits.bytes)
      throw new UserError(
        `${called}: has ${stat.size} bytes, and at most ${limits.bytes} are read; give fewer columns or rows.`,
      )
    // V8 lets garbage pile up for the sake of speed. Told not to, it needs a third less for a table of a million rows,
    // and two seconds more. It stays told: what comes after is hardly faster without, and would fill the memory again.
    if (stat.size > LARGE) setFlagsFromString('--optimize-for-size')
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0)
    return bytesRead === 4 && buffer.toString('latin1') === 'PAR1' ? 'parquet' : 'csv'
  } finally {
    await handle.close()
  }
}

/** The choice, checked against the names that there are. */
function choosing({ called }: TableFile, choose: Choose): Choose {
  return (names) => {
    const wanted = choose(names)
    for (const { name } of wanted) {
      const found = names.filter((one) => one === name).length
      if (found === 1) continue
      const hint = names.length === 1 ? ' (columns are separated by commas)' : ''
      if (found === 0) throw new UserError(`${noColumn(called, name, names)}${hint}.`)
      throw new UserError(
        `${called}: ${found} columns are called ${quoted(name)}; it has ${columnList(names)}${hint}.`,
      )
    }
    return wanted
  }
}

/** That a table lacks a column, and which it has: a sentence without its full stop. */
export function noColumn(called: string, name: string, names: readonly string[]): string {
  return `${called}: there is no column ${quoted(name)}; it has ${columnList(names)}`
}

/** @throws UserError where there are more rows than may be read */
export function checkRowCount(called: string, rows: number, most: number): void {
  if (rows <= most) return
  throw new UserError(`${called}: has more than ${most} rows; take a sample of it.`)
}
