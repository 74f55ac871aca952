import { createWriteStream } from 'node:fs'
import { mkdir, stat } from 'node:fs/promises'
import { dirname, resolve, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { errorMessage, Fault } from '../../../domain/core/errors.ts'
import { NotFound } from '../http/faults.ts'
import {
  type ArtifactApi,
  type ArtifactLocation,
  downloadFault,
  listModelFiles,
  mapConcurrently,
} from './artifacts.ts'

type ArtifactSource = Pick<ArtifactApi, 'listArtifacts' | 'readArtifact'>

/**
 * Streams all files of a model into a folder.
 * @param folder an existing, empty folder
 * @returns false without an MLmodel file at the top, or if a file vanished meanwhile
 * @throws Fault if the server cannot serve a file, serves only part of it, or names one outside the folder
 */
export async function downloadModel(
  artifacts: ArtifactSource,
  place: ArtifactLocation,
  folder: string,
): Promise<boolean> {
  const files = await listModelFiles(artifacts, place)
  if (!files) return false
  const found = await mapConcurrently(files, ({ path, size }) =>
    downloadFile(artifacts, place, path, resolveWithin(folder, path), size),
  )
  return found.every(Boolean)
}

/**
 * Streams one file to disk.
 * @param size expected bytes, if known
 * @returns false if the file does not exist
 */
export async function downloadFile(
  { readArtifact }: Pick<ArtifactSource, 'readArtifact'>,
  place: ArtifactLocation,
  path: string,
  file: string,
  size?: number,
): Promise<boolean> {
  try {
    const bytes = await readArtifact(place, path)
    await mkdir(dirname(file), { recursive: true })
    await pipeline(bytes, createWriteStream(file, { flags: 'wx' }))
  } catch (error) {
    if (error instanceof NotFound) return false
    throw error instanceof Fault ? error : downloadFault(path, errorMessage(error), error)
  }
  const { size: written } = await stat(file)
  if (size !== undefined && written !== size)
    throw downloadFault(path, `received ${written} of ${size} bytes`)
  return true
}

/** Rejects paths of the server that lead out of the folder. */
function resolveWithin(folder: string, path: string): string {
  const file = resolve(folder, path)
  if (file.startsWith(folder + sep) && !/[\\\0]/.test(path)) return file
  throw downloadFault(path, 'its path leads out of the folder of the model')
}
