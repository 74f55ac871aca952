import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { jobsOf } from '../../src/adapters/github/run-jobs.ts'
import { type Job, type JobSeen, type Lease, MARGIN } from '../../src/domain/lease.ts'
import { rightingOf } from '../../src/domain/rollout-budget.ts'
import type { PodWords } from '../../src/domain/rollout-redaction.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Registry } from './blaming.ts'

/** How time passes, and what GitHub says. A test hands in others. */
export interface Waiting {
  /** The jobs of the run behind a lease; undefined where GitHub cannot tell. */
  jobs: (lease: Lease, claim: Claim) => Promise<JobSeen[] | undefined>
  /** Ends early when the job is cancelled. */
  pause: (milliseconds: number, cancelled: AbortSignal) => Promise<void>
  /** Milliseconds since 1970. */
  now: () => number
}

/** Who wants a lease, and for how long. */
export interface Claim {
  /** The action's name. */
  action: string
  context: Pick<Context, 'run' | 'env' | 'log' | 'temp' | 'cancelled'>
  /** To ask GitHub whether another holder still works; left out, only its announced time tells. */
  githubToken: string | undefined
  /** Milliseconds that one rollout, or one way back, may take. */
  timeout: number
  /** Milliseconds to wait for who is at work and alive, before it is refused; left out, as long as is announced. */
  patience?: number
  /** Milliseconds for the way back of what a dead holder had begun; left out, `timeout`. */
  wayBack?: number
  /** Milliseconds that the work may take at most, once the lease is held. */
  budget: number
  /** Of which model evidence is, and how much of what pods say is kept in it. */
  evidence?: { model: string | undefined; logs: PodWords | undefined }
  /** The registry, where one is given: a dead holder may have had something to write into it. */
  registry?: (() => Registry | undefined) | undefined
  /** Told that nothing is held, or no more: until then the post step gives it back. */
  free?: (() => void) | undefined
  /** Left out, the real time and the real GitHub. */
  waiting?: Waiting | undefined
}

export const really: Waiting = {
  jobs: (lease, claim) => jobsBehind(lease, claim),
  pause: (milliseconds, cancelled) =>
    sleep(milliseconds, undefined, { signal: cancelled }).catch(() => undefined),
  now: Date.now,
}

export interface ClaimInputs {
  /** Milliseconds. */
  timeout: number
  'github-token'?: string | undefined
  'model-name'?: string | undefined
  'evidence-logs'?: PodWords | undefined
}

/** @param budget milliseconds */
export function claimOf(
  action: string,
  { timeout, 'github-token': githubToken, 'model-name': model, 'evidence-logs': logs }: ClaimInputs,
  context: Context,
  budget: number,
): Claim {
  return { action, context, githubToken, timeout, budget, evidence: { model, logs } }
}

/** This very job. Outside GitHub a machine stands for a runner. */
export function jobOf({ run, env }: Claim['context']): Job {
  const { repository, id, attempt } = run
  return { repository, run: id, attempt, runner: env.RUNNER_NAME || hostname() }
}

/**
 * When all of it has ended for certain. What a dead holder had begun is put right in our time, too.
 * @param more milliseconds that something else takes before it
 */
export function untilFor({ timeout, wayBack = timeout, budget }: Claim, now: number, more = 0): string {
  return new Date(now + more + rightingOf(wayBack) + budget + MARGIN).toISOString()
}

/** A new lease for it, from now on. */
export function leaseFor(claim: Claim, now: number): Lease {
  const { action, context } = claim
  return {
    id: randomUUID(),
    action,
    ...jobOf(context),
    url: context.run.url,
    since: new Date(now).toISOString(),
    until: untilFor(claim, now),
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
