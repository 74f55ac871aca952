import type { Release } from '../../src/adapters/kubernetes/release.ts'
import { endOrphans } from '../../src/adapters/process/orphans.ts'
import { Fault, UserError } from '../../src/domain/failure.ts'
import { pendingRevision, type Revision } from '../../src/domain/history.ts'
import type { Job } from '../../src/domain/lease.ts'
import { type Mark, validMarks } from '../../src/domain/marks.ts'
import { sentenceOf } from '../../src/domain/rollout-failure.ts'
import { type Recovery, recovery, type Underway } from '../../src/domain/rollout-recovery.ts'
import { goBack, markNewest, ownRevision } from '../helm-deploy/rolling.ts'
import { type Claim, jobOf, really } from './claim.ts'
import { seenBefore } from './evidence.ts'

/** Milliseconds that a helm whose job was killed gets to end by itself. */
const PATIENCE = 15_000

/** How what another had begun ended. */
export interface Righted {
  /** Whether the release was touched, or the registry. */
  changed: boolean
  /** A sentence. */
  words: string
}

/** A system failed us when the release may have been touched already: nobody may say that nothing was. */
export class HalfRighted extends Fault {
  constructor(name: string, cause: unknown) {
    super({
      system: `Release ${name}`,
      call: 'putting right what another had begun',
      said: cause instanceof Error ? cause.message : String(cause),
      next: 'Whoever takes the release next goes on from there, so run this again.',
      cause,
    })
  }
}

/**
 * Puts right what a job had begun and did not see through: no pending release, no unproven revision.
 * @param holder the job that had begun it, where it was not this one: its helm may go on alone on this machine
 * @throws UserError where a person must see to it; HalfRighted where it may be half done
 */
export async function putRight(
  release: Release,
  underway: Underway,
  claim: Claim,
  holder?: Job,
): Promise<Righted> {
  const { name } = release
  for (const job of [jobOf(claim.context), ...(holder ? [holder] : [])])
    await endOrphans({ ...job, release: name, namespace: underway.namespace })
  const history = await settledHistory(release, claim)
  const marks = validMarks(await release.marks(), history)
  const own = underway.own ?? (await ownRevision(release, underway))
  const plan = recovery({ ...underway, own }, history, marks)
  const kept = underway.keep && !pendingRevision(history)
  if (plan.kind === 'nothing' || kept)
    return { changed: false, words: `Release ${name} is left as it is: ${plan.why}.` }
  if (plan.kind === 'impossible') throw needsPerson(name, `${plan.why}.`)
  // Nothing is undone before it is known why: afterwards its pods are gone.
  const seen = await seenBefore(release, underway, claim)
  return carriedOut(release, plan, marks, claim, seen).catch((error: unknown) => {
    // What refuses it will refuse it again; all else may have broken off in the middle.
    if (error instanceof UserError && !claim.context.cancelled.aborted) throw error
    throw new HalfRighted(name, error)
  })
}

async function carriedOut(
  release: Release,
  plan: Extract<Recovery, { kind: 'rollback' | 'uninstall' }>,
  marks: readonly Mark[],
  { context, timeout, wayBack = timeout }: Claim,
  seen: string,
): Promise<Righted> {
  const { name } = release
  if (plan.kind === 'uninstall') {
    await release.uninstall(wayBack)
    return { changed: true, words: `Release ${name} was uninstalled: ${plan.why}. ${seen}` }
  }
  const end = await goBack(release, plan.revision, plan.version, wayBack)
  if (end.kind === 'failed')
    throw needsPerson(
      name,
      `it went back to revision ${plan.revision}, which does not come up: ${sentenceOf(end.diagnosis)}. ${seen}`,
    )
  const mark = marks.find(({ revision }) => revision === plan.revision)
  // Of the run that saw it: a mark with a run tells a way back of ours from a person's own.
  if (mark) await markNewest(release, { ...mark, run: context.run.url || mark.run })
  return {
    changed: true,
    words: `Release ${name} went back to revision ${plan.revision}: ${plan.why}. ${seen}`,
  }
}

function needsPerson(name: string, why: string): UserError {
  return new UserError(
    `ROLLBACK FAILED, release ${name} needs a person now: ${why} Look at its pods, then run "helm rollback ${name} REVISION" with a revision that was good.`,
  )
}

/** The history, once no helm is at work on it any more, or is not going to be. */
async function settledHistory(
  release: Release,
  { context, waiting = really }: Claim,
): Promise<readonly Revision[]> {
  const until = waiting.now() + PATIENCE
  for (; ; await waiting.pause(1000, context.cancelled)) {
    const history = await release.history()
    if (!pendingRevision(history) || waiting.now() > until) return history
  }
}
