import { z } from 'zod'

/** A job of a run attempt, as far as the suite reads it. */
export type RunJob = {
  name: string
  status: 'queued' | 'in_progress' | 'completed' | 'waiting' | 'requested' | 'pending'
  /** Null before it has a runner. */
  runner_name: string | null
}

/** Both are optional with GitHub, and others are ignored there; here they are mistakes. */
const query = z.strictObject({
  per_page: z.coerce.number().int().min(1).max(100).default(30),
  page: z.coerce.number().int().min(1).default(1),
})

/**
 * What `GET /repos/{owner}/{repo}/actions/runs/{run_id}/attempts/{attempt_number}/jobs` answers, after GitHub's
 * documentation ("List jobs for a workflow run attempt"): a page of them, and how many there are in all.
 * @param asked path and query from /actions/runs/ on
 * @param jobs by run and attempt: "77/1"
 * @returns undefined where there is no such address, run or attempt
 * @throws ZodError for a query that GitHub does not have
 */
export const readRunJobs = (
  jobs: ReadonlyMap<string, readonly RunJob[]>,
  asked: string,
): { total_count: number; jobs: object[] } | undefined => {
  const [path = '', search = ''] = asked.split('?')
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
