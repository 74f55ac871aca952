import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Reads what `writeDocument` wrote; undefined when there is nothing, or not to its end. */
export const readDocument = async <T>(path: string): Promise<T | undefined> => {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : (JSON.parse(text) as T)
}

/** Writes JSON so that a reader sees all of it or nothing, also when this process is killed meanwhile. */
export const writeDocument = async (path: string, document: unknown): Promise<void> => {
  await mkdir(dirname(path), { recursive: true })
  const unfinished = `${path}.${process.pid}`
  await writeFile(unfinished, JSON.stringify(document, null, 2))
  await rename(unfinished, path)
}
