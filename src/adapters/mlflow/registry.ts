import type { Tags } from '../../domain/ledger.ts'
import type { Transition } from '../../domain/stages.ts'
import type { Client } from './client.ts'
import { AlreadyExists, Busy, NotFound, orAbsent, Unreachable } from './failures.ts'
import { pages, pairsOf, quoted } from './parameters.ts'
import { answers, type ModelVersion, type RegisteredModel } from './schemas.ts'

export interface NewVersion {
  model: string
  /** `models:/m-…` of a logged model, or `runs:/<run>/<path>` of an older one. */
  source: string
  runId: string
  tags: Tags
  /** Key of a tag whose value is unique to this creation: by it a version whose answer was lost is found again. */
  mark: string
}

export interface Registry {
  /** The model with all its aliases, in one request. */
  model(name: string): Promise<RegisteredModel | undefined>
  /** Makes the registered model unless it is there. */
  ensureModel(name: string): Promise<void>
  /** Every version of a model, with stage and tags (but MLflow's search knows no aliases); or those of one run only. */
  versions(name: string, runId?: string): Promise<ModelVersion[]>
  version(name: string, number: string): Promise<ModelVersion | undefined>
  /** Once per call, also when the server's answer is lost on the way. */
  createVersion(version: NewVersion): Promise<ModelVersion>
  /** Deleting what is gone already is fine. */
  deleteVersion(name: string, number: string): Promise<void>
  /** One request per tag, side by side. */
  setVersionTags(name: string, number: string, tags: Tags): Promise<void>
  deleteVersionTag(name: string, number: string, key: string): Promise<void>
  setAlias(name: string, alias: string, version: string): Promise<void>
  deleteAlias(name: string, alias: string): Promise<void>
  /** Moves this one version, and leaves every other where it is. */
  setStage(name: string, number: string, stage: Transition['stage'] | 'Staging' | 'None'): Promise<void>
}

/** Where the bytes of a logged model are asked for: `models:/m-…`. */
export function loggedModelIn(source: string): string | undefined {
  return /^models:\/(m-[0-9a-f]{32})\/?$/.exec(source)?.[1]
}

export function registryOf({ ask }: Client): Registry {
  const write = async (method: 'POST' | 'DELETE', path: string, body: unknown) => {
    await ask({ method, path, body, repeat: 'set', answer: answers.nothing })
  }
  const versions: Registry['versions'] = (name, runId) => {
    const filter = [`name = ${quoted(name)}`, ...(runId ? [`run_id = ${quoted(runId)}`] : [])].join(' and ')
    return pages(async (page_token) => {
      const { model_versions, next_page_token } = await ask({
        method: 'GET',
        path: 'model-versions/search',
        query: { filter, max_results: 1000, page_token },
        repeat: 'read',
        answer: answers.versions,
      })
      return { items: model_versions, next: next_page_token }
    })
  }

  return {
    versions,
    model: (name) =>
      orAbsent(
        ask({
          method: 'GET',
          path: 'registered-models/get',
          query: { name },
          repeat: 'read',
          answer: answers.model,
        }),
      ),

    async ensureModel(name) {
      try {
        await write('POST', 'registered-models/create', { name })
      } catch (error) {
        if (!(error instanceof AlreadyExists)) throw error
      }
    },

    version: (name, number) =>
      orAbsent(
        ask({
          method: 'GET',
          path: 'model-versions/get',
          query: { name, version: number },
          repeat: 'read',
          answer: answers.version,
        }),
      ),

    async createVersion({ model, source, runId, tags, mark }) {
      const body = {
        name: model,
        source,
        run_id: runId,
        model_id: loggedModelIn(source),
        tags: pairsOf(tags),
      }
      const create = () =>
        ask({
          method: 'POST',
          path: 'model-versions/create',
          body,
          repeat: 'append',
          answer: answers.version,
        })
      try {
        return await create()
      } catch (error) {
        if (!(error instanceof Busy || error instanceof Unreachable)) throw error
        const made = (await versions(model, runId)).find((version) => version.tags[mark] === tags[mark])
        return made ?? (await create())
      }
    },

    async deleteVersion(name, number) {
      try {
        await write('DELETE', 'model-versions/delete', { name, version: number })
      } catch (error) {
        if (!(error instanceof NotFound)) throw error
      }
    },

    async setVersionTags(name, number, tags) {
      await Promise.all(
        pairsOf(tags).map((tag) =>
          write('POST', 'model-versions/set-tag', { name, version: number, ...tag }),
        ),
      )
    },
    deleteVersionTag: (name, number, key) =>
      write('DELETE', 'model-versions/delete-tag', { name, version: number, key }),
    setAlias: (name, alias, version) => write('POST', 'registered-models/alias', { name, alias, version }),
    deleteAlias: (name, alias) => write('DELETE', 'registered-models/alias', { name, alias }),
    setStage: (name, number, stage) =>
      write('POST', 'model-versions/transition-stage', {
        name,
        version: number,
        stage,
        // Not atomic on the server: two such calls at once leave two versions in the stage.
        archive_existing_versions: false,
      }),
  }
}
