import type { WatchEnd } from '../../src/adapters/kubernetes/watch.ts'
import { UserError } from '../../src/domain/failure.ts'
import { overtaker, type Revision } from '../../src/domain/history.ts'
import { isMarkOf, validMarks, versionProvenBy } from '../../src/domain/marks.ts'
import { failureTags } from '../../src/domain/rollout-blame.ts'
import { type Diagnosis, sentenceOf } from '../../src/domain/rollout-failure.ts'
import { type Blame, isFirst, type Underway } from '../../src/domain/rollout-recovery.ts'
import type { Outcome } from '../../src/runtime/action.ts'
import { mayAnswerLater } from '../lease/blaming.ts'
import type { contract } from './contract.ts'
import { type Deployment, takesBack, underwayOf } from './deployment.ts'
import { ended, type Failing } from './ended.ts'
import { saveEvidence } from './evidence.ts'
import { failureSentence } from './report.ts'
import { errorOf, takeBack } from './rolling.ts'

/** A rollout that did not come up: evidence first, then back to what was good, then the ledger. */
export async function failed(
  deployment: Deployment,
  underway: Underway & { own: number },
  { diagnosis, observation }: Extract<WatchEnd, { kind: 'failed' }>,
): Promise<Outcome<typeof contract>> {
  const { inputs, context, release, held } = deployment
  const { 'model-name': model, 'model-version': version, namespace } = inputs
  if (!context.cancelled.aborted) context.log.info(`${release.name}: ${sentenceOf(diagnosis)}`)
  const logs = inputs['evidence-logs']
  const found = { namespace, model, version, diagnosis, observation, logs }
  const newest = async () => overtaker(await release.history().catch(() => []), underway.own)
  // From here on whoever puts right what we leave also writes down who is suspect, should that be us no more.
  if (!context.cancelled.aborted && !(await newest()))
    await noted(deployment, underway, { ...diagnosis, unexplained: true }).catch(() => undefined)
  const saved = await saveEvidence(release, found, context.temp)
  // What was seen until then; there is no time to ask for more.
  if (context.cancelled.aborted) return cancelled(deployment, saved)
  const newer = await newest()
  if (newer) return overtaken(deployment, underway.own, newer, saved)
  const cause = saved.evidence.diagnosis ?? diagnosis
  const lost = await noted(deployment, underway, cause).then(() => undefined, errorOf)
  if (lost)
    return lost instanceof UserError
      ? takenOver(deployment, lost, saved)
      : unfinished(deployment, lost, saved)
  const back = takesBack(inputs, isFirst(underway, underway.own))
    ? await takeBack(release, underway, underway.own, inputs.timeout)
    : undefined
  if (context.cancelled.aborted) return cancelled(deployment, saved)
  // Not before: with the quarantine there already, a run after our death stops at the gate, and nobody goes back.
  await blame(deployment, underway, cause)
  if (back?.kind === 'rollback-failed' && back.unfinished) held.leave()
  else context.saveState('rollout', '')
  const named = { model, version, release: release.name }
  const failure = new UserError(failureSentence(named, diagnosis, saved.evidence, back))
  const isGreen = back?.kind === 'rolled-back' && inputs['on-rollback'] === 'continue'
  if (isGreen) deployment.notes.push(failure.message)
  return ended(deployment, back?.kind ?? 'failed', {
    reason: diagnosis.reason,
    evidence: saved,
    failure: isGreen ? undefined : failure,
  })
}

/**
 * Another job deployed while ours was on its way: what its pods do says nothing of our version, and the release is its
 * to see to. So nothing is taken back, and nobody is blamed.
 */
function overtaken(
  deployment: Deployment,
  own: number,
  newer: Revision,
  evidence: Failing['evidence'],
): Promise<Outcome<typeof contract>> {
  const { inputs, context, release } = deployment
  context.saveState('rollout', '')
  const failure = new UserError(
    `Revision ${own} of release ${release.name} (version ${inputs['model-version']}) was not seen serving before another job deployed revision ${newer.revision}. The release is left to that job, and no version is blamed; run this again if version ${inputs['model-version']} shall be live. Deploy one release in one concurrency group.`,
  )
  return ended(deployment, 'failed', { reason: 'Overtaken', failure, evidence })
}

/** Another job took us for dead and has put the release right, or is at it. */
function takenOver(
  deployment: Deployment,
  failure: UserError,
  evidence: Failing['evidence'],
): Promise<Outcome<typeof contract>> {
  deployment.context.saveState('rollout', '')
  return ended(deployment, 'failed', { reason: 'Overtaken', failure, evidence })
}

/** A cancelled job has seconds; the post step has minutes. So it does what is left to do. */
export function cancelled(
  deployment: Deployment,
  evidence?: Failing['evidence'],
): Promise<Outcome<typeof contract>> {
  deployment.held.leave()
  const next = keptBy(deployment) ?? 'the post step goes back to the last revision seen good'
  const failure = new UserError(
    `The job was cancelled while release ${deployment.release.name} was rolled out; ${next}.`,
  )
  return ended(deployment, 'failed', { reason: 'Cancelled', failure, evidence })
}

/**
 * A system did not answer when the release was or may have been touched already. What serves is not proven, and a
 * revision without proof does not stay: the post step asks again, and goes back.
 */
export function unfinished(
  deployment: Deployment,
  failure: Error,
  evidence?: Failing['evidence'],
): Promise<Outcome<typeof contract>> {
  const { context, release, notes, held } = deployment
  held.leave()
  const next = keptBy(deployment) ?? 'the post step takes it back'
  const note = `Release ${release.name} may have a revision that was not seen through to its proof; ${next}.`
  context.log.warning(note)
  notes.push(note)
  return ended(deployment, 'failed', { reason: 'Unreadable', failure, evidence })
}

/** Which input lets an unproven revision stay, as the end of a sentence; undefined where none does. */
function keptBy(deployment: Deployment): string | undefined {
  if (!underwayOf(deployment).keep) return undefined
  const input = deployment.inputs['rollback-on-failure']
    ? 'on-first-failure: keep'
    : 'rollback-on-failure: false'
  return `it is left as it is (${input}) unless Helm left it pending, which the post step ends`
}

/**
 * Writes down, for the post step and the next run, what is under way and what the version is to be blamed for.
 * @throws UserError where another job has taken over
 */
async function noted(deployment: Deployment, underway: Underway, diagnosis: Diagnosis): Promise<void> {
  const told = { ...underway, blame: blameFor(deployment, diagnosis) }
  deployment.context.saveState('rollout', JSON.stringify(told))
  await deployment.held.underway(told)
}

/** Undefined where there is no ledger to write it into. */
function blameFor(deployment: Deployment, diagnosis: Diagnosis): Blame | undefined {
  const { inputs, context, mlflow, standing } = deployment
  if (!mlflow || !standing) return undefined
  const at = new Date().toISOString()
  const tags = failureTags({
    diagnosis,
    hasServed: hasServed(deployment),
    digest: standing.digest,
    judgedDigest: standing.judgedDigest,
    run: context.run.url,
    at,
  })
  return { model: inputs['model-name'], tags, at, digest: standing.digest }
}

/** Whether the version, or another one with the same files, was seen serving before. */
function hasServed({ inputs, live, marks, history, standing }: Deployment): boolean {
  const { 'model-name': model, 'model-version': version } = inputs
  const files = { model, version, digest: standing?.digest }
  const known = validMarks(marks, history)
  const ofLive = known.find(({ revision }) => revision === live?.revision)
  const serves = live !== undefined && versionProvenBy(live) === version
  return (serves && (!ofLive || isMarkOf(ofLive, files))) || known.some((mark) => isMarkOf(mark, files))
}

/** Writes the failure into the version's ledger. Where that may do later, it stays owed, and changes nothing of the rest. */
export async function blame(deployment: Deployment, underway: Underway, diagnosis: Diagnosis): Promise<void> {
  const { inputs, mlflow, held, notes } = deployment
  const known = blameFor(deployment, diagnosis)
  if (!mlflow || !known) return
  try {
    await mlflow.setVersionTags(known.model, inputs['model-version'], known.tags)
  } catch (error) {
    notes.push(`The failure could not be written into the version's tags: ${error}`)
    if (!mayAnswerLater(error)) return
    await held.owe({ ...underway, blame: known }).catch((lost: unknown) => {
      notes.push(`Nor could it be left to the next run: ${lost}`)
    })
  }
}
