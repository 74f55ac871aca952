import { type Tags, versionTags } from '../registry/version-tags.ts'
import { type Diagnosis, formatDiagnosis, isModelFault } from './diagnosis.ts'

export interface FailedVersion {
  diagnosis: Diagnosis
  /** Whether its files were verified before. */
  hasServed: boolean
  /** Artifact digest now; undefined: unknown. */
  digest: string | undefined
  /** Artifact digest in the version tags. */
  verdictDigest: string | undefined
  run: string
  /** ISO 8601, UTC. */
  at: string
}

/**
 * The version tags of a failed rollout. Only evidence that the model caused it quarantines the version: the last log lines
 * name its files, or the previous version starts where it does not. A full cluster, a missing image, an unreachable MLflow
 * or an unclear exit make it suspect, and it may be retried. Files that served before are never quarantined: other values
 * caused the failure.
 */
export function buildFailureTags(failed: FailedVersion): Tags {
  const { diagnosis, hasServed, digest, verdictDigest, run, at } = failed
  const cause = [formatDiagnosis(diagnosis), diagnosis.faultSource?.cause].filter(Boolean).join('; ')
  const common = { [versionTags.deployFailed]: `${at}: ${cause}`, [versionTags.runUrl]: run }
  if (!isModelFault(diagnosis) || hasServed) return { ...common, [versionTags.suspect]: cause }
  return {
    ...common,
    // Quarantine follows the files, so their digest must be in the tags.
    ...(verdictDigest === undefined && digest !== undefined ? { [versionTags.artifactDigest]: digest } : {}),
    [versionTags.quarantinedAt]: at,
    // Last: a re-run of a job that died before it does not see a quarantine, and completes the tags.
    [versionTags.quarantined]: cause,
  }
}
