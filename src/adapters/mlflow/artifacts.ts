import type { Client } from './client.ts'
import { orAbsent, Unlisted } from './failures.ts'
import { pages } from './parameters.ts'
import { loggedModelIn } from './registry.ts'
import { type Artifact, answers, type ModelVersion } from './schemas.ts'

/** Where a model's files are, in the terms in which the server lists and serves them. */
export type Place =
  | { kind: 'logged-model'; id: string }
  | { kind: 'run'; runId: string; path: string }
  | { kind: 'proxy'; path: string }

export interface Artifacts {
  /** Files and folders right below a folder of the place, with paths relative to the place; undefined where it is gone. */
  list(place: Place, folder?: string): Promise<Artifact[] | undefined>
  /** The bytes of one file, through the server. */
  read(place: Place, path: string): Promise<AsyncIterable<Uint8Array>>
  /** Writes a small file into a folder of artifacts, through the server; false where the server does not take it. */
  write(artifactUri: string, path: string, content: string): Promise<boolean>
  /** Where the files of a version are. Throws a Fault where the server cannot list them. */
  placeOf(version: ModelVersion): Promise<Place>
}

export function artifactsOf({ ask, bytes, put }: Client): Artifacts {
  const artifacts: Artifacts = {
    async list(place, folder) {
      const below = (prefix: string) => [prefix, folder].filter(Boolean).join('/') || undefined
      if (place.kind === 'proxy') {
        const listed = await orAbsent(
          ask({
            method: 'GET',
            path: 'mlflow-artifacts/artifacts',
            query: { path: below(place.path) },
            repeat: 'read',
            answer: answers.files,
          }),
        )
        // The proxy answers with names, the other two with whole paths.
        return listed?.files.map((file) => ({ ...file, path: [folder, file.path].filter(Boolean).join('/') }))
      }
      const [path, query] =
        place.kind === 'run'
          ? ['artifacts/list', { run_id: place.runId, path: below(place.path) }]
          : [`logged-models/${place.id}/artifacts/directories`, { artifact_directory_path: folder }]
      const files = await orAbsent(
        pages(async (page_token) => {
          const answer = await ask({
            method: 'GET',
            path,
            query: { ...query, page_token },
            repeat: 'read',
            answer: answers.files,
          })
          return { items: answer.files, next: answer.next_page_token }
        }),
      )
      const root = place.kind === 'run' && place.path ? `${place.path}/` : ''
      return files?.map((file) => ({ ...file, path: file.path.slice(root.length) }))
    },

    read(place, path) {
      switch (place.kind) {
        case 'proxy':
          return bytes(`api/2.0/mlflow-artifacts/artifacts/${encodedPath(`${place.path}/${path}`)}`)
        case 'run':
          return bytes('get-artifact', {
            run_id: place.runId,
            path: [place.path, path].filter(Boolean).join('/'),
          })
        case 'logged-model':
          return bytes(`ajax-api/2.0/mlflow/logged-models/${place.id}/artifacts/files`, {
            artifact_file_path: path,
          })
      }
    },

    async write(artifactUri, path, content) {
      const place = placeIn(artifactUri)
      // Any other store is reached with credentials that only a training has.
      if (place?.kind !== 'proxy') return false
      await put(`api/2.0/mlflow-artifacts/artifacts/${encodedPath(`${place.path}/${path}`)}`, content)
      return true
    },

    async placeOf(version) {
      const direct = placeIn(version.source)
      if (direct) return direct
      const call = `model-versions/get-download-uri`
      const resolved = await ask({
        method: 'GET',
        path: call,
        query: { name: version.model, version: version.number },
        repeat: 'read',
        answer: answers.downloadUri,
      })
      const place = placeIn(resolved)
      if (place) return place
      throw new Unlisted({
        call: `GET ${call} of ${version.model} version ${version.number}`,
        said: `the files are at ${resolved}, which the server does not list`,
        next: 'Register the version from the model that its run logged (models:/m-…).',
      })
    },
  }
  return artifacts
}

/** The place that an address names, where it says enough. */
export function placeIn(uri: string): Place | undefined {
  const id = loggedModelIn(uri)
  if (id) return { kind: 'logged-model', id }
  const [, runId, inRun = ''] = /^runs:\/+([0-9a-f]{32})(?:\/(.*?))?\/*$/.exec(uri) ?? []
  if (runId) return { kind: 'run', runId, path: inRun }
  const [, path] = /^mlflow-artifacts:(?:\/\/[^/]*)?\/+(.+?)\/*$/.exec(uri) ?? []
  return path ? { kind: 'proxy', path } : undefined
}

function encodedPath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}
