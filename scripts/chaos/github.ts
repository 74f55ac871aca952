import { type GitHub, startGitHub } from '../../rig/github/index.ts'
import { at } from '../checkout.ts'

/** The job that a workflow run has on a runner. */
export interface Job {
  /** GITHUB_RUN_ID */
  run: string
  /** RUNNER_NAME */
  runner: string
}

/** GitHub, as far as it knows which jobs are at work. */
export interface Runs extends Pick<GitHub, 'url' | 'close'> {
  begin(job: Job): void
  end(job: Job): void
}

/** What the jobs of the harness carry. */
export const TOKEN = 'token-of-the-job'

export async function openRuns(): Promise<Runs> {
  const workflows = at('.github/workflows')
  const github = await startGitHub({
    repository: 'octo/fraud',
    token: TOKEN,
    workflows,
    onStart: async () => {},
  })
  const tell =
    (status: 'in_progress' | 'completed') =>
    ({ run, runner }: Job) =>
      void github.jobs.set(`${run}/1`, [{ name: 'retrain', status, runner_name: runner }])
  return { url: github.url, close: github.close, begin: tell('in_progress'), end: tell('completed') }
}
