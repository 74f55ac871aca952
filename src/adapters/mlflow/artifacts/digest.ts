import { createHash } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { parse } from 'yaml'
import { Fault } from '../../../domain/core/errors.ts'
import { type ArtifactApi, type ArtifactLocation, listModelFiles, mapConcurrently } from './artifacts.ts'

/** Files and folders at the top that describe the training or its environment. A pod has the environment of its image. */
const EXCLUDED_ENTRIES =
  /^(conda\.yaml|python_env\.yaml|requirements\.txt|registered_model_meta|.*input_example[^/]*)$/

/** Keys of an MLmodel file about the training, the registration or the tool. They differ between trainings of one model. */
const TRAINING_KEYS: ReadonlySet<string> = new Set([
  'artifact_path',
  'mlflow_version',
  'model_id',
  'model_size_bytes',
  'model_uuid',
  'run_id',
  'saved_input_example_info',
  'utc_time_created',
])

/**
 * Identifies a model by its files: sha256 (hex) over the lines `<sha256 of the content>  <path>\n`, sorted by path as
 * UTF-16 code units. MLmodel counts without its training keys; environment files and input examples are left out.
 * Streams the files, so that a model of any size fits into memory.
 * @returns undefined without an MLmodel file at the top
 * @throws Fault if the server cannot serve the files
 */
export async function computeArtifactDigest(
  artifacts: ArtifactApi,
  place: ArtifactLocation,
): Promise<string | undefined> {
  const files = await listModelFiles(artifacts, place)
  const paths = files
    ?.map(({ path }) => path)
    .filter((path) => !EXCLUDED_ENTRIES.test(path.split('/')[0] ?? ''))
  if (!paths) return undefined
  const lines = await mapConcurrently(
    paths.sort(),
    async (path) => `${await hashFile(artifacts, place, path)}  ${path}\n`,
  )
  return createHash('sha256').update(lines.join('')).digest('hex')
}

async function hashFile(artifacts: ArtifactApi, place: ArtifactLocation, path: string): Promise<string> {
  const hash = createHash('sha256')
  try {
    const bytes = await artifacts.readArtifact(place, path)
    if (path === 'MLmodel') hash.update(canonicalizeMlmodel(parseMlmodel(await text(bytes))))
    else for await (const chunk of bytes) hash.update(chunk)
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause
    throw new Fault({
      system: 'MLflow',
      call: `reading the model file ${path}`,
      status: cause instanceof Fault ? cause.status : undefined,
      detail: cause.message,
      hint: 'The MLflow server reads model files from its artifact store: give it access (--artifacts-destination, or credentials for the store in its environment).',
      cause,
    })
  }
  return hash.digest('hex')
}

/** A file that is not YAML counts by its bytes; whether it loads is checked elsewhere. */
function parseMlmodel(mlmodel: string): unknown {
  try {
    return parse(mlmodel)
  } catch {
    return mlmodel
  }
}

/** The content of a parsed MLmodel file without training keys, as one text whatever the order of its keys. */
export function canonicalizeMlmodel(mlmodel: unknown): string {
  if (typeof mlmodel !== 'object' || mlmodel === null || Array.isArray(mlmodel))
    return JSON.stringify(mlmodel ?? null)
  const entries = Object.entries(mlmodel).filter(([key]) => !TRAINING_KEYS.has(key))
  return JSON.stringify(Object.fromEntries(entries), (_, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
