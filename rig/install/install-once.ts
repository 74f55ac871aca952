import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** The file in an installed folder that holds the fingerprint of its inputs. */
export const STAMP_FILE = '.made-from'

/** Computes a short fingerprint of all inputs of an installed folder: files, versions, flags. */
export const computeFingerprint = (...parts: (string | Buffer)[]): string => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length}:`).update(part)
  return hash.digest('hex').slice(0, 16)
}

/** Whether `folder` is complete and was made from inputs with this fingerprint. */
export const isMadeFrom = async (folder: string, madeFrom: string): Promise<boolean> =>
  (await readFile(join(folder, STAMP_FILE), 'utf8').catch(() => '')) === madeFrom

/**
 * Makes `folder`, unless it already exists and was made from the same inputs. The work happens in a temporary folder
 * that is renamed at the end, so an incomplete installation is never used.
 * @returns whether it made the folder
 */
export const installOnce = async (
  folder: string,
  madeFrom: string,
  make: (into: string) => Promise<void>,
): Promise<boolean> => {
  if (await isMadeFrom(folder, madeFrom)) return false
  const unfinished = `${folder}.unfinished`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished, { recursive: true })
  await make(unfinished)
  await writeFile(join(unfinished, STAMP_FILE), madeFrom)
  await rm(folder, { recursive: true, force: true })
  await mkdir(dirname(folder), { recursive: true })
  await rename(unfinished, folder)
  return true
}
