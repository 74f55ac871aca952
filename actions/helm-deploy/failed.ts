import type { WatchEnd } from '../../src/adapters/kubernetes/watch.ts'
import { UserError } from '../../src/domain/failure.ts'
import { overtaker, type Revision } from '../../src/domain/history.ts'
import { versionProvenBy } from '../../src/domain/marks.ts'
import { failureTags } from '../../src/domain/rollout-blame.ts'
import { type Diagnosis, sentenceOf } from '../../src/domain/rollout-failure.ts'
import { isFirst, type Underway } from '../../src/domain/rollout-recovery.ts'
import type { Outcome } from '../../src/runtime/action.ts'
import type { contract } from './contract.ts'
import { type Deployment, takesBack } from './deployment.ts'
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
  const saved = await saveEvidence(release, found, context.temp)
  // What was seen until then; there is no time to ask for more.
  if (context.cancelled.aborted) return cancelled(deployment, saved)
  const newer = overtaker(await release.history().catch(() => []), underway.own)
  if (newer) return overtaken(deployment, underway.own, newer)
  const lost = await held.underway(underway).then(() => undefined, errorOf)
  if (lost) return lost instanceof UserError ? takenOver(deployment, lost) : unfinished(deployment, lost)
  const back = takesBack(inputs, isFirst(underway, underway.own))
    ? await takeBack(release, underway, underway.own, inputs.timeout)
    : undefined
  if (context.cancelled.aborted) return cancelled(deployment, saved)
  if (back?.kind === 'rollback-failed' && back.unfinished) held.leave()
  else context.saveState('rollout', '')
  await blame(deployment, saved.evidence.diagnosis ?? diagnosis)
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
function overtaken(deployment: Deployment, own: number, newer: Revision): Promise<Outcome<typeof contract>> {
  const { inputs, context, release } = deployment
  context.saveState('rollout', '')
  const failure = new UserError(
    `Revision ${own} of release ${release.name} (version ${inputs['model-version']}) was not seen serving before another job deployed revision ${newer.revision}. The release is left to that job, and no version is blamed; run this again if version ${inputs['model-version']} shall be live. Deploy one release in one concurrency group.`,
  )
  return ended(deployment, 'failed', { reason: 'Overtaken', failure })
}

/** Another job took us for dead and has put the release right, or is at it. */
function takenOver(deployment: Deployment, failure: UserError): Promise<Outcome<typeof contract>> {
  deployment.context.saveState('rollout', '')
  return ended(deployment, 'failed', { reason: 'Overtaken', failure })
}

/** A cancelled job has seconds; the post step has minutes. So it does what is left to do. */
export function cancelled(
  deployment: Deployment,
  evidence?: Failing['evidence'],
): Promise<Outcome<typeof contract>> {
  deployment.held.leave()
  const failure = new UserError(
    `The job was cancelled while release ${deployment.release.name} was rolled out; the post step goes back to the last revision seen good.`,
  )
  return ended(deployment, 'failed', { reason: 'Cancelled', failure, evidence })
}

/**
 * A system did not answer when the release was or may have been touched already. What serves is not proven, and a
 * revision without proof does not stay: the post step asks again, and goes back.
 */
export function unfinished(deployment: Deployment, failure: Error): Promise<Outcome<typeof contract>> {
  const { inputs, context, release, notes, held } = deployment
  held.leave()
  const next = inputs['rollback-on-failure']
    ? 'the post step takes it back'
    : 'it is left as it is (rollback-on-failure: false)'
  const note = `Release ${release.name} may have a revision that was not seen through to its proof; ${next}.`
  context.log.warning(note)
  notes.push(note)
  return ended(deployment, 'failed', { reason: 'Unreadable', failure })
}

/** Writes the failure into the version's ledger. That it cannot be written changes nothing of the rest. */
export async function blame(
  { inputs, context, mlflow, standing, live, notes }: Deployment,
  diagnosis: Diagnosis,
) {
  if (!mlflow || !standing) return
  const { 'model-name': model, 'model-version': version } = inputs
  const tags = failureTags({
    diagnosis,
    version,
    goodVersion: live && versionProvenBy(live),
    digest: standing.digest,
    judgedDigest: standing.judgedDigest,
    run: context.run.url,
    at: new Date().toISOString(),
  })
  await mlflow.setVersionTags(model, version, tags).catch((error: unknown) => {
    notes.push(`The failure could not be written into the version's tags: ${error}`)
  })
}
