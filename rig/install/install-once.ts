import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** The file in an installed folder that says what it was made from. */
export const STAMP_FILE = '.made-from'

/** A short fingerprint of everything that an installed folder was made from: files, versions, flags. */
export const computeFingerprint = (...parts: (string | Buffer)[]): string => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length}:`).update(part)
  return hash.digest('hex').slice(0, 16)
}

/** True when `folder` was made, to its end, from exactly this. */
export const isMadeFrom = async (folder: string, madeFrom: string): Promise<boolean> =>
  (await readFile(join(folder, STAMP_FILE), 'utf8').catch(() => '')) === madeFrom

/**
 * Makes `folder` unless it was already made from the same things. The work happens in a folder beside it that is
 * renamed at the very end: a killed install is done again, never half used.
 * @returns true when something was made.
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
