import type { Release } from '../../src/adapters/kubernetes/release.ts'
import { UserError } from '../../src/domain/failure.ts'
import type { Underway } from '../../src/domain/rollout-recovery.ts'
import { blamed } from './blaming.ts'
import type { Claim } from './claim.ts'
import { holding } from './holding.ts'
import { putRight } from './putting-right.ts'
import { Held } from './taking.ts'

/** Milliseconds for the way back: GitHub kills a cancelled job after 5 minutes, and other post steps want some of them. */
export const LONGEST = 180_000

/**
 * For post steps: puts right what main had begun and did not see through. Where another job has taken over by now, it is
 * that one's to see to.
 * @param begun what main said that it was about to begin; undefined where it only held the release
 * @throws UserError where a person must see to it
 */
export async function finish(release: Release, claim: Claim, begun: Underway | undefined): Promise<void> {
  const { log } = claim.context
  const hurried = { ...claim, patience: 0, wayBack: Math.min(claim.timeout, LONGEST) }
  const end = await holding(release, hurried, async ({ inherited, underway, owe, leave }) => {
    if (inherited?.wasUnderway || !begun) return inherited?.end
    // Main was killed before the lease named it, or after it was given back: the history tells.
    await underway(begun)
    const righted = await putRight(release, begun, hurried).catch((error: unknown) => {
      if (error instanceof UserError && !claim.context.cancelled.aborted) return error
      leave()
      throw error
    })
    if ((await blamed(release, begun, hurried)) === 'later') await owe(begun)
    return righted
  }).catch((error: unknown) => {
    if (error instanceof Held) return error
    throw error
  })
  if (end instanceof Held) log.info(`${release.name} is left to another job: ${end.message}`)
  else if (end instanceof Error) throw end
  else if (end?.changed) log.warning(end.words)
  else if (end) log.info(end.words)
}
