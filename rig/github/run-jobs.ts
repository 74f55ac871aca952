import { z } from 'zod'

/** A job of a run attempt, reduced to the fields that the suite reads. */
export type RunJob = {
  name: string
  status: 'queued' | 'in_progress' | 'completed' | 'waiting' | 'requested' | 'pending'
  /** Null until a runner takes the job. */
  runner_name: string | null
}

/** GitHub ignores other parameters. Here they are errors. */
const query = z.strictObject({
  per_page: z.coerce.number().int().min(1).max(100).default(30),
  page: z.coerce.number().int().min(1).default(1),
})

/**
 * Answers `GET /repos/{owner}/{repo}/actions/runs/{run_id}/attempts/{attempt_number}/jobs` as documented by GitHub
 * ("List jobs for a workflow run attempt"): one page of jobs, and their total number.
 * @param jobs by run and attempt: "77/1"
 * @param requestUrl path and query from /actions/runs/ on
 * @returns undefined if the path, run or attempt is unknown
 * @throws ZodError for an unknown query parameter
 */
export const readRunJobs = (
  jobs: ReadonlyMap<string, readonly RunJob[]>,
  requestUrl: string,
): { total_count: number; jobs: object[] } | undefined => {
  const [path = '', search = ''] = requestUrl.split('?')
  const [, run = '', attempt = ''] = /^\/actions\/runs\/(\d+)\/attempts\/(\d+)\/jobs$/.exec(path) ?? []
  const found = jobs.get(`${run}/${attempt}`)
  if (!found) return undefined
  const { per_page, page } = query.parse(Object.fromEntries(new URLSearchParams(search)))
  const shown = found.slice((page - 1) * per_page, page * per_page)
  return {
    total_count: found.length,
    jobs: shown.map((job, index) => ({
      id: (page - 1) * per_page + index + 1,
      run_id: Number(run),
      run_attempt: Number(attempt),
      conclusion: job.status === 'completed' ? 'success' : null,
      ...job,
    })),
  }
}
