import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { jobsOf } from '../../src/adapters/github/run-jobs.ts'
import { type Job, type JobSeen, type Lease, MARGIN } from '../../src/domain/lease.ts'
import type { Context } from '../../src/runtime/context.ts'

/** Who wants a lease, and for how long. */
export interface Claim {
  /** The action's name. */
  action: string
  context: Pick<Context, 'run' | 'env' | 'log' | 'cancelled'>
  /** To ask GitHub whether another holder still works; left out, only its announced time tells. */
  githubToken: string | undefined
  /** Milliseconds to wait for a holder that is alive, before it is refused. */
  timeout: number
  /** Milliseconds that the work may take at most, once the lease is held. */
  budget: number
}

/** This very job. Outside GitHub a machine stands for a runner. */
export function jobOf({ run, env }: Claim['context']): Job {
  const { repository, id, attempt } = run
  return { repository, run: id, attempt, runner: env.RUNNER_NAME || hostname() }
}

/** A new lease for it, from now on. */
export function leaseFor({ action, context, budget }: Pick<Claim, 'action' | 'context' | 'budget'>): Lease {
  const now = Date.now()
  return {
    id: randomUUID(),
    action,
    ...jobOf(context),
    url: context.run.url,
    since: new Date(now).toISOString(),
    until: new Date(now + budget + MARGIN).toISOString(),
  }
}

/** The jobs of the run that holds a lease; undefined where GitHub cannot tell, or it is a run of another GitHub. */
export async function jobsBehind(
  lease: Lease,
  { context, githubToken }: Pick<Claim, 'context' | 'githubToken'>,
): Promise<JobSeen[] | undefined> {
  const { env, cancelled } = context
  const server = env.GITHUB_SERVER_URL ?? 'https://github.com'
  if (!lease.url.startsWith(`${server}/${lease.repository}/`)) return undefined
  const base = env.GITHUB_API_URL ?? 'https://api.github.com'
  return jobsOf({ base, token: githubToken, env, cancelled }, lease)
}
