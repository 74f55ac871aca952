import { type FileHandle, open } from 'node:fs/promises'
import * as zlib from 'node:zlib'
import {
  type AsyncBuffer,
  type Compressors,
  type ParquetScan,
  parquetMetadataAsync,
  parquetScan,
  parquetSchema,
} from 'hyparquet'
import { UserError } from '../../domain/failure.ts'
import type { Cell } from '../../domain/gate/join-cells.ts'
import { oneLine } from '../../domain/one-line.ts'
import { type Choose, checkRowCount, type TableFile } from './read-table.ts'

/** Bytes of one page when it is unpacked; writers make them of about a mebibyte. */
const LARGEST_PAGE = 256 * 1024 * 1024

/** Snappy comes with hyparquet; the others with Node. */
const compressors: Compressors = {
  GZIP: (packed, length) => zlib.gunzipSync(packed, { maxOutputLength: atMost(length) }),
  ZSTD: (packed, length) => zlib.zstdDecompressSync(packed, { maxOutputLength: atMost(length) }),
  BROTLI: (packed, length) => zlib.brotliDecompressSync(packed, { maxOutputLength: atMost(length) }),
}

/** Reads a Parquet file one column of one row group after the other, and keeps none of them. */
export async function readParquet(
  { path, called }: TableFile,
  choose: Choose,
  mostRows: number,
): Promise<void> {
  const unreadable = (cause: unknown): never => {
    const said = cause instanceof Error ? cause.message : String(cause)
    throw new UserError(
      `${called}: cannot be read as Parquet (${oneLine(said)}); write it anew, or as CSV.`,
      { cause },
    )
  }
  const handle = await open(path)
  try {
    const file = await slicesOf(handle)
    const metadata = await parquetMetadataAsync(file).catch(unreadable)
    const rows = Number(metadata.num_rows)
    checkRowCount(called, rows, mostRows)
    const names = parquetSchema(metadata).children.map(({ element }) => element.name)
    for (const { name, column } of choose(names)) {
      let row = 0
      const scan = await parquetScan({ file, metadata, columns: [name], compressors }).catch(unreadable)
      for await (const cells of columnOf(scan, name, unreadable))
        for (const cell of cells) {
          row += 1
          column.take(cell, row)
        }
      if (row !== rows) unreadable(`column ${name} has ${row} cells, and there are ${rows} rows`)
    }
  } finally {
    await handle.close()
  }
}

/** hyparquet's own for files reads each slice twice over in memory. */
async function slicesOf(handle: FileHandle): Promise<AsyncBuffer> {
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

async function* columnOf(
  { ranges, readColumn }: ParquetScan,
  column: string,
  unreadable: (cause: unknown) => never,
): AsyncGenerator<Iterable<Cell>> {
  for (const range of ranges) yield await readColumn({ column, ...range }).catch(unreadable)
}

function atMost(length: number): number {
  if (length <= LARGEST_PAGE) return Math.max(1, length)
  throw new Error(`a page of ${length} bytes`)
}
