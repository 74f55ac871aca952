import { ledger } from '../../domain/ledger.ts'
import { orUnlisted } from './failures.ts'
import type { Mlflow } from './mlflow.ts'
import type { ModelVersion } from './schemas.ts'

/** A model by its files, and by the number of its version where it has one. */
export interface KnownAs {
  number?: string | undefined
  digest: string | undefined
}

/**
 * Versions in quarantine that a model is: the version itself first, then those with the same files, since the same files
 * under a new number are the same model. A quarantined version without a digest in its ledger is read now; where its
 * files are gone or out of the server's reach for good, only its own number is known.
 */
export async function quarantinedAs(
  mlflow: Pick<Mlflow, 'artifactDigest'>,
  { number, digest }: KnownAs,
  versions: readonly ModelVersion[],
): Promise<ModelVersion[]> {
  const suspects = versions.filter((version) => version.tags[ledger.quarantined])
  const own = suspects.filter((version) => version.number === number)
  const others = digest === undefined ? [] : suspects.filter((version) => !own.includes(version))
  const digests = await Promise.all(others.map((version) => digestOf(mlflow, version)))
  return [...own, ...others.filter((_, index) => digests[index] === digest)]
}

/** The same of a version whose digest is not known yet. Files are read only where there is anything to compare them with. */
export async function sameInQuarantine(
  mlflow: Pick<Mlflow, 'artifactDigest'>,
  version: ModelVersion,
  versions: readonly ModelVersion[],
): Promise<ModelVersion[]> {
  if (!versions.some(({ tags }) => tags[ledger.quarantined])) return []
  const { number } = version
  return quarantinedAs(mlflow, { number, digest: await digestOf(mlflow, version) }, versions)
}

/** Why a version is in quarantine, by those that it is found to be; undefined where it is none of them. */
export function whyQuarantined(
  { number }: ModelVersion,
  [first]: readonly ModelVersion[],
): string | undefined {
  const why = first?.tags[ledger.quarantined]
  return first && (first.number === number ? why : `${underNumberOf(first)}: ${why}`)
}

/** For a version whose own number is not in quarantine, only its files are. */
export const underNumberOf = ({ number }: ModelVersion): string =>
  `as version ${number}, which has the same files`

async function digestOf(
  mlflow: Pick<Mlflow, 'artifactDigest'>,
  version: ModelVersion,
): Promise<string | undefined> {
  return version.tags[ledger.artifactDigest] || orUnlisted(mlflow.artifactDigest(version))
}
