import { setTimeout as sleep } from 'node:timers/promises'
import type { Release } from '../../src/adapters/kubernetes/release.ts'
import { UserError } from '../../src/domain/failure.ts'
import { pendingRevision, type Revision } from '../../src/domain/history.ts'
import { sentenceOf } from '../../src/domain/rollout-failure.ts'
import { recovery, type Underway } from '../../src/domain/rollout-recovery.ts'
import { goBack, markNewest, ownRevision } from '../helm-deploy/rolling.ts'

/** Milliseconds that a helm whose job was killed gets to end by itself. */
const PATIENCE = 15_000

/**
 * Puts right what a job had begun and did not see through: no pending release, no unproven revision.
 * @returns what was done, as a sentence
 * @throws UserError where a person must see to it
 */
export async function putRight(
  release: Release,
  underway: Underway,
  { timeout }: { timeout: number },
): Promise<string> {
  const history = await settledHistory(release)
  const marks = await release.marks()
  const own = underway.own ?? (await ownRevision(release, underway))
  const plan = recovery({ ...underway, own }, history, marks)
  const keep = underway.keep && !pendingRevision(history)
  if (plan.kind === 'nothing' || keep) return `release ${release.name} is left as it is: ${plan.why}.`
  if (plan.kind === 'impossible') throw new UserError(`Release ${release.name} needs a person: ${plan.why}.`)
  if (plan.kind === 'uninstall') {
    await release.uninstall()
    return `release ${release.name} was uninstalled: ${plan.why}.`
  }
  const end = await goBack(release, plan.revision, plan.version, timeout)
  if (end.kind === 'failed')
    throw new UserError(
      `Release ${release.name} went back to revision ${plan.revision}, which does not come up: ${sentenceOf(end.diagnosis)}`,
    )
  const mark = marks.find(({ revision }) => revision === plan.revision)
  if (mark) await markNewest(release, mark)
  return `release ${release.name} went back to revision ${plan.revision}: ${plan.why}.`
}

/** The history, once no helm is at work on it any more, or is not going to be. */
export async function settledHistory(release: Release): Promise<readonly Revision[]> {
  for (const until = Date.now() + PATIENCE; ; await sleep(1000)) {
    const history = await release.history()
    if (!pendingRevision(history) || Date.now() > until) return history
  }
}
