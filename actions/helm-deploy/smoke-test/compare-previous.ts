import { errorMessage } from '../../../src/domain/core/errors.ts'
import type { VerifiedRevision } from '../../../src/domain/release/verified-revisions.ts'
import { type Diagnosis, mayBeModelFault } from '../../../src/domain/rollout/diagnosis.ts'
import type { WorkloadStatus } from '../../../src/domain/rollout/workload-status.ts'
import { type Deployment, hasServed } from '../deployment.ts'
import { previousFailed, previousNotComparable, previousStarts } from '../messages.ts'

/** Run and attempt of the job, as a label value. */
export function runLabel({ context: { run } }: Deployment): string {
  return [run.id, run.attempt].filter(Boolean).join('-')
}

/** What a diagnosis is compared with. */
export interface Comparison {
  /** The revision that serves now; undefined: none, or its version is unknown. */
  previous: Pick<VerifiedRevision, 'revision' | 'version'> | undefined
  observation: WorkloadStatus | undefined
  /** Milliseconds since 1970. */
  deadline: number
}

/**
 * Finds out whose fault an exit is where its last log lines do not say: the model's, if the previous version starts in the
 * same pod template. Adds to the notes why it does not know. Never throws.
 */
export async function compareWithPrevious(
  deployment: Deployment,
  diagnosis: Diagnosis,
  { previous, observation, deadline }: Comparison,
): Promise<Diagnosis> {
  const { inputs, context, request, release, notes, versionStatus } = deployment
  const { 'model-version': candidate } = inputs
  const isUnclear = mayBeModelFault(diagnosis) && !diagnosis.faultSource && !hasServed(deployment)
  // Without a tracking server, nothing is written.
  if (!isUnclear || !versionStatus || context.cancelled.aborted) return diagnosis
  if (!previous?.version) {
    notes.push(previousNotComparable('no previous version serves'))
    return diagnosis
  }
  const { revision, version } = previous
  const pods = observation?.pods ?? []
  const candidateCreatedAt = pods.find(({ name }) => name === diagnosis.pod)?.createdAt
  const runId = runLabel(deployment)
  const spec = { revision, version, candidate, candidateCreatedAt, runId, deadline }
  // The post step deletes the pod if this process is killed.
  context.saveState('smoke-test', runId)
  const start = await release.startPreviousVersion(request, spec).catch((error: unknown) => ({
    kind: 'not-comparable' as const,
    cause: errorMessage(error),
  }))
  if (start.kind === 'started')
    return { ...diagnosis, faultSource: { of: 'model', cause: previousStarts(version, start.beside) } }
  if (start.kind === 'failed')
    return { ...diagnosis, faultSource: { of: 'surroundings', cause: previousFailed(version) } }
  notes.push(previousNotComparable(start.cause))
  return diagnosis
}
