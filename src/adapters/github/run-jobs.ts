import * as z from 'zod'
import { Fault } from '../../domain/failure.ts'
import type { JobSeen } from '../../domain/lease.ts'
import { type GitHubConnection, requestTo } from './request.ts'

/** An attempt of a workflow run. */
export interface RunAttempt {
  /** owner/name */
  repository: string
  run: string
  attempt: string
}

const PER_PAGE = 100
/** GitHub starts at most 256 jobs of a matrix, and a run has few of those. */
const MOST_PAGES = 20

const page = z.object({
  total_count: z.number(),
  jobs: z.array(z.object({ status: z.string(), runner_name: z.string().nullish() })),
})

/**
 * The jobs of a run attempt; undefined where GitHub cannot tell, whyever: no token, no right to read actions, no answer,
 * a run of another server. Needs `actions: read`.
 */
export async function jobsOf(
  connection: GitHubConnection,
  { repository, run, attempt }: RunAttempt,
): Promise<JobSeen[] | undefined> {
  // They come from a ConfigMap, and go into an address.
  const known = /^[\w.-]+\/[\w.-]+$/.test(repository) && /^\d+$/.test(run) && /^\d+$/.test(attempt)
  if (!known || connection.token === undefined) return undefined
  const request = requestTo(connection)
  const found: JobSeen[] = []
  for (let at = 1; at <= MOST_PAGES; at += 1) {
    const path = `/repos/${repository}/actions/runs/${run}/attempts/${attempt}/jobs?per_page=${PER_PAGE}&page=${at}`
    const answer = await request({ path, permission: 'actions: read', repeatable: true }).catch(unknown)
    const read = answer?.status === 200 ? parsed(answer.text) : undefined
    if (!read) return undefined
    found.push(...read.jobs.map((job) => ({ status: job.status, runner: job.runner_name ?? undefined })))
    if (found.length >= read.total_count) return found
    if (read.jobs.length === 0) return undefined
  }
  return undefined
}

function parsed(text: string) {
  try {
    return page.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

function unknown(error: unknown): undefined {
  if (!(error instanceof Fault)) throw error
}
