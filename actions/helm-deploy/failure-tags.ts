import { versionTags } from '../../src/domain/registry/version-tags.ts'
import type { FailureRecord } from '../../src/domain/release/recovery-plan.ts'
import type { Diagnosis } from '../../src/domain/rollout/diagnosis.ts'
import { buildFailureTags } from '../../src/domain/rollout/failure-tags.ts'
import { isRetryable } from '../../src/release/recovery/deliver-outbox.ts'
import { type Deployment, hasServed } from './deployment.ts'
import { failureTagsNotQueued, failureTagsNotWritten, nowQuarantined, nowSuspect } from './messages.ts'

/** What to write to the version after a failed rollout; undefined without a tracking server. */
export function buildFailureRecord(deployment: Deployment, diagnosis: Diagnosis): FailureRecord | undefined {
  const { inputs, context, versionStatus } = deployment
  if (!versionStatus) return undefined
  const { digest, tags: before } = versionStatus
  const { 'model-name': model, 'model-version': version } = inputs
  const failedAt = new Date().toISOString()
  const failed = {
    diagnosis,
    hasServed: hasServed(deployment),
    digest,
    verdictDigest: before[versionTags.artifactDigest],
  }
  const tags = buildFailureTags({ ...failed, run: context.run.url, at: failedAt })
  return { model, version, tags, failedAt, digest }
}

/**
 * Writes the failure tags of the version. Tags that MLflow cannot take now go into the outbox; those of a cancelled job are
 * left to the next holder of the lease, whose operation has them. Never throws.
 */
export async function writeFailureTags(deployment: Deployment, diagnosis: Diagnosis): Promise<void> {
  const { mlflow, session, notes, context } = deployment
  const record = buildFailureRecord(deployment, diagnosis)
  if (!mlflow || !record) return
  try {
    await mlflow.setVersionTags(record.model, record.version, record.tags)
    const { of, cause = '' } = diagnosis.faultSource ?? {}
    const isQuarantined = record.tags[versionTags.quarantined] !== undefined
    notes.push(
      isQuarantined
        ? nowQuarantined(deployment.inputs, cause)
        : nowSuspect(deployment.inputs, of === 'model' ? 'its files have served before' : cause),
    )
  } catch (error) {
    notes.push(failureTagsNotWritten(deployment.inputs, error))
    if (context.cancelled.aborted) return session.abandon()
    if (!isRetryable(error)) return
    await session.enqueue(record).catch((queueError: unknown) => {
      notes.push(failureTagsNotQueued(queueError))
    })
  }
}
