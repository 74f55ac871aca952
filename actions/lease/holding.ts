import type { Release } from '../../src/adapters/kubernetes/release.ts'
import { holderOf } from '../../src/domain/lease.ts'
import type { Underway } from '../../src/domain/rollout-recovery.ts'
import type { Claim } from './claim.ts'
import { putRight } from './putting-right.ts'
import { dropLease, leaveLease, renewLease, takeLease, type Waiting } from './taking.ts'

/** A release that only this job may touch. */
export interface Held {
  /** What a dead holder left and this job put right first, as sentences. */
  notes: readonly string[]
  /** Writes down what is about to be begun, or (undefined) that it has ended. Before the release is touched. */
  underway(what: Underway | undefined): Promise<void>
  /** What was begun is not seen through: the lease stays, for the post step, or the next run, to put it right. */
  leave(): void
}

/**
 * Runs `work` while this job alone may touch the release and what the registry says of it. A holder that is alive is
 * waited for; what a dead one had begun is put right first. The lease is given back whatever happens, unless `work`
 * leaves it.
 * @throws Held (taking.ts) where another job is still at work after `claim.timeout`: nothing was touched
 */
export async function holding<T>(
  release: Release,
  claim: Claim,
  work: (held: Held) => Promise<T>,
  waiting?: Waiting,
): Promise<T> {
  const taken = await takeLease(release, claim, waiting)
  let { lease } = taken
  const notes: string[] = []
  let left = false
  const underway: Held['underway'] = async (what) => {
    lease = await renewLease(release, lease, { underway: what })
  }
  try {
    if (taken.dead) {
      const { lease: dead, why } = taken.dead
      // Should we be ended here, our lease still names what is to be put right.
      left = dead.underway !== undefined
      const end = dead.underway && (await putRight(release, dead.underway, claim))
      if (end) {
        await underway(undefined)
        notes.push(`${holderOf(dead)} ${why} before it had ended: ${end}`)
        claim.context.log.warning(notes.join())
      }
      left = false
    }
    return await work({
      notes,
      underway,
      leave: () => {
        left = true
      },
    })
  } finally {
    if (left) leaveLease(lease)
    else await dropLease(release, lease)
  }
}
