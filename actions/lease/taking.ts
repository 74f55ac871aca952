import { setTimeout as sleep } from 'node:timers/promises'
import type { Release } from '../../src/adapters/kubernetes/release.ts'
import { UserError } from '../../src/domain/failure.ts'
import { holderOf, type JobSeen, type Judgement, judge, type Lease } from '../../src/domain/lease.ts'
import { type Claim, jobOf, jobsBehind, leaseFor } from './claim.ts'

/** Someone who is alive holds the release: nothing was touched. */
export class Held extends UserError {}

/** A lease of ours, and what was found in its place. */
export interface Taken {
  lease: Lease
  /** The lease of a holder that died, and how that is known. */
  dead: { lease: Lease; why: string } | undefined
}

export interface Waiting {
  /** Asks GitHub about the holder's run. */
  jobs?: (lease: Lease, claim: Claim) => Promise<JobSeen[] | undefined>
  pause?: (milliseconds: number, cancelled: AbortSignal) => Promise<void>
}

/** Milliseconds between two looks at a lease that another holds. */
const EVERY = 2000
/** Milliseconds between two questions to GitHub about one holder, which has a limit of its own. */
const ASK_EVERY = 15_000

/** Leases that this process holds: whoever has the same job's name, these are alive. */
const ours = new Set<string>()

/**
 * Takes the lease of a release, waiting for a holder that is alive.
 * @throws Held where it is still alive after `timeout`
 */
export async function takeLease(
  release: Pick<Release, 'name' | 'lease'>,
  claim: Claim,
  { jobs = jobsBehind, pause = wait }: Waiting = {},
): Promise<Taken> {
  const { context, timeout } = claim
  const started = Date.now()
  let asked: { id: string; at: number; said: JobSeen[] | undefined } | undefined
  for (let told = ''; ; ) {
    if (context.cancelled.aborted) throw new UserError('The job was cancelled.')
    const found = await release.lease.read()
    let holder: Judgement = { alive: false, why: '' }
    if (found) {
      holder = ours.has(found.id)
        ? { alive: true, why: 'is at work' }
        : judge(found, jobOf(context), Date.now(), undefined)
      if (holder.alive && !ours.has(found.id)) {
        if (asked?.id !== found.id || Date.now() - asked.at >= ASK_EVERY)
          asked = { id: found.id, at: Date.now(), said: await jobs(found, claim) }
        holder = judge(found, jobOf(context), Date.now(), asked.said)
      }
    }
    if (!found || !holder.alive) {
      const lease = leaseFor(claim)
      // Until it is settled it names what its dead holder had begun: we may die as well.
      const next = found?.underway ? { ...lease, underway: found.underway } : lease
      ours.add(lease.id)
      if (await release.lease.swap(found, next))
        return { lease: next, dead: found && { lease: found, why: holder.why } }
      ours.delete(lease.id)
      continue
    }
    const waited = Date.now() - started
    if (waited >= timeout) throw new Held(refusal(release.name, found, holder.why, waited))
    if (told !== found.id) {
      told = found.id
      context.log.info(`${release.name}: waiting for ${holderOf(found)}, which ${holder.why}`)
    }
    await pause(Math.min(EVERY, timeout - waited), context.cancelled)
  }
}

/** Writes what is under way into a lease of ours. @throws UserError where it is not ours any more */
export async function renewLease(
  release: Pick<Release, 'name' | 'lease'>,
  lease: Lease,
  change: Pick<Lease, 'underway'>,
): Promise<Lease> {
  const next = { ...lease, ...change }
  for (let tried = 1; ; tried += 1) {
    if (await release.lease.swap(lease, next)) return next
    const now = await release.lease.read()
    if (now?.id !== lease.id || tried >= 5)
      throw new UserError(
        `Release ${release.name} was taken over by ${now ? holderOf(now) : 'another job'} while this job worked on it. It is left to that one; run this again when it has ended.`,
      )
  }
}

/** Gives a lease of ours back. One that another has taken over meanwhile is left to it. */
export async function dropLease(release: Pick<Release, 'lease'>, lease: Lease): Promise<void> {
  ours.delete(lease.id)
  for (let tried = 1; tried <= 5; tried += 1) {
    if (await release.lease.swap(lease, undefined)) return
    if ((await release.lease.read())?.id !== lease.id) return
  }
}

/** Leaves a lease of ours where it is, for the post step or the next run, which find it dead. */
export function leaveLease(lease: Lease): void {
  ours.delete(lease.id)
}

function refusal(name: string, lease: Lease, why: string, waited: number): string {
  const seconds = Math.round(waited / 1000)
  return `Release ${name} is held by ${holderOf(lease)}, which ${why}. It was waited for ${seconds} s, and nothing was touched: run this again when it has ended, at the latest at ${lease.until}.`
}

const wait: NonNullable<Waiting['pause']> = async (milliseconds, cancelled) => {
  await sleep(milliseconds, undefined, { signal: cancelled }).catch(() => {})
}
