import type { WatchFailure, WatchResult } from '../../src/adapters/kubernetes/rollout/watch-rollout.ts'
import { errorMessage, UserError } from '../../src/domain/core/errors.ts'
import { diagnoseHelmError } from '../../src/domain/preflight/field-conflict.ts'
import { versionTags } from '../../src/domain/registry/version-tags.ts'
import type { Operation } from '../../src/domain/release/recovery-plan.ts'
import { decideRollback, type RollbackRefusal } from '../../src/domain/release/rollback-decision.ts'
import {
  type BlockedTarget,
  type CompletedRollback,
  formatBlockedTargets,
  RollbackBlockedError,
} from '../../src/domain/release/rollback-target.ts'
import type { VerifiedRevision } from '../../src/domain/release/verified-revisions.ts'
import { formatDiagnosis } from '../../src/domain/rollout/diagnosis.ts'
import { inspectWorkload, saveEvidence } from '../../src/release/rollout/evidence.ts'
import { rollBack } from '../../src/release/rollout/rollback.ts'
import { adoptLiveRevision, recordAsVerified } from '../../src/release/rollout/verified-revisions.ts'
import type { Outcome } from '../../src/runtime/action.ts'
import type { contract } from './contract.ts'
import { type Dependencies, findStateError, loadState, type RollbackState } from './load-state.ts'
import { finish, refusalMessage } from './report.ts'
import { selectTarget } from './select-target.ts'

/** Reads, decides, acts. A re-run finishes what a killed run began. */
export async function runRollback(dependencies: Dependencies): Promise<Outcome<typeof contract>> {
  const state = await loadState(dependencies)
  const { inputs, release, live } = state
  const stateError = findStateError(state)
  if (stateError !== undefined || !live)
    return finish(state, { outcome: 'refused', reason: stateError ?? '', shouldFail: true })
  const decision = decideRollback(
    {
      model: inputs['model-name'],
      badVersion: inputs['bad-model-version'],
      firedAt: inputs['fired-at'],
      now: new Date().toISOString(),
      windowMs: inputs['rollback-window'],
      toRevision: inputs['to-revision'],
      run: state.context.run.url,
    },
    {
      ...state,
      live,
      promotedAt: (version) =>
        state.versions.find(({ number }) => number === version)?.tags[versionTags.promotedAt],
    },
  )
  state.badVersion = decision.badVersion
  switch (decision.kind) {
    case 'refused':
      return finishRefused(state, decision.refusal)
    case 'already-rolled-back': {
      if (!decision.completed.verifiedRevision) return resumeRollback(state, decision.completed)
      const reason = `release ${release.name} is already rolled back from version ${state.badVersion}`
      return finish(state, { outcome: 'unchanged', reason })
    }
    case 'rollback': {
      const { target, skipped, blocked } = await selectTarget(state, decision.targets)
      state.notes.push(...skipped)
      if (target) return rollBackTo(state, target)
      return blocked.length > 0 ? finishBlocked(state, blocked) : finishNoTarget(state, skipped)
    }
  }
}

function finishRefused(state: RollbackState, refusal: RollbackRefusal) {
  return finish(state, {
    outcome: 'refused',
    reason: refusalMessage(refusal, state.badVersion, state.inputs),
    shouldRetrain: refusal.reason === 'WindowExceeded' || refusal.reason === 'NoTarget',
    // A wrong to-revision is a user error, not a decision.
    shouldFail: refusal.reason === 'TargetRejected',
  })
}

function finishNoTarget(state: RollbackState, skipped: readonly string[]) {
  const isChosen = state.inputs['to-revision'] !== undefined
  const subject = isChosen ? 'Input to-revision' : 'no rollback target can serve, so retrain the model'
  const reason = `${subject}: ${skipped.join('; ')}`
  return finish(state, { outcome: 'refused', reason, shouldRetrain: !isChosen, shouldFail: isChosen })
}

/** An object that a person must remove is in the way, so this is not a decision. */
function finishBlocked(state: RollbackState, blocked: readonly BlockedTarget[]) {
  const { release, badVersion } = state
  const reason = `release ${release.name} was not changed and still serves version ${badVersion}: it cannot be rolled back. ${formatBlockedTargets(blocked)} Then re-run.`
  return finish(state, { outcome: 'refused', reason, shouldRetrain: true, shouldFail: true })
}

/** Saves evidence, rolls back with Helm, watches the pods, and records the revision as verified once they serve. */
async function rollBackTo(state: RollbackState, target: VerifiedRevision): Promise<Outcome<typeof contract>> {
  const { inputs, context, release, history, live, badVersion, lease } = state
  const observed = { version: badVersion, ...(await inspectWorkload(release, badVersion)) }
  state.evidence = await saveEvidence(release, inputs, observed, context.temp)
  // A later run then knows which version was rolled back, also if another job deployed it.
  const verifiedRevisions = await release.readVerifiedRevisions()
  await adoptLiveRevision(release, { live, history, verifiedRevisions })
  const last = (await release.history()).at(-1)?.revision
  if (last !== history.at(-1)?.revision) {
    const reason = `another job changed release ${release.name} in the meantime: its last revision is now ${last ?? 'gone'}; re-run this job`
    return finish(state, { outcome: 'refused', reason })
  }
  const { revision, version } = target
  const path = `from version ${badVersion} to version ${version} (revision ${revision})`
  context.log.info(`${release.name}: roll back ${path}`)
  await recordRollback(state, { version, previousRevision: last ?? 0, rollbackTarget: revision })
  try {
    const { end } = await rollBack(release, [target], inputs.timeout)
    return completeRollback(state, end, target, path)
  } catch (error) {
    if (!(error instanceof RollbackBlockedError) || context.cancelled.aborted)
      return completeRollback(state, toRollbackFailure(error), target, path)
    lease.abandon('next-holder')
    context.saveState('rollback', '')
    return finish(state, { outcome: 'rollback-failed', reason: error.message, shouldFail: true })
  }
}

/** Verifies the rollback of an earlier run that did not live to see it. */
async function resumeRollback(
  state: RollbackState,
  { version, revision }: CompletedRollback,
): Promise<Outcome<typeof contract>> {
  const { inputs, release, versions, badVersion } = state
  const previousRevision = revision - 1
  await recordRollback(state, {
    version: version ?? '',
    previousRevision,
    revision,
    rollbackTarget: revision,
  })
  const path = `from version ${badVersion} to version ${version ?? '(unknown)'} (now revision ${revision})`
  const digest = versions.find(({ number }) => number === version)?.tags[versionTags.artifactDigest] ?? ''
  const served = { model: inputs['model-name'], version: version ?? '', digest }
  const result = await release.watch(version, Date.now() + inputs.timeout).catch(toRollbackFailure)
  return completeRollback(state, result, served, path)
}

/** Before the release is changed, so that the post step or the next lease holder can recover it. */
async function recordRollback(
  { inputs, context, release, lease, badVersion }: RollbackState,
  operation: Omit<Operation, 'release' | 'namespace' | 'isInstall'>,
): Promise<void> {
  const { namespace } = inputs
  await lease.recordOperation({ release: release.name, namespace, isInstall: false, ...operation })
  context.saveState('rollback', badVersion)
}

/** @param path "from version 8 to version 7 (revision 1)" */
async function completeRollback(
  state: RollbackState,
  result: WatchResult & { isRetryable?: boolean },
  served: Pick<VerifiedRevision, 'model' | 'version' | 'digest'>,
  path: string,
): Promise<Outcome<typeof contract>> {
  const { context, release, notes, lease } = state
  const { name } = release
  if (result.kind === 'failed') {
    const fail = (reason: string) => finish(state, { outcome: 'rollback-failed', reason, shouldFail: true })
    const cause = formatDiagnosis(result.diagnosis)
    const isCancelled = context.cancelled.aborted
    if (isCancelled || result.isRetryable) {
      lease.abandon()
      const interruption = isCancelled ? 'the job was cancelled' : cause
      return fail(
        `${interruption}, during the rollback of release ${name} ${path}; the post step finishes it`,
      )
    }
    context.saveState('rollback', '')
    return fail(
      `ROLLBACK FAILED, manual intervention required for release ${name}: the rollback ${path} failed: ${cause}. Inspect its pods, then run "helm rollback ${name} REVISION" with a revision that worked`,
    )
  }
  try {
    await recordAsVerified(release, { ...served, run: context.run.url })
  } catch (error) {
    if (context.cancelled.aborted) {
      lease.abandon()
      const reason = `the job was cancelled after release ${name} was rolled back ${path}; the post step records the revision as verified`
      return finish(state, { outcome: 'rollback-failed', reason, shouldFail: true })
    }
    notes.push(`The revision could not be recorded as verified: ${errorMessage(error)}`)
  }
  context.saveState('rollback', '')
  const reason = `release ${name} was rolled back ${path} and serves it`
  return finish(state, { outcome: 'rolled-back', reason })
}

/** Anything but a refusal by Helm may succeed on a retry: such a rollback is unfinished, not failed. */
function toRollbackFailure(error: unknown): WatchFailure & { isRetryable: boolean } {
  return {
    kind: 'failed',
    diagnosis: diagnoseHelmError(error),
    observation: undefined,
    isRetryable: !(error instanceof UserError),
  }
}
