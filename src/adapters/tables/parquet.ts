import { type FileHandle, open } from 'node:fs/promises'
import * as zlib from 'node:zlib'
import {
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetScan,
  parquetSchema,
} from 'hyparquet'
import { errorMessage, UserError } from '../../domain/core/errors.ts'
import { oneLine, parseJson } from '../../domain/core/text.ts'
import type { Column } from '../../domain/table/columns.ts'
import { quote } from '../../domain/table/messages.ts'
import { createCellReader, INVALID_TEXT } from './parquet-cells.ts'
import type { SelectedColumn, TableFile, TableParts } from './table-file.ts'

/** Maximum size of an unpacked page. Writers use about 1 MiB. */
const MAX_PAGE_BYTES = 256 * 1024 * 1024

/** hyparquet includes Snappy; Node has the others. */
const compressors: Compressors = {
  GZIP: (packed, length) => zlib.gunzipSync(packed, { maxOutputLength: boundedLength(length) }),
  ZSTD: (packed, length) => zlib.zstdDecompressSync(packed, { maxOutputLength: boundedLength(length) }),
  BROTLI: (packed, length) => zlib.brotliDecompressSync(packed, { maxOutputLength: boundedLength(length) }),
}
const READABLE_CODECS = ['UNCOMPRESSED', 'SNAPPY', ...Object.keys(compressors)]

/**
 * Reads a Parquet part by column and row group.
 * @param offset added to the number of each row
 * @returns number of rows
 */
export async function readParquet(part: TableFile, parts: TableParts, offset: number): Promise<number> {
  const handle = await open(part.path)
  try {
    const file = await openFileBuffer(handle)
    const metadata = await parquetMetadataAsync(file).catch(refuseUnreadable(part))
    const rows = Number(metadata.num_rows)
    parts.addRows(part, rows)
    const names = parquetSchema(metadata).children.map(({ element }) => element.name)
    const hint = (missing: SelectedColumn) => describeLostIndex(metadata, missing)
    for (const { name, column } of parts.select(part, names, hint)) {
      assertReadableCodec(part, metadata, name)
      const read = await readColumn(part, file, metadata, name, column, offset)
      if (read !== rows)
        refuseUnreadable(part)(`column ${name} has ${read} cells, but the file has ${rows} rows`)
    }
    return rows
  } finally {
    await handle.close()
  }
}

/** @returns number of cells */
async function readColumn(
  part: TableFile,
  file: AsyncBuffer,
  metadata: FileMetaData,
  name: string,
  column: Column,
  offset: number,
): Promise<number> {
  const unreadable = refuseUnreadable(part)
  const stored = parquetSchema(metadata).children.find(({ element }) => element.name === name)?.element
  if (!stored) return unreadable(`there is no column ${name}`)
  const { element, parsers, toCell } = createCellReader(stored, column.retainsText)
  const schema = metadata.schema.map((each) => (each === stored ? element : each))
  const scan = await parquetScan({
    file,
    metadata: { ...metadata, schema },
    columns: [name],
    compressors,
    parsers,
  }).catch(unreadable)
  let row = 0
  for (const range of scan.ranges) {
    const values: Iterable<unknown> = await scan.readColumn({ column: name, ...range }).catch(unreadable)
    for (const value of values) {
      row += 1
      const cell = toCell(value)
      if (cell === INVALID_TEXT)
        throw new UserError(
          `${part.label}: row ${row} of column ${quote(name)} is not UTF-8. Write the texts in UTF-8.`,
        )
      column.add(cell, offset + row)
    }
  }
  return row
}

function refuseUnreadable({ label }: TableFile) {
  return (cause: unknown): never => {
    const detail = oneLine(errorMessage(cause))
    throw new UserError(`${label}: cannot be read as Parquet (${detail}). Write the file again, or as CSV.`, {
      cause,
    })
  }
}

function assertReadableCodec({ label }: TableFile, { row_groups: groups }: FileMetaData, name: string) {
  const chunks = groups.flatMap(({ columns }) => columns.map(({ meta_data }) => meta_data))
  const codec = chunks.find(
    (chunk) => chunk?.path_in_schema[0] === name && !READABLE_CODECS.includes(chunk.codec),
  )?.codec
  if (codec === undefined) return
  throw new UserError(
    `${label}: column ${quote(name)} is compressed with ${codec}, which cannot be read. Write the file with snappy, gzip or zstd.`,
  )
}

/** pandas does not store an index that is a range, only its name, if it has one. */
function describeLostIndex(
  { key_value_metadata: entries }: FileMetaData,
  { name: missing, isId }: SelectedColumn,
): string {
  const pandas = parseJson(entries?.find(({ key }) => key === 'pandas')?.value ?? '') as
    | { index_columns?: unknown }
    | null
    | undefined
  const indexes = Array.isArray(pandas?.index_columns) ? pandas.index_columns : []
  const isLost = (name: string | null) => indexes.some((index) => index?.name === name)
  if (isLost(missing))
    return `. ${quote(missing)} is the index of the data frame, which pandas did not store: call reset_index() before to_parquet()`
  return isId && isLost(null)
    ? `. pandas did not store the index of the data frame. If it has the ids, call reset_index(names=${quote(missing)}) before to_parquet()`
    : ''
}

/** Replaces hyparquet's file buffer, which holds each slice twice in memory. */
async function openFileBuffer(handle: FileHandle): Promise<AsyncBuffer> {
  const { size } = await handle.stat()
  return {
    byteLength: size,
    async slice(start, end = size) {
      const bytes = new Uint8Array(Math.max(0, Math.min(end, size) - start))
      for (let read = 0; read < bytes.length; ) {
        const { bytesRead } = await handle.read(bytes, read, bytes.length - read, start + read)
        if (bytesRead === 0) throw new Error('the file ends before its end')
        read += bytesRead
      }
      return bytes.buffer
    },
  }
}

function boundedLength(length: number): number {
  if (length <= MAX_PAGE_BYTES) return Math.max(1, length)
  throw new Error(`a page of ${length} bytes`)
}
