import { type GitHub, startGitHub } from '../../rig/github/index.ts'
import { checkoutPath } from '../../scripts/checkout.ts'

/** A job of a workflow run on a runner. */
export interface Job {
  /** GITHUB_RUN_ID */
  runId: string
  /** RUNNER_NAME */
  runnerName: string
}

/** A fake GitHub that reports the status of jobs. */
export interface JobRegistry extends Pick<GitHub, 'url' | 'close'> {
  markRunning(job: Job): void
  markCompleted(job: Job): void
}

/** The token of all jobs of the harness. */
export const TOKEN = 'token-of-the-job'

export async function startJobRegistry(): Promise<JobRegistry> {
  const workflows = checkoutPath('.github/workflows')
  const github = await startGitHub({
    repository: 'octo/fraud',
    token: TOKEN,
    workflows,
    onStart: async () => {},
  })
  const setStatus =
    (status: 'in_progress' | 'completed') =>
    ({ runId: run, runnerName: runner }: Job) =>
      void github.jobs.set(`${run}/1`, [{ name: 'retrain', status, runner_name: runner }])
  return {
    url: github.url,
    close: github.close,
    markRunning: setStatus('in_progress'),
    markCompleted: setStatus('completed'),
  }
}
