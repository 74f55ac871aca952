import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { errorMessage, UserError } from '../../domain/core/errors.ts'
import { oneLine } from '../../domain/core/text.ts'
import { detectFormat } from './formats.ts'
import type { TableFile, TableParts } from './table-file.ts'

/** Streams the bytes of a file in chunks of 64 KiB. */
export function readBytes({ path }: TableFile): AsyncIterable<Buffer> {
  return createReadStream(path)
}

/**
 * Streams the unpacked bytes of a gzip file in chunks of 64 KiB. What they unpack to counts against the limit of bytes.
 * @throws UserError if the file is damaged, too large, or contains no CSV
 */
export async function* unpackGzip(file: TableFile, parts: TableParts): AsyncGenerator<Buffer> {
  const fail = (problem: string): never => {
    throw new UserError(`${file.label}: ${problem}`)
  }
  const unpacked = pipeline(
    createReadStream(file.path),
    createGunzip({ chunkSize: 64 * 1024 }),
    () => undefined,
  )
  let isFirst = true
  try {
    for await (const chunk of unpacked as AsyncIterable<Buffer>) {
      parts.addBytes(file, chunk.length)
      const format = isFirst ? detectFormat(chunk) : 'csv'
      isFirst = false
      if (format === 'parquet') fail('is a Parquet file in gzip. Unpack it; Parquet compresses by itself.')
      if (format === 'gzip') fail('is packed twice with gzip. Unpack it once.')
      if (typeof format === 'object') fail(`the content of this gzip file ${format.problem}`)
      yield chunk
    }
  } catch (error) {
    if (error instanceof UserError) throw error
    const detail = oneLine(errorMessage(error))
    throw new UserError(`${file.label}: cannot be unpacked as gzip (${detail}). Write the file again.`, {
      cause: error,
    })
  }
}
