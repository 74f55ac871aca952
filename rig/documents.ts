import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Reads a file that `writeDocument` wrote; undefined if there is none. */
export const readDocument = async <T>(path: string): Promise<T | undefined> => {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : (JSON.parse(text) as T)
}

/** Writes JSON atomically: a reader sees the whole file or none, even if this process is killed. */
export const writeDocument = async (path: string, document: unknown): Promise<void> => {
  await mkdir(dirname(path), { recursive: true })
  const temporary = `${path}.${process.pid}`
  await writeFile(temporary, JSON.stringify(document, null, 2))
  await rename(temporary, path)
}
