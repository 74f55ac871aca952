import { UserError } from '../../domain/failure.ts'
import type { Tags } from '../../domain/ledger.ts'
import type { Client } from './client.ts'
import { AlreadyExists, NotFound, orAbsent } from './failures.ts'
import { pages, pairsOf, quoted } from './parameters.ts'
import { answers, type MeasuredOn, type Run } from './schemas.ts'

export interface NewRun {
  experimentId: string
  name?: string
  /** Milliseconds since 1970. */
  startTime: number
  tags: Tags
}

export interface Runs {
  /** Undefined where there is none; a deleted run is answered, with `deleted`. */
  run(id: string): Promise<Run | undefined>
  /** Runs of every experiment that carry a tag with this value, deleted ones left out. */
  runsByTag(key: string, value: string): Promise<Run[]>
  /** The id of the experiment of this name, made if it is not there. */
  experiment(name: string): Promise<string>
  createRun(run: NewRun): Promise<Run>
  endRun(id: string, status: 'FINISHED' | 'FAILED' | 'KILLED', endTime: number): Promise<void>
  /** All tags in one request. MLflow cuts a run's tag at 8000 characters. */
  setRunTags(id: string, tags: Tags): Promise<void>
  /** Of a logged model, which dataset each metric was measured on; empty where it is gone or the server has none. */
  measuredOn(modelId: string): Promise<MeasuredOn>
  /** Deleting what is gone already is fine. */
  deleteRunTag(id: string, key: string): Promise<void>
}

/** runs/search takes this many experiments at most without an overlong statement in the server's database. */
const EXPERIMENTS_AT_ONCE = 500

export function runsOf({ ask }: Client): Runs {
  return {
    run: (id) =>
      orAbsent(
        ask({ method: 'GET', path: 'runs/get', query: { run_id: id }, repeat: 'read', answer: answers.run }),
      ),

    async runsByTag(key, value) {
      // Without experiment ids the server answers with nothing, and not with an error.
      const ids = await pages(async (page_token) => {
        const { experiments, next_page_token } = await ask({
          method: 'POST',
          path: 'experiments/search',
          body: { max_results: 1000, view_type: 'ALL', page_token },
          repeat: 'read',
          answer: answers.experiments,
        })
        return { items: experiments.map((experiment) => experiment.experiment_id), next: next_page_token }
      })
      const found: Run[] = []
      for (let from = 0; from < ids.length; from += EXPERIMENTS_AT_ONCE) {
        const experiment_ids = ids.slice(from, from + EXPERIMENTS_AT_ONCE)
        const filter = `tags.\`${key}\` = ${quoted(value)}`
        found.push(
          ...(await pages(async (page_token) => {
            const { runs, next_page_token } = await ask({
              method: 'POST',
              path: 'runs/search',
              body: { experiment_ids, filter, run_view_type: 'ACTIVE_ONLY', max_results: 1000, page_token },
              repeat: 'read',
              answer: answers.runs,
            })
            return { items: runs, next: next_page_token }
          })),
        )
      }
      return found
    },

    async experiment(name) {
      const byName = () =>
        orAbsent(
          ask({
            method: 'GET',
            path: 'experiments/get-by-name',
            query: { experiment_name: name },
            repeat: 'read',
            answer: answers.experiment,
          }),
        )
      const there = await byName()
      if (there?.deleted) {
        throw new UserError(
          `The MLflow experiment ${JSON.stringify(name)} is deleted: restore it, or use another experiment-name.`,
        )
      }
      if (there) return there.id
      try {
        return await ask({
          method: 'POST',
          path: 'experiments/create',
          body: { name },
          repeat: 'set',
          answer: answers.experimentId,
        })
      } catch (error) {
        const made = error instanceof AlreadyExists ? await byName() : undefined
        if (made) return made.id
        throw error
      }
    },

    createRun: ({ experimentId, name, startTime, tags }) =>
      ask({
        method: 'POST',
        path: 'runs/create',
        body: { experiment_id: experimentId, run_name: name, start_time: startTime, tags: pairsOf(tags) },
        repeat: 'append',
        answer: answers.run,
      }),

    async endRun(id, status, endTime) {
      const body = { run_id: id, status, end_time: endTime }
      await ask({ method: 'POST', path: 'runs/update', body, repeat: 'set', answer: answers.nothing })
    },

    async setRunTags(id, tags) {
      const body = { run_id: id, tags: pairsOf(tags) }
      await ask({ method: 'POST', path: 'runs/log-batch', body, repeat: 'set', answer: answers.nothing })
    },

    measuredOn: async (modelId) =>
      (await orAbsent(
        ask({
          method: 'GET',
          path: `logged-models/${modelId}`,
          repeat: 'read',
          answer: answers.loggedModel,
        }),
      )) ?? [],

    async deleteRunTag(id, key) {
      const body = { run_id: id, key }
      try {
        await ask({ method: 'POST', path: 'runs/delete-tag', body, repeat: 'set', answer: answers.nothing })
      } catch (error) {
        if (!(error instanceof NotFound)) throw error
      }
    },
  }
}
