import { spawn } from 'node:child_process'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { importArchive } from '../kubernetes/node/node.ts'
import { UsageError } from '../usage-error.ts'
import { completeImageName } from './image-name.ts'

/** Programs whose `save` writes an image as an archive. */
export const imageBuilders = ['podman', 'docker'] as const
export type ImageBuilder = (typeof imageBuilders)[number]

const STDIN = 0

/** Saves an image of a local builder to a file. @throws UsageError if the builder is missing or has no such image */
const saveImageOf = (builder: ImageBuilder, name: string, file: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(builder, ['save', name], { stdio: ['ignore', file, 'inherit'] })
    child.once('error', () => reject(new UsageError(`${builder} is missing on this machine`)))
    child.once('close', (code) =>
      code === 0
        ? resolve()
        : reject(new UsageError(`${builder} save ${name} ended with ${code}, see above`)),
    )
  })

/**
 * Imports an image of the user into the running node, for pods with `imagePullPolicy: Never` or `IfNotPresent`.
 * @param from the builder that has the image; default: an archive on stdin, as `docker save` writes it
 * @returns the full name of the image
 * @throws UsageError
 */
export const importUserImage = async (name: string, from?: ImageBuilder): Promise<string> => {
  const fullName = completeImageName(name)
  if (from === undefined) {
    if (process.stdin.isTTY)
      throw new UsageError(`there is no archive on stdin: docker save ${name} | npm run rig -- image ${name}`)
    await importArchiveOf(STDIN, fullName)
    return fullName
  }
  const folder = await mkdtemp(join(tmpdir(), 'retrain-image-'))
  try {
    const path = join(folder, 'image.tar')
    const output = await open(path, 'w')
    await saveImageOf(from, name, output.fd).finally(() => output.close())
    const input = await open(path)
    await importArchiveOf(input.fd, fullName).finally(() => input.close())
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return fullName
}

const importArchiveOf = async (archive: number, name: string): Promise<void> => {
  try {
    await importArchive(archive, name)
  } catch (error) {
    throw new UsageError(
      `the archive cannot be imported; docker save and podman save write one, without compression.\n${error instanceof Error ? error.message : error}`,
    )
  }
}
