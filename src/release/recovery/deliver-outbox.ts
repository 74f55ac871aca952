import type { Release } from '../../adapters/kubernetes/release/release.ts'
import { Busy, NotFound } from '../../adapters/mlflow/http/faults.ts'
import { Fault } from '../../domain/core/errors.ts'
import { type FailureRecord, hasServedSinceFailure } from '../../domain/release/recovery-plan.ts'
import type { LeaseRequest } from '../lease/lease-request.ts'

/** The outbox with one record more. Of one version, only its last failure counts. */
export function addRecord(pending: readonly FailureRecord[], added: FailureRecord): FailureRecord[] {
  const { model, version } = added
  return [...pending.filter((each) => each.model !== model || each.version !== version), added]
}

/**
 * Writes the failure tags of the outbox to MLflow. A record leaves the outbox when its tags are written, when MLflow
 * rejects them for good, or when the files were verified serving after the failure. No failure of MLflow keeps a release
 * locked, so none is thrown.
 * @returns the records that stay in the outbox, and what was done
 */
export async function deliverRecords(
  release: Release,
  request: LeaseRequest,
): Promise<{ pending: readonly FailureRecord[]; hasWritten: boolean; messages: readonly string[] }> {
  const records = await release.outbox.read()
  const pending: FailureRecord[] = []
  const messages: string[] = []
  let hasWritten = false
  for (const record of records) {
    const result = await writeFailureTags(release, record, request)
    if (result === 'retry') pending.push(record)
    if (result === 'written') hasWritten = true
    messages.push(...describeResult(record, result))
  }
  if (pending.length < records.length) await release.outbox.update(() => pending)
  return { pending, hasWritten, messages }
}

async function writeFailureTags(
  release: Release,
  record: FailureRecord,
  { registry, context }: LeaseRequest,
): Promise<'not-needed' | 'written' | 'retry' | 'rejected'> {
  const { model, version, tags } = record
  const subject = `of version ${version} of model ${JSON.stringify(model)}: ${JSON.stringify(tags)}`
  try {
    if (hasServedSinceFailure(record, await release.history(), await release.readVerifiedRevisions()))
      return 'not-needed'
    const mlflow = registry?.()
    if (!mlflow) {
      context.log.warning(`No tracking server is given for the failure tags ${subject}`)
      return 'retry'
    }
    await mlflow.setVersionTags(model, version, tags)
    return 'written'
  } catch (error) {
    context.log.warning(`Could not write the failure tags ${subject}: ${error}`)
    return isRetryable(error) ? 'retry' : 'rejected'
  }
}

function describeResult(
  { version }: FailureRecord,
  result: Awaited<ReturnType<typeof writeFailureTags>>,
): string[] {
  if (result === 'not-needed') return []
  if (result === 'written') return [`The failure of version ${version} was written to its tags.`]
  const next = result === 'retry' ? 'The next job on the release tries again.' : 'MLflow rejects them.'
  return [`The failure tags of version ${version} are not in MLflow. ${next}`]
}

/**
 * Whether another attempt, perhaps of another job, may succeed: a 401 or 403 is about the caller, a bare 404 may be a
 * proxy's. Not where the version is gone, or where MLflow rejects the tags themselves.
 */
export function isRetryable(error: unknown): boolean {
  if (error instanceof Busy) return true
  return !(error instanceof NotFound || (error instanceof Fault && error.status === 400))
}
