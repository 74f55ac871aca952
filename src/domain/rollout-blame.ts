import { ledger, type Tags } from './ledger.ts'
import { type Diagnosis, isModelsFault, sentenceOf } from './rollout-failure.ts'

export interface FailedVersion {
  diagnosis: Diagnosis
  /** Whether its files were seen serving before. */
  hasServed: boolean
  /** Artifact digest of the version now (undefined: nobody can tell), and the one in its ledger. */
  digest: string | undefined
  judgedDigest: string | undefined
  run: string
  /** ISO 8601, UTC. */
  at: string
}

/**
 * What a failed rollout writes into the version's ledger. Quarantine is for the model's own faults; a full cluster, a
 * missing image or MLflow away make it suspect, and a retry is allowed. Files that served before are never quarantined for
 * a rollout of themselves with other values.
 */
export function failureTags(failed: FailedVersion): Tags {
  const { diagnosis, hasServed, digest, judgedDigest, run, at } = failed
  const said = sentenceOf(diagnosis)
  const common = { [ledger.deployFailed]: `${at}: ${said}`, [ledger.runUrl]: run }
  if (!isModelsFault(diagnosis) || hasServed) return { ...common, [ledger.suspect]: said }
  return {
    ...common,
    [ledger.quarantined]: said,
    [ledger.quarantinedAt]: at,
    // Quarantine holds for the files, so whoever looks for them must find the digest.
    ...(judgedDigest === undefined && digest !== undefined ? { [ledger.artifactDigest]: digest } : {}),
  }
}
