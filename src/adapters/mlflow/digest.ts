import { createHash } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { parse } from 'yaml'
import { Fault } from '../../domain/failure.ts'
import { loadingOf } from '../../domain/mlmodel.ts'
import type { Artifacts, Place } from './artifacts.ts'

/** Files that describe the training or its environment. A pod brings an environment of its own, in its image. */
const ABOUT_THE_TRAINING =
  /^(conda\.yaml|python_env\.yaml|requirements\.txt|registered_model_meta|.*input_example[^/]*)$/

/** Downloads at the same time; more would only make a server with two workers queue. */
const AT_ONCE = 4

/**
 * What a model is, whatever its version's number: sha256 (hex) over the lines `<sha256 of the content>  <path>` of the
 * model's files, sorted by path as UTF-16 code units, each ended by a newline. Of MLmodel, which decides what code is
 * loaded, counts what does not name the training (domain/mlmodel.ts). Left out at the top folder: conda.yaml,
 * python_env.yaml, requirements.txt, registered_model_meta and input examples. Streams, so that a model of any size fits
 * into memory.
 * @returns undefined where no loadable model is: no MLmodel at the top folder. Throws a Fault where the server cannot serve them.
 */
export async function artifactDigest(artifacts: Artifacts, place: Place): Promise<string | undefined> {
  const paths = await modelFiles(artifacts, place)
  if (paths === undefined) return undefined
  const lines: string[] = []
  const waiting = paths.sort().entries()
  // The workers share one iterator, so each file is taken by exactly one of them.
  const worker = async () => {
    for (const [index, path] of waiting)
      lines[index] = `${await contentHash(artifacts, place, path)}  ${path}\n`
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return createHash('sha256').update(lines.join('')).digest('hex')
}

async function modelFiles(artifacts: Artifacts, place: Place): Promise<string[] | undefined> {
  const top = await artifacts.list(place)
  if (!top?.some((entry) => entry.path === 'MLmodel' && !entry.isFolder)) return undefined
  const own = top.filter((entry) => !ABOUT_THE_TRAINING.test(entry.path))
  const files: string[] = []
  for (const level = own; level.length > 0; ) {
    const entry = level.pop()
    if (entry?.isFolder) level.push(...((await artifacts.list(place, entry.path)) ?? []))
    else if (entry) files.push(entry.path)
  }
  return files
}

async function contentHash(artifacts: Artifacts, place: Place, path: string): Promise<string> {
  const hash = createHash('sha256')
  try {
    const bytes = await artifacts.read(place, path)
    if (path === 'MLmodel') hash.update(loadingOf(parsed(await text(bytes))))
    else for await (const chunk of bytes) hash.update(chunk)
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause
    throw new Fault({
      system: 'MLflow',
      call: `reading the model file ${path}`,
      status: cause instanceof Fault ? cause.status : undefined,
      said: cause.message,
      next: 'The content of a model is read through the server: it must reach its artifact store itself (--artifacts-destination, or credentials for the store in its environment).',
      cause,
    })
  }
  return hash.digest('hex')
}

/** A file that is no YAML counts by its bytes: whether it loads is not for us to say. */
function parsed(mlmodel: string): unknown {
  try {
    return parse(mlmodel)
  } catch {
    return mlmodel
  }
}
