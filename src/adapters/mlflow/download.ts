import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, resolve, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Fault } from '../../domain/failure.ts'
import { oneLine } from '../../domain/one-line.ts'
import type { Artifacts, Place } from './artifacts.ts'
import { NotFound } from './failures.ts'

/** Downloads at the same time; more would only make a server with two workers queue. */
const AT_ONCE = 4
/** A server that lists a folder within itself must not keep us for ever. */
const MOST_FILES = 10_000

type Source = Pick<Artifacts, 'list' | 'read'>

/**
 * Writes all files of a model into a folder, each as it comes, so that a model of any size fits into memory.
 * @param folder is there already, and empty
 * @returns false where no loadable model is: no MLmodel at the top folder, or gone while it was read
 * @throws a Fault where the server cannot serve a file, serves a part of it, or names one outside the folder
 */
export async function downloadModel(artifacts: Source, place: Place, folder: string): Promise<boolean> {
  const files = await filesOf(artifacts, place)
  if (!files?.some(({ path }) => path === 'MLmodel')) return false
  const waiting = files.values()
  // The workers share one iterator, so each file is taken by exactly one of them.
  const worker = async () => {
    let whole = true
    for (const { path, size } of waiting)
      whole = (await downloadFile(artifacts, place, path, within(folder, path), size)) && whole
    return whole
  }
  const workers = await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return workers.every(Boolean)
}

/**
 * Writes one file of a place.
 * @param size bytes that it must have, where that is known
 * @returns false where there is no such file
 */
export async function downloadFile(
  { read }: Pick<Source, 'read'>,
  place: Place,
  path: string,
  file: string,
  size?: number,
): Promise<boolean> {
  let written = 0
  try {
    const bytes = await read(place, path)
    await mkdir(dirname(file), { recursive: true })
    await pipeline(
      bytes,
      async function* (chunks) {
        for await (const chunk of chunks) {
          written += chunk.length
          yield chunk
        }
      },
      createWriteStream(file, { flags: 'wx' }),
    )
  } catch (error) {
    if (error instanceof NotFound) return false
    throw error instanceof Fault
      ? error
      : failed(path, error instanceof Error ? error.message : String(error), error)
  }
  if (size !== undefined && written !== size) throw failed(path, `${written} of ${size} bytes came`)
  return true
}

async function filesOf(
  artifacts: Source,
  place: Place,
): Promise<{ path: string; size: number | undefined }[] | undefined> {
  const level = await artifacts.list(place)
  if (!level) return undefined
  const files: { path: string; size: number | undefined }[] = []
  for (let entries = 0; level.length > 0; entries += 1) {
    const entry = level.pop()
    if (entries > MOST_FILES) throw failed('', `more than ${MOST_FILES} files and folders are listed`)
    if (entry?.isFolder) level.push(...((await artifacts.list(place, entry.path)) ?? []))
    else if (entry) files.push(entry)
  }
  return files
}

/** Where a file goes. What the server calls it must not lead out of the folder. */
function within(folder: string, path: string): string {
  const file = resolve(folder, path)
  if (file.startsWith(folder + sep) && !/[\\\0]/.test(path)) return file
  throw failed(path, 'its name leads out of the folder of the model')
}

function failed(path: string, said: string, cause?: unknown): Fault {
  return new Fault({
    system: 'MLflow',
    call: `downloading the file ${oneLine(path)}`,
    said,
    next: "Run the job again; if it stays, look into the server's log and its artifact store.",
    cause,
  })
}
