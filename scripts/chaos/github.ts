import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The job that a workflow run has on a runner. */
export interface Job {
  /** GITHUB_RUN_ID */
  run: string
  /** RUNNER_NAME */
  runner: string
}

/** GitHub, as far as it knows which jobs are at work. */
export interface Runs {
  url: string
  begin(job: Job): void
  end(job: Job): void
  close(): Promise<void>
}

/** Answers "List jobs for a workflow run attempt" of GitHub's REST API. A run that never began is not found. */
export async function openRuns(): Promise<Runs> {
  const jobs = new Map<string, { runner: string; status: 'in_progress' | 'completed' }>()
  const server = createServer((request, response) => {
    const [, run = '', attempt] =
      /\/actions\/runs\/(\d+)(?:\/attempts\/(\d+))?(?:\/jobs)?(?:\?|$)/.exec(request.url ?? '') ?? []
    const job = jobs.get(run)
    const answer = (status: number, body: object) =>
      response
        .writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
        .end(JSON.stringify(body))
    if (request.method !== 'GET' || !job) return answer(404, { message: 'Not Found', status: '404' })
    const { runner, status } = job
    const conclusion = status === 'completed' ? 'cancelled' : null
    const common = { run_attempt: Number(attempt ?? 1), status, conclusion }
    const url = request.url ?? ''
    if (!/\/jobs(\?|$)/.test(url)) return answer(200, { id: Number(run), ...common })
    const one = { id: Number(run) * 10, run_id: Number(run), name: 'retrain', runner_name: runner, ...common }
    return answer(200, { total_count: 1, jobs: [one] })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    begin: ({ run, runner }) => jobs.set(run, { runner, status: 'in_progress' }),
    end: ({ run, runner }) => jobs.set(run, { runner, status: 'completed' }),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
