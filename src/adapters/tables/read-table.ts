import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../../domain/core/errors.ts'
import { quote } from '../../domain/table/messages.ts'
import { readCsv } from './csv.ts'
import { listPartNames } from './folder.ts'
import { detectFormat, type Format, HEAD_BYTES } from './formats.ts'
import { readBytes, unpackGzip } from './gzip.ts'
import { readParquet } from './parquet.ts'
import {
  type ColumnSelector,
  createTableParts,
  type TableFile,
  type TableLimits,
  type TableParts,
} from './table-file.ts'

const DEFAULT_LIMITS: TableLimits = { maxBytes: 1024 ** 3, maxRows: 5_000_000 }

/** Names a position that was given to a column: "line 7", `row 3 of "part-00001.parquet"`. */
export type Locate = (position: number) => string

/**
 * Reads a table as a stream: Parquet, or CSV (UTF-8, a header line, commas, quotes doubled within quotes), which may be
 * packed with gzip. The format is detected by the content, not by the name. A folder is a table in parts, as Spark writes it.
 * @throws UserError if the file does not exist, is too large, malformed or of another format, or lacks a selected column
 */
export async function readTable(
  file: TableFile,
  select: ColumnSelector,
  limits = DEFAULT_LIMITS,
): Promise<Locate> {
  const files = await listParts(file)
  const parts = createTableParts(select, limits)
  const read: { offset: number; unit: string; name: string | undefined }[] = []
  let offset = 0
  for (const part of files) {
    const format = await openPart(part, parts)
    // Spark writes an empty file for an empty part.
    if (format === 'empty' && (part !== files.at(-1) || offset > 0)) continue
    read.push({ offset, unit: format === 'parquet' ? 'row' : 'line', name: part.name })
    offset += await readPart(part, format, parts, offset)
  }
  return (position) => {
    const part = read.findLast((each) => each.offset < position)
    const place = `${part?.unit} ${position - (part?.offset ?? 0)}`
    return part?.name === undefined ? place : `${place} of ${quote(part.name)}`
  }
}

interface Part extends TableFile {
  /** Undefined if the table is one file. */
  name?: string | undefined
}

async function listParts({ path, label }: TableFile): Promise<Part[]> {
  const { isFile, isFolder } = await inspect({ path, label })
  if (isFile) return [{ path, label }]
  if (!isFolder) throw new UserError(`${label}: is not a file.`)
  const entries = await readdir(path, { withFileTypes: true })
  const names = listPartNames(
    label,
    entries.map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() })),
  )
  return names.map((name) => ({ path: join(path, name), label: `${label}: ${quote(name)}`, name }))
}

async function inspect({ path, label }: TableFile) {
  const stats = await stat(path).catch(refuseUnopenable(label))
  return { isFile: stats.isFile(), isFolder: stats.isDirectory(), size: stats.size }
}

/** Detects the format of a part, and counts its bytes. Those of gzip count when they are unpacked. */
async function openPart(part: Part, parts: TableParts): Promise<Format | 'empty'> {
  const { isFile, size } = await inspect(part)
  if (!isFile) throw new UserError(`${part.label}: is not a file.`)
  const handle = await open(part.path).catch(refuseUnopenable(part.label))
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
    const format = bytesRead === 0 ? 'empty' : detectFormat(buffer.subarray(0, bytesRead))
    if (format !== 'gzip') parts.addBytes(part, size)
    return format
  } finally {
    await handle.close()
  }
}

/** @returns number of positions: lines or rows */
function readPart(part: Part, format: Format | 'empty', parts: TableParts, offset: number): Promise<number> {
  if (typeof format === 'object') throw new UserError(`${part.label}: ${format.problem}`)
  if (format === 'parquet') return readParquet(part, parts, offset)
  const bytes = format === 'gzip' ? unpackGzip(part, parts) : readBytes(part)
  return readCsv(part, bytes, parts, offset)
}

function refuseUnopenable(label: string) {
  return (cause: NodeJS.ErrnoException): never => {
    throw new UserError(`${label}: cannot be opened (${cause.code ?? cause.message}). Check the path.`, {
      cause,
    })
  }
}
