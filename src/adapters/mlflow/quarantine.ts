import { ledger } from '../../domain/ledger.ts'
import { Unlisted } from './failures.ts'
import type { Mlflow } from './mlflow.ts'
import type { ModelVersion } from './schemas.ts'

/**
 * Versions in quarantine whose files are these: the same files under a new number are the same model. A quarantined
 * version without a digest in its ledger is read now; where its files are gone or out of the
 * server's reach for good, only its own number is known.
 */
export async function quarantinedAs(
  mlflow: Pick<Mlflow, 'artifactDigest'>,
  digest: string | undefined,
  versions: readonly ModelVersion[],
): Promise<ModelVersion[]> {
  const suspects = versions.filter((version) => version.tags[ledger.quarantined])
  const digests = await Promise.all(suspects.map((version) => digestOf(mlflow, version)))
  return suspects.filter((_, index) => digest !== undefined && digests[index] === digest)
}

/** Versions in quarantine that a version is, or has the files of. Files are read only where there is anything to compare them with. */
export async function sameInQuarantine(
  mlflow: Pick<Mlflow, 'artifactDigest'>,
  version: ModelVersion,
  versions: readonly ModelVersion[],
): Promise<ModelVersion[]> {
  const suspects = versions.filter((one) => one.tags[ledger.quarantined])
  if (suspects.length === 0) return []
  const digest = version.tags[ledger.artifactDigest] ?? (await mlflow.artifactDigest(version))
  const same = await quarantinedAs(mlflow, digest, suspects)
  return suspects.filter((one) => one.number === version.number || same.includes(one))
}

async function digestOf(
  mlflow: Pick<Mlflow, 'artifactDigest'>,
  version: ModelVersion,
): Promise<string | undefined> {
  const known = version.tags[ledger.artifactDigest]
  if (known) return known
  return mlflow.artifactDigest(version).catch((error) => {
    if (error instanceof Unlisted) return undefined
    throw error
  })
}
