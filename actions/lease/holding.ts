import type { Release } from '../../src/adapters/kubernetes/release.ts'
import { UserError } from '../../src/domain/failure.ts'
import { holderOf } from '../../src/domain/lease.ts'
import { patienceOf } from '../../src/domain/rollout-budget.ts'
import type { Underway } from '../../src/domain/rollout-recovery.ts'
import { blamed } from './blaming.ts'
import { type Claim, really, untilFor } from './claim.ts'
import { putRight, type Righted } from './putting-right.ts'
import { dropLease, leaveLease, renewLease, type Taken, takeLease } from './taking.ts'

/** A release that only this job may touch. */
export interface Held {
  /** What a dead holder had begun, and how that was put right before `work`, or that it could not be. */
  inherited:
    | {
        from: string
        end: Righted | UserError
        /** It again, where the registry did not answer when its failure was to be written down. */
        untold: Underway | undefined
      }
    | undefined
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
  /** What was begun is not seen through: the lease stays, for the post step, or the next run, to put it right. */
  leave(): void
}

/**
 * Runs `work` while this job alone may touch the release and what the registry says of it. A holder that is alive is
 * waited for; what a dead one had begun is put right first. The lease is given back whatever happens, unless `work`
 * leaves it.
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
  const underway: Held['underway'] = async (what, more) => {
    lease = await renewLease(release, lease, { underway: what, until: untilFor(claim, waiting.now(), more) })
  }
  try {
    const inherited = await inherit(release, taken, claim)
    if (inherited) await underway(inherited.untold)
    left = false
    const notes = inherited ? [`${inherited.from}. ${wordsOf(inherited.end)}`] : []
    const leave = () => {
      left = true
    }
    const rest = Math.max(0, patience - taken.waited)
    return await work({ inherited, notes, patience: rest, underway, leave })
  } finally {
    if (left) leaveLease(lease)
    else
      await dropLease(release, lease).then(claim.free, (error: unknown) => {
        // The work is done all the same; who finds the lease finds out that its holder has ended.
        claim.context.log.warning(`The lease of release ${release.name} could not be given back: ${error}`)
      })
  }
}

async function inherit(release: Release, { dead }: Taken, claim: Claim): Promise<Held['inherited']> {
  if (!dead?.lease.underway) return undefined
  const { context } = claim
  const from = `${holderOf(dead.lease)} ${dead.why} and had not seen its work through`
  context.log.info(`${release.name}: ${from}`)
  const end = await putRight(release, dead.lease.underway, claim, dead.lease).catch((error: unknown) => {
    // A person is needed: that is for the work to say, which may be the cure.
    if (!(error instanceof UserError) || context.cancelled.aborted) throw error
    context.log.warning(error.message)
    return error
  })
  const { underway } = dead.lease
  const { written, later } = await blamed(underway, claim)
  const words = `The ledger of version ${underway.version} says now why it failed.`
  const told =
    written && !(end instanceof UserError) ? { changed: true, words: `${end.words} ${words}` } : end
  return { from, end: told, untold: later ? underway : undefined }
}

function wordsOf(end: Righted | UserError): string {
  return end instanceof UserError ? end.message : end.words
}
