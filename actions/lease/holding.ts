import type { Release } from '../../src/adapters/kubernetes/release.ts'
import { UserError } from '../../src/domain/failure.ts'
import { holderOf, type Lease } from '../../src/domain/lease.ts'
import { patienceOf } from '../../src/domain/rollout-budget.ts'
import type { Underway } from '../../src/domain/rollout-recovery.ts'
import { blamedAll } from './blaming.ts'
import { type Claim, really, untilFor } from './claim.ts'
import { putRight, type Righted } from './putting-right.ts'
import { dropLease, leaveLease, renewLease, type Taken, takeLease } from './taking.ts'

/** A release that only this job may touch. */
export interface Held {
  /** What a dead holder had left, and how that was put right before `work`, or that it could not be. */
  inherited: Inherited | undefined
  /** What the registry still has to be told, and who of it is to be treated as if it had been. */
  untold: readonly Underway[]
  /** The same as sentences, for a summary. */
  notes: readonly string[]
  /** Milliseconds that may still be waited for who is at work and alive. */
  patience: number
  /**
   * Writes down what is about to be begun, or (undefined) that it has ended: before the release is touched. From then on
   * the lease lasts for all that may come, and what else is said to come before it.
   * @param more milliseconds
   * @throws UserError where another job has taken over, so that this one may touch nothing more
   */
  underway(what: Underway | undefined, more?: number): Promise<void>
  /**
   * The registry could not be told why a rollout failed: the lease keeps that for whoever comes next, whom it does not let
   * wait. @throws as `underway` does
   */
  owe(what: Underway): Promise<void>
  /** What was begun is not seen through: the lease stays, for the post step, or the next run, to put it right. */
  leave(): void
}

/**
 * Runs `work` while this job alone may touch the release and what the registry says of it. A holder that is alive is
 * waited for; what a dead one had left is put right first. The lease is given back whatever happens, unless `work`
 * leaves it, or the registry is still to be told something.
 * @throws Held where another job is at work after `claim.patience`: nothing was touched
 * HalfRighted where what a dead one had begun could not be put right yet
 */
export async function holding<T>(
  release: Release,
  claim: Claim,
  work: (held: Held) => Promise<T>,
): Promise<T> {
  const taken = await takeLease(release, claim).catch((error: unknown) => {
    // After a fault nobody knows.
    if (error instanceof UserError) claim.free?.()
    throw error
  })
  let { lease } = taken
  // Should we be ended before that is put right, our lease still names it.
  let left = lease.underway !== undefined
  const { timeout, patience = patienceOf(timeout), waiting = really } = claim
  const renew = async (change: Parameters<typeof renewLease>[2]) => {
    lease = await renewLease(release, lease, change)
  }
  const underway: Held['underway'] = (what, more) =>
    renew({ underway: what, until: untilFor(claim, waiting.now(), more) })
  const owe: Held['owe'] = (what) => {
    const others = lease.untold?.filter((each) => !isSame(each, what)) ?? []
    return renew({ untold: [...others, what] })
  }
  try {
    const inherited = await inherit(release, taken, claim)
    if (inherited)
      await renew({
        underway: undefined,
        untold: inherited.untold,
        until: untilFor(claim, waiting.now()),
      })
    left = false
    const notes = inherited ? [`${inherited.from}. ${wordsOf(inherited.end)}`] : []
    const leave = () => {
      left = true
    }
    const rest = Math.max(0, patience - taken.waited)
    const { untold = [] } = lease
    return await work({ inherited, untold, notes, patience: rest, underway, owe, leave })
  } finally {
    if (left) leaveLease(lease)
    else await giveBack(release, lease, claim)
  }
}

async function giveBack(release: Release, lease: Lease, claim: Claim): Promise<void> {
  const { context, free, waiting = really } = claim
  try {
    if (!lease.untold?.length) {
      await dropLease(release, lease)
      free?.()
      return
    }
    leaveLease(lease)
    // Over, so that nobody waits for us.
    await renewLease(release, lease, { underway: undefined, until: new Date(waiting.now()).toISOString() })
  } catch (error) {
    // The work is done all the same; who finds the lease finds out that its holder has ended.
    context.log.warning(`The lease of release ${release.name} could not be given back: ${error}`)
  }
}

/** Of one version of one model: its last failure is the one to tell. */
function isSame(one: Underway, other: Underway): boolean {
  return one.version === other.version && one.blame?.model === other.blame?.model
}

/** What a dead holder had left. */
interface Inherited {
  from: string
  /** Whether it had something under way, and not only something to tell. */
  wasUnderway: boolean
  end: Righted | UserError
  /** What could not be told yet. */
  untold: readonly Underway[]
}

async function inherit(release: Release, { dead }: Taken, claim: Claim): Promise<Inherited | undefined> {
  const { underway, untold = [] } = dead?.lease ?? {}
  if (!dead || (!underway && untold.length === 0)) return undefined
  const { context } = claim
  const from = `${holderOf(dead.lease)} ${dead.why} and had not seen its work through`
  context.log.info(`${release.name}: ${from}`)
  const righted = underway && (await putRight(release, underway, claim, dead.lease).catch(forPerson(claim)))
  const told = await blamedAll(release, underway ? [...untold, underway] : untold, claim)
  const known = { from, wasUnderway: underway !== undefined, untold: told.later }
  if (righted instanceof UserError) return { ...known, end: righted }
  const words = [...(righted ? [righted.words] : []), ...told.words].join(' ')
  return { ...known, end: { changed: righted?.changed || told.written, words } }
}

/** A person is needed: that is for the work to say, which may be the cure. */
function forPerson({ context }: Claim): (error: unknown) => UserError {
  return (error) => {
    if (!(error instanceof UserError) || context.cancelled.aborted) throw error
    context.log.warning(error.message)
    return error
  }
}

function wordsOf(end: Righted | UserError): string {
  return end instanceof UserError ? end.message : end.words
}
