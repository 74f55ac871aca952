import type { WatchFailure } from '../../src/adapters/kubernetes/rollout/watch-rollout.ts'
import { errorMessage, toError, UserError } from '../../src/domain/core/errors.ts'
import { isInstallRevision, type Operation } from '../../src/domain/release/recovery-plan.ts'
import { type Diagnosis, formatDiagnosis } from '../../src/domain/rollout/diagnosis.ts'
import { saveEvidence } from '../../src/release/rollout/evidence.ts'
import { formatCause } from '../../src/release/rollout/report.ts'
import { type RemediationResult, undoRollout } from '../../src/release/rollout/rollback.ts'
import { startUpgrade } from '../../src/release/rollout/upgrade.ts'
import { recordAsVerified } from '../../src/release/rollout/verified-revisions.ts'
import type { Outcome } from '../../src/runtime/action.ts'
import type { contract } from './contract.ts'
import {
  clearFailureTags,
  type Deployment,
  type Ending,
  findKeepingInput,
  finish,
  planOperation,
} from './deployment.ts'
import { buildFailureRecord, writeFailureTags } from './failure-tags.ts'
import { cancelled, rolloutFailed, superseded, unverified } from './messages.ts'
import { compareWithPrevious } from './smoke-test/compare-previous.ts'

/** Upgrades and watches. Ends with a verified revision, a rollback, or an operation that the post step recovers. */
export async function rollOut(deployment: Deployment): Promise<Outcome<typeof contract>> {
  const { inputs, context, request, release, live, versionStatus, session } = deployment
  const { 'model-name': model, 'model-version': version } = inputs
  const operation = planOperation(deployment)
  await session.recordOperation(operation)
  context.log.info(`${release.name}: upgrading to version ${version}`)
  try {
    const deadline = Date.now() + inputs.timeout
    const template = live ? live.template : operation.isInstall ? '' : undefined
    const upgrade = await startUpgrade(release, request, operation, { template, deadline })
    if (upgrade.kind === 'rejected')
      return await finish(deployment, { outcome: 'refused', failure: upgrade.error })
    const { revision } = upgrade
    const started = { ...operation, revision }
    await session.recordOperation(started).catch((error: unknown) => {
      context.log.warning(errorMessage(error))
    })
    const end = upgrade.failed ?? (await release.watch(version, deadline, revision).catch(toWatchFailure))
    if (end.kind === 'failed') return await remediate(deployment, started, end)
    const history = await release.history()
    const served = { model, version, digest: versionStatus?.digest ?? '', run: context.run.url }
    await Promise.all([recordAsVerified(release, served, revision, history), clearFailureTags(deployment)])
    return await finish(deployment, { outcome: 'deployed', history })
  } catch (error) {
    return finish(deployment, endAfterError(deployment, operation, error))
  }
}

function toWatchFailure(error: unknown): WatchFailure {
  const diagnosis = { reason: 'Unknown', message: errorMessage(error) } as const
  return { kind: 'failed', diagnosis, observation: undefined }
}

/** Handles a rollout that failed. In this order: evidence before the rollback, and tags after it. */
async function remediate(
  deployment: Deployment,
  operation: Operation & { revision: number },
  failure: WatchFailure,
): Promise<Outcome<typeof contract>> {
  const { inputs, context, release } = deployment
  const { diagnosis } = failure
  const { revision } = operation
  if (!context.cancelled.aborted) {
    context.log.info(`${release.name}: ${formatDiagnosis(diagnosis)}`)
    // From here on, a job that recovers this operation also writes that the version is suspect.
    const suspicion = { ...diagnosis, eventsUnavailable: true }
    if (!(await findNewerRevision(deployment, revision)))
      await recordFailedOperation(deployment, operation, suspicion).catch(() => undefined)
  }
  const observed = { version: inputs['model-version'], ...failure }
  const evidence = await saveEvidence(release, inputs, observed, context.temp)
  const end = (ending: Ending) => finish(deployment, { evidence, ...ending })
  if (context.cancelled.aborted) return end(endCancelled(deployment, operation))
  const newer = await findNewerRevision(deployment, revision)
  if (newer) {
    // Another job deployed meanwhile: its pods prove nothing about this version, and the release is its own now.
    const error = new UserError(superseded(inputs, revision, newer.revision))
    return end({ outcome: 'failed', reason: 'Superseded', failure: error })
  }
  const cause = evidence.evidence.diagnosis ?? diagnosis
  try {
    await recordFailedOperation(deployment, operation, cause)
  } catch (error) {
    return end(endAfterError(deployment, operation, error))
  }
  const isKept = findKeepingInput(inputs, isInstallRevision(operation, revision)) !== undefined
  const deadline = Date.now() + inputs.timeout
  const result = isKept ? undefined : await undoRollout(release, operation, inputs.timeout)
  if (context.cancelled.aborted) return end(endCancelled(deployment, operation))
  const previous = result?.kind === 'rolled-back' ? result.target : undefined
  const { observation } = failure
  const compared = await compareWithPrevious(deployment, cause, { previous, observation, deadline })
  if (context.cancelled.aborted) return end(endCancelled(deployment, operation))
  // Not before the rollback: the preflight of a later run refuses a quarantined version, so nothing would roll back.
  await writeFailureTags(deployment, compared)
  const error = new UserError(rolloutFailed(inputs, formatCause(evidence.evidence), result))
  const succeeds = result?.kind === 'rolled-back' && inputs['on-rollback'] === 'continue'
  return end({
    outcome: result?.kind ?? 'failed',
    reason: cause.reason,
    ...(succeeds ? { headline: error.message } : { failure: error }),
    isUnfinished: findUnfinished(result),
  })
}

function findUnfinished(result: RemediationResult | undefined): boolean | 'next-holder' {
  if (result?.kind !== 'rollback-failed') return false
  return result.isBlocked ? 'next-holder' : result.canRetry === true
}

/** The end of a rollout in whose course something was thrown. The post step rolls back what is not verified. */
function endAfterError(deployment: Deployment, operation: Operation, error: unknown): Ending {
  const { inputs, context, notes } = deployment
  // A lost lease cancels the job, too: then withLease replaces this ending.
  if (context.cancelled.aborted) return endCancelled(deployment, operation)
  const note = unverified(inputs, findKeepingInput(inputs, operation.isInstall))
  context.log.warning(note)
  notes.push(note)
  return { outcome: 'failed', reason: 'Unknown', failure: toError(error), isUnfinished: true }
}

/** A cancelled job has seconds. The post step has minutes, so it does the rest. */
function endCancelled({ inputs }: Deployment, { isInstall }: Operation): Ending {
  const failure = new UserError(cancelled(inputs, findKeepingInput(inputs, isInstall)))
  return { outcome: 'failed', reason: 'Cancelled', failure, isUnfinished: true }
}

/** The newest revision above `own`, which another job wrote. */
async function findNewerRevision({ release }: Deployment, own: number) {
  const history = await release.history().catch(() => [])
  return history.findLast(({ revision }) => revision > own)
}

/** @throws LeaseLostError */
async function recordFailedOperation(
  deployment: Deployment,
  operation: Operation,
  diagnosis: Diagnosis,
): Promise<void> {
  const failure = buildFailureRecord(deployment, diagnosis)
  await deployment.session.recordOperation({ ...operation, failure })
}
