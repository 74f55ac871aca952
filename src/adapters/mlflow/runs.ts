import { UserError } from '../../domain/core/errors.ts'
import type { Tags } from '../../domain/registry/version-tags.ts'
import { type Client, fetchAllPages, quoteFilterValue, toKeyValuePairs } from './http/client.ts'
import { AlreadyExists, undefinedIfNotFound } from './http/faults.ts'
import { type Experiment, type MetricDatasets, type Run, responseSchemas } from './schemas.ts'

/** More experiments in runs/search would make the statement too long for the server's database. */
const MAX_EXPERIMENTS_PER_SEARCH = 500

export function createRunApi({ get, post, change }: Client) {
  /** Undefined if there is none. @throws UserError for a deleted one, whose name cannot be used */
  const findExperiment = async (name: string): Promise<Experiment | undefined> => {
    const found = await undefinedIfNotFound(
      get('experiments/get-by-name', { experiment_name: name }, responseSchemas.experiment),
    )
    if (found?.deleted)
      throw new UserError(
        `The MLflow experiment ${JSON.stringify(name)} is deleted: restore it, or use another experiment-name.`,
      )
    return found
  }
  return {
    /** A deleted run is returned with `deleted`. */
    getRun: (id: string): Promise<Run | undefined> =>
      undefinedIfNotFound(get('runs/get', { run_id: id }, responseSchemas.run)),

    /** Runs of all experiments with this tag value, without deleted ones. */
    async findRunsByTag(key: string, value: string): Promise<Run[]> {
      // Without experiment ids the server returns nothing, not an error.
      const ids = await fetchAllPages((page_token) => {
        const search = { max_results: 1000, view_type: 'ALL', page_token }
        return post('experiments/search', search, responseSchemas.experimentIds)
      })
      const filter = `tags.\`${key}\` = ${quoteFilterValue(value)}`
      const found: Run[] = []
      for (let from = 0; from < ids.length; from += MAX_EXPERIMENTS_PER_SEARCH) {
        const experiment_ids = ids.slice(from, from + MAX_EXPERIMENTS_PER_SEARCH)
        const search = { experiment_ids, filter, run_view_type: 'ACTIVE_ONLY', max_results: 1000 }
        const runs = await fetchAllPages((page_token) =>
          post('runs/search', { ...search, page_token }, responseSchemas.runs),
        )
        found.push(...runs)
      }
      return found
    },

    findExperiment,

    /** The id of the experiment, created if it does not exist. */
    async ensureExperiment(name: string): Promise<string> {
      const existing = await findExperiment(name)
      if (existing) return existing.id
      try {
        return await post('experiments/create', { name }, responseSchemas.experimentId)
      } catch (error) {
        const created = error instanceof AlreadyExists ? await findExperiment(name) : undefined
        if (created) return created.id
        throw error
      }
    },

    /** @param startTime milliseconds since 1970 */
    createRun: ({ experimentId, startTime, tags }: { experimentId: string; startTime: number; tags: Tags }) =>
      post(
        'runs/create',
        { experiment_id: experimentId, start_time: startTime, tags: toKeyValuePairs(tags) },
        responseSchemas.run,
        'append',
      ),

    endRun: (id: string, status: 'FINISHED' | 'FAILED' | 'KILLED', endTime: number) =>
      change('POST', 'runs/update', { run_id: id, status, end_time: endTime }),

    /** All tags in one request. MLflow cuts a run's tag at 8000 characters. */
    setRunTags: (id: string, tags: Tags) =>
      change('POST', 'runs/log-batch', { run_id: id, tags: toKeyValuePairs(tags) }),

    /** The dataset of each metric of a logged model; empty if the model is gone or the server has no logged models. */
    getMetricDatasets: async (modelId: string): Promise<MetricDatasets> =>
      (await undefinedIfNotFound(get(`logged-models/${modelId}`, {}, responseSchemas.metricDatasets))) ?? [],

    /** The name that `log_model` got; empty if the model is gone. */
    getLoggedModelName: async (modelId: string): Promise<string> =>
      (await undefinedIfNotFound(get(`logged-models/${modelId}`, {}, responseSchemas.loggedModelName))) ?? '',

    /** Does nothing if it does not exist. */
    deleteRunTag: (id: string, key: string) =>
      undefinedIfNotFound(change('POST', 'runs/delete-tag', { run_id: id, key })),
  }
}
