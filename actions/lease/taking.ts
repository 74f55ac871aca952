import type { Release } from '../../src/adapters/kubernetes/release.ts'
import { UserError } from '../../src/domain/failure.ts'
import { holderOf, type JobSeen, type Judgement, judge, type Lease } from '../../src/domain/lease.ts'
import { inWords, patienceOf } from '../../src/domain/rollout-budget.ts'
import { type Claim, jobOf, leaseFor, really, type Waiting } from './claim.ts'

/** Someone who is alive holds the release: nothing was touched. */
export class Held extends UserError {}

/** A lease of ours, and what was found in its place. */
export interface Taken {
  lease: Lease
  /** Milliseconds that it was waited for. */
  waited: number
  /** The lease of a holder that died, and how that is known. */
  dead: { lease: Lease; why: string } | undefined
}

/** Milliseconds between two looks at a lease that another holds. */
const EVERY = 2000
/** Milliseconds between two questions to GitHub about one holder, which has a limit of its own. */
const ASK_EVERY = 15_000

/** Leases that this process holds: whoever has the same job's name, these are alive. */
const ours = new Set<string>()

/**
 * Takes the lease of a release, waiting for a holder that is alive.
 * @throws Held where it is still alive after `patience`
 */
export async function takeLease(release: Pick<Release, 'name' | 'lease'>, claim: Claim): Promise<Taken> {
  const { context, timeout, patience = patienceOf(timeout), waiting = really } = claim
  const started = waiting.now()
  const judged = judging(claim, waiting)
  for (let told = ''; ; ) {
    if (context.cancelled.aborted) throw new UserError('The job was cancelled.')
    const found = await release.lease.read()
    const holder = found && (await judged(found))
    const waited = waiting.now() - started
    if (!found || !holder?.alive) {
      const taken = await replace(release, found, claim)
      if (taken) return { lease: taken, waited, dead: found && { lease: found, why: holder?.why ?? '' } }
      continue
    }
    if (waited >= patience) throw new Held(refusal(release.name, found, holder.why, waited))
    if (told !== found.id)
      context.log.info(
        `${release.name}: waiting for ${holderOf(found)}, which ${holder.why}, at most ${inWords(patience)}`,
      )
    told = found.id
    await waiting.pause(Math.min(EVERY, patience - waited), context.cancelled)
  }
}

/** Whether holders are alive; GitHub is asked only about those that nothing else says it of, and now and then. */
function judging(claim: Claim, { jobs, now }: Waiting): (lease: Lease) => Promise<Judgement> {
  const us = jobOf(claim.context)
  let asked: { id: string; at: number; said: JobSeen[] | undefined } | undefined
  return async (lease) => {
    if (ours.has(lease.id)) return { alive: true, why: 'is at work' }
    const alone = judge(lease, us, now(), undefined)
    if (!alone.alive) return alone
    if (asked?.id !== lease.id || now() - asked.at >= ASK_EVERY)
      asked = { id: lease.id, at: now(), said: await jobs(lease, claim) }
    return judge(lease, us, now(), asked.said)
  }
}

/** Undefined where someone else was faster. */
async function replace(
  release: Pick<Release, 'lease'>,
  found: Lease | undefined,
  claim: Claim,
): Promise<Lease | undefined> {
  const lease = leaseFor(claim, (claim.waiting ?? really).now())
  // Until that is put right it says what its dead holder left: we may die as well.
  const next = { ...lease, underway: found?.underway, untold: found?.untold }
  ours.add(lease.id)
  try {
    if (await release.lease.swap(found, next)) return next
  } catch (error) {
    // It may stand there all the same: whoever finds it then finds it dead.
    ours.delete(lease.id)
    throw error
  }
  ours.delete(lease.id)
  return undefined
}

/**
 * Writes what is under way, until when, and what nobody was told of yet, into a lease of ours.
 * @throws UserError where it is not ours any more
 */
export async function renewLease(
  release: Pick<Release, 'name' | 'lease'>,
  lease: Lease,
  change: Partial<Pick<Lease, 'underway' | 'until' | 'untold'>>,
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
  throw new UserError('somebody else writes into its ConfigMap again and again')
}

/** Leaves a lease of ours where it is, for the post step or the next run, which find it dead. */
export function leaveLease(lease: Lease): void {
  ours.delete(lease.id)
}

function refusal(name: string, lease: Lease, why: string, waited: number): string {
  const seconds = Math.round(waited / 1000)
  return `Release ${name} is held by ${holderOf(lease)}, which ${why}. It was waited for ${seconds} s, and nothing was touched: run this again when it has ended, at the latest at ${lease.until}.`
}
