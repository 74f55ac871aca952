import type { Release } from '../../src/adapters/kubernetes/release.ts'
import { UserError } from '../../src/domain/failure.ts'
import type { Revision } from '../../src/domain/history.ts'
import { helmAge, inWords } from '../../src/domain/rollout-budget.ts'
import { stray, strayUnderway } from '../../src/domain/rollout-recovery.ts'
import { type Claim, really } from './claim.ts'
import type { Held as Holding } from './holding.ts'
import { HalfRighted, putRight } from './putting-right.ts'
import { Held } from './taking.ts'

/** Milliseconds between two looks at a release that another helm holds. */
const EVERY = 3000

/**
 * Waits for a helm that nobody's lease speaks of, and puts right what one left that must be dead by now.
 * @param history as it was read a moment ago; undefined where it is pending no more
 * @returns what was put right, as a sentence; undefined where there was nothing to do
 * @throws Held where that helm may still be at work after `held.patience`; HalfRighted
 */
export async function freed(
  release: Release,
  namespace: string,
  { claim, held: ours }: { claim: Claim; held: Pick<Holding, 'patience' | 'underway' | 'leave'> },
  history: readonly Revision[],
): Promise<string | undefined> {
  const { context, timeout, waiting = really } = claim
  const { patience } = ours
  const budget = helmAge(timeout)
  const started = waiting.now()
  for (let seen = history, told = false; ; seen = await release.history()) {
    const held = stray(seen, { now: waiting.now(), budget })
    if (!held) return undefined
    const { revision, age } = held
    const what = `its revision ${revision.revision} is ${revision.status} since ${revision.updated}`
    if (held.over) {
      const begun = strayUnderway(revision, seen, { release: release.name, namespace })
      // Should we be ended over it, our lease names it.
      await ours.underway(begun)
      const { words } = await putRight(release, begun, claim).catch((error: unknown) => {
        if (error instanceof HalfRighted) ours.leave()
        throw error
      })
      await ours.underway(undefined)
      const note = `Release ${release.name} was held: ${what}, longer than any deployment may take. ${words}`
      context.log.warning(note)
      return note
    }
    if (context.cancelled.aborted) throw new UserError('The job was cancelled.')
    const waited = waiting.now() - started
    if (waited >= patience) throw new Held(refusal(release.name, what, revision, budget - age))
    if (!told) {
      context.log.info(`${release.name}: waiting for another helm: ${what}`)
      await ours.underway(undefined, patience)
    }
    told = true
    await waiting.pause(Math.min(EVERY, patience - waited), context.cancelled)
  }
}

function refusal(name: string, what: string, { revision }: Revision, left: number): string {
  const cure =
    revision === 1
      ? `helm uninstall ${name}`
      : `helm rollback ${name} REVISION" with a revision that was good, "helm history ${name}`
  const later = left > 0 ? `, or run this again in ${inWords(left)}, when it is taken for dead` : ''
  return `Release ${name} is held: ${what}. Another helm, which is none of ours, may still be at work on it, and nothing was touched. Run this again when it has ended; if you know that it died, run "${cure}"${later}.`
}
