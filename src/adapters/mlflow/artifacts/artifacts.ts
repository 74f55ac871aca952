import { Fault } from '../../../domain/core/errors.ts'
import { oneLine } from '../../../domain/core/text.ts'
import { type Client, fetchAllPages } from '../http/client.ts'
import { ArtifactsNotListable, undefinedIfNotFound } from '../http/faults.ts'
import { parseLoggedModelId } from '../registry/registry.ts'
import { type Artifact, type ModelVersion, responseSchemas } from '../schemas.ts'

const CONCURRENT_DOWNLOADS = 4
/** A server that lists a folder within itself must not make the action loop forever. */
const MAX_FILES = 10_000

/** Where the files of a model are, as the server addresses them. */
export type ArtifactLocation =
  | { kind: 'logged-model'; id: string }
  | { kind: 'run'; runId: string; path: string }
  | { kind: 'proxy'; path: string }

export type ArtifactApi = ReturnType<typeof createArtifactApi>

export function createArtifactApi({ get, download, upload }: Client) {
  return {
    /** Files and folders directly below a folder of the place, with paths relative to the place; undefined if it is gone. */
    async listArtifacts(place: ArtifactLocation, folder?: string): Promise<Artifact[] | undefined> {
      if (place.kind === 'proxy') {
        const query = { path: joinPath(place.path, folder) }
        const page = await undefinedIfNotFound(get(PROXY_PATH, query, responseSchemas.files))
        // The proxy returns names, the other two return whole paths.
        return page?.items.map((file) => ({ ...file, path: joinPath(folder, file.path) }))
      }
      const [path, query] =
        place.kind === 'run'
          ? ['artifacts/list', { run_id: place.runId, path: joinPath(place.path, folder) }]
          : [`logged-models/${place.id}/artifacts/directories`, { artifact_directory_path: folder }]
      const files = await undefinedIfNotFound(
        fetchAllPages((page_token) => get(path, { ...query, page_token }, responseSchemas.files)),
      )
      const root = place.kind === 'run' && place.path ? `${place.path}/` : ''
      return files?.map((file) => ({ ...file, path: file.path.slice(root.length) }))
    },

    /** Streams one file through the server. */
    readArtifact(place: ArtifactLocation, path: string): Promise<AsyncIterable<Uint8Array>> {
      switch (place.kind) {
        case 'proxy':
          return download(proxyUrl(place.path, path))
        case 'run':
          return download('get-artifact', { run_id: place.runId, path: joinPath(place.path, path) })
        case 'logged-model':
          return download(`ajax-api/2.0/mlflow/logged-models/${place.id}/artifacts/files`, {
            artifact_file_path: path,
          })
      }
    },

    /** Writes a small file through the server; false if its store is not proxied by the server. */
    async writeArtifact(artifactUri: string, path: string, content: string): Promise<boolean> {
      const place = parseArtifactUri(artifactUri)
      // Any other store needs credentials that only the training has.
      if (place?.kind !== 'proxy') return false
      await upload(proxyUrl(place.path, path), content)
      return true
    },

    /** @throws ArtifactsNotListable if the server cannot list the files of the version */
    async locateArtifacts({ source, model: name, number: version }: ModelVersion): Promise<ArtifactLocation> {
      const known = parseArtifactUri(source)
      if (known) return known
      const path = 'model-versions/get-download-uri'
      const resolved = await get(path, { name, version }, responseSchemas.downloadUri)
      const place = parseArtifactUri(resolved)
      if (place) return place
      throw new ArtifactsNotListable({
        call: `GET ${path} of ${name} version ${version}`,
        detail: `the files are at ${resolved}, which the server does not list`,
        hint: 'Register the version from the model that its run logged (models:/m-…).',
      })
    },
  }
}

const PROXY_PATH = 'mlflow-artifacts/artifacts'

function proxyUrl(folder: string, path: string): string {
  return `api/2.0/${PROXY_PATH}/${`${folder}/${path}`.split('/').map(encodeURIComponent).join('/')}`
}

function joinPath(...parts: readonly (string | undefined)[]): string {
  return parts.filter(Boolean).join('/')
}

/**
 * All files of a model, recursively.
 * @returns undefined without an MLmodel file at the top
 */
export async function listModelFiles(
  artifacts: Pick<ArtifactApi, 'listArtifacts'>,
  place: ArtifactLocation,
): Promise<Artifact[] | undefined> {
  const queue = (await artifacts.listArtifacts(place)) ?? []
  const files: Artifact[] = []
  for (let count = 0; queue.length > 0; count += 1) {
    const entry = queue.pop()
    if (count > MAX_FILES) throw downloadFault('', `more than ${MAX_FILES} files and folders are listed`)
    if (entry?.isFolder) queue.push(...((await artifacts.listArtifacts(place, entry.path)) ?? []))
    else if (entry) files.push(entry)
  }
  return files.some(({ path }) => path === 'MLmodel') ? files : undefined
}

/** Calls `use` for each item, for a few at a time. A server with two workers would only queue more. */
export async function mapConcurrently<T, R>(items: readonly T[], use: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const queue = items.entries()
  // The workers share one iterator, so that each item has exactly one worker.
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await use(item)
  }
  await Promise.all(Array.from({ length: CONCURRENT_DOWNLOADS }, worker))
  return results
}

export function downloadFault(path: string, detail: string, cause?: unknown): Fault {
  return new Fault({
    system: 'MLflow',
    call: `downloading the file ${oneLine(path)}`,
    detail,
    hint: "Re-run the job; if it fails again, check the server's log and its artifact store.",
    cause,
  })
}

/** The place that a URI names; undefined if the server must resolve it. */
export function parseArtifactUri(uri: string): ArtifactLocation | undefined {
  const id = parseLoggedModelId(uri)
  if (id) return { kind: 'logged-model', id }
  const [, runId, runPath = ''] = /^runs:\/+([0-9a-f]{32})(?:\/(.*?))?\/*$/.exec(uri) ?? []
  if (runId) return { kind: 'run', runId, path: runPath }
  const [, path] = /^mlflow-artifacts:(?:\/\/[^/]*)?\/+(.+?)\/*$/.exec(uri) ?? []
  return path ? { kind: 'proxy', path } : undefined
}
