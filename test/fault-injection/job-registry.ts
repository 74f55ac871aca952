import { type GitHub, startGitHub } from '../../rig/github/index.ts'
import { checkoutPath } from '../../scripts/checkout.ts'

/** The job that a workflow run has on a runner. */
export interface Job {
  /** GITHUB_RUN_ID */
  runId: string
  /** RUNNER_NAME */
  runnerName: string
}

/** GitHub, as far as it knows which jobs are at work. */
export interface JobRegistry extends Pick<GitHub, 'url' | 'close'> {
  markRunning(job: Job): void
  markCompleted(job: Job): void
}

/** What the jobs of the harness carry. */
export const TOKEN = 'token-of-the-job'

export async function startJobRegistry(): Promise<JobRegistry> {
  const workflows = checkoutPath('.github/workflows')
  const github = await startGitHub({
    repository: 'octo/fraud',
    token: TOKEN,
    workflows,
    onStart: async () => {},
  })
  const tell =
    (status: 'in_progress' | 'completed') =>
    ({ runId: run, runnerName: runner }: Job) =>
      void github.jobs.set(`${run}/1`, [{ name: 'retrain', status, runner_name: runner }])
  return {
    url: github.url,
    close: github.close,
    markRunning: tell('in_progress'),
    markCompleted: tell('completed'),
  }
}
