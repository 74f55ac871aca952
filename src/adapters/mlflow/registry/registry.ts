import type { StageTransition } from '../../../domain/registry/mlflow-stages.ts'
import type { Tags } from '../../../domain/registry/version-tags.ts'
import { type Client, fetchAllPages, quoteFilterValue, toKeyValuePairs } from '../http/client.ts'
import { Busy, Unreachable, undefinedIfExists, undefinedIfNotFound } from '../http/faults.ts'
import { type ModelVersion, type RegisteredModel, responseSchemas } from '../schemas.ts'

export interface NewVersion {
  model: string
  /** `models:/m-…` of a logged model, or `runs:/<run>/<path>` of an older one. */
  source: string
  runId: string
  tags: Tags
  /** Key of a tag with a unique value, by which a retry finds a version whose creation response was lost. */
  idempotencyTag: string
}

/** The id in `models:/m-…`, the source of a logged model. */
export function parseLoggedModelId(source: string): string | undefined {
  return /^models:\/(m-[0-9a-f]{32})\/?$/.exec(source)?.[1]
}

export function createRegistryApi({ get, post, change }: Client) {
  /** All versions of a model, or those of one run, with stage and tags but without aliases. */
  const listVersions = (name: string, runId?: string): Promise<ModelVersion[]> => {
    const ofRun = runId ? ` and run_id = ${quoteFilterValue(runId)}` : ''
    const search = { filter: `name = ${quoteFilterValue(name)}${ofRun}`, max_results: 1000 }
    return fetchAllPages((page_token) =>
      get('model-versions/search', { ...search, page_token }, responseSchemas.versions),
    )
  }
  return {
    listVersions,

    /** The model with all its aliases, in one request. */
    getModel: (name: string): Promise<RegisteredModel | undefined> =>
      undefinedIfNotFound(get('registered-models/get', { name }, responseSchemas.model)),

    /** Creates the registered model if it does not exist. */
    ensureModel: (name: string) => undefinedIfExists(change('POST', 'registered-models/create', { name })),

    getVersion: (name: string, version: string): Promise<ModelVersion | undefined> =>
      undefinedIfNotFound(get('model-versions/get', { name, version }, responseSchemas.version)),

    /** Creates exactly one version, even if a response is lost. */
    async createVersion(given: NewVersion): Promise<ModelVersion> {
      const { model, source, runId, tags, idempotencyTag } = given
      const body = {
        name: model,
        source,
        run_id: runId,
        model_id: parseLoggedModelId(source),
        tags: toKeyValuePairs(tags),
      }
      const create = () => post('model-versions/create', body, responseSchemas.version, 'append')
      try {
        return await create()
      } catch (error) {
        if (!(error instanceof Busy || error instanceof Unreachable)) throw error
        const created = (await listVersions(model, runId)).find(
          (version) => version.tags[idempotencyTag] === tags[idempotencyTag],
        )
        return created ?? (await create())
      }
    },

    /** Does nothing if it does not exist. */
    deleteVersion: (name: string, version: string) =>
      undefinedIfNotFound(change('DELETE', 'model-versions/delete', { name, version })),

    /** One parallel request per tag. */
    async setVersionTags(name: string, version: string, tags: Tags): Promise<void> {
      const pairs = toKeyValuePairs(tags)
      await Promise.all(
        pairs.map((tag) => change('POST', 'model-versions/set-tag', { name, version, ...tag })),
      )
    },

    deleteVersionTag: (name: string, version: string, key: string) =>
      change('DELETE', 'model-versions/delete-tag', { name, version, key }),

    setAlias: (name: string, alias: string, version: string) =>
      change('POST', 'registered-models/alias', { name, alias, version }),

    deleteAlias: (name: string, alias: string) =>
      change('DELETE', 'registered-models/alias', { name, alias }),

    /** Transitions this version only. The server's archiving of others is not atomic. */
    setStage: (name: string, version: string, stage: StageTransition['stage'] | 'Staging' | 'None') =>
      change('POST', 'model-versions/transition-stage', {
        name,
        version,
        stage,
        archive_existing_versions: false,
      }),
  }
}
