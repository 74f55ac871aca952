import type { Underway } from './rollout-recovery.ts'

/** A job on a machine, as GitHub names it. */
export interface Job {
  /** owner/name; empty outside GitHub. */
  repository: string
  run: string
  attempt: string
  /** RUNNER_NAME: no runner works on two jobs at once. */
  runner: string
}

/** Who may touch a release and the registry's word about it, one at a time. Kept beside the marks of the release. */
export interface Lease extends Job {
  /** Unique to this holding. */
  id: string
  /** The action that holds it. */
  action: string
  /** Web page of the workflow run; empty outside GitHub. */
  url: string
  /** ISO 8601, UTC. */
  since: string
  /** When its holder has ended for certain: its announced budget, and a margin. ISO 8601, UTC. */
  until: string
  /** What the holder had begun and not seen through to its proof. */
  underway?: Underway | undefined
  /** Rollouts that are put right, and of which the registry could not be told yet why they failed. */
  untold?: readonly Underway[] | undefined
}

/** A job of a run attempt, as GitHub's API tells it. */
export interface JobSeen {
  /** queued, in_progress, completed, ... */
  status: string
  /** Undefined before it has a runner. */
  runner: string | undefined
}

export interface Judgement {
  alive: boolean
  /** The end of a sentence about the holder. */
  why: string
}

/** Milliseconds in which GitHub may not have heard of a job that has just begun. */
const UNHEARD = 10_000
/** Milliseconds that clocks may differ by, and that an ending takes longer than was announced. */
export const MARGIN = 120_000

/**
 * Whether the holder of a lease still works. Only what is certain makes it dead: a lease is never taken from who may be
 * alive.
 * @param now milliseconds since 1970
 * @param said the jobs of the holder's run attempt; undefined where GitHub could not tell
 */
export function judge(lease: Lease, us: Job, now: number, said: readonly JobSeen[] | undefined): Judgement {
  const dead = (why: string) => ({ alive: false, why })
  const ourRun = us.run !== '' && lease.run === us.run && lease.repository === us.repository
  if (ourRun && lease.attempt === us.attempt && lease.runner === us.runner)
    return dead('was an earlier step of this very job')
  if (ourRun && Number(lease.attempt) < Number(us.attempt)) return dead('was an earlier attempt of this run')
  if (!(Date.parse(lease.until) > now)) return dead(`has had all the time that it announced (${lease.until})`)
  const heard = now - Date.parse(lease.since) > UNHEARD
  if (said && heard && isOver(said, lease.runner)) return dead('has ended, as GitHub says')
  return { alive: true, why: said ? 'is at work, as far as GitHub knows' : 'may be at work' }
}

/** Whether nothing of the attempt runs any more, or at least nothing on that runner, which is known to have been there. */
function isOver(jobs: readonly JobSeen[], runner: string): boolean {
  const over = (seen: readonly JobSeen[]) =>
    seen.length > 0 && seen.every(({ status }) => status === 'completed')
  return over(jobs) || (runner !== '' && over(jobs.filter((job) => job.runner === runner)))
}

/** Who holds it, for people. */
export function holderOf({ action, url, runner, since }: Lease): string {
  const where = url || (runner && `a process on ${runner}`) || 'another process'
  return `${action} of ${where} (since ${since})`
}
