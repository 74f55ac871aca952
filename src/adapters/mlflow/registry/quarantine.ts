import { versionTags } from '../../../domain/registry/version-tags.ts'
import { undefinedIfNotListable } from '../http/faults.ts'
import type { Mlflow } from '../mlflow.ts'
import type { ModelVersion } from '../schemas.ts'

type DigestReader = Pick<Mlflow, 'computeVersionDigest'>

/** A model by its files and, if it has one, its version number. */
export interface ModelIdentity {
  number?: string | undefined
  digest: string | undefined
}

/**
 * Quarantined versions with the same number or files: the version itself first, then those with the same digest, since
 * the same files under a new number are the same model. A missing digest tag is computed; files that the server cannot
 * list match by number only.
 */
export async function findQuarantineMatches(
  mlflow: DigestReader,
  { number, digest }: ModelIdentity,
  versions: readonly ModelVersion[],
): Promise<ModelVersion[]> {
  const quarantined = versions.filter((version) => version.tags[versionTags.quarantined])
  const own = quarantined.filter((version) => version.number === number)
  const others = digest === undefined ? [] : quarantined.filter((version) => !own.includes(version))
  const digests = await Promise.all(others.map((version) => resolveDigest(mlflow, version)))
  return [...own, ...others.filter((_, index) => digests[index] === digest)]
}

/** As `findQuarantineMatches`, for a registered version. Reads files only if any version is in quarantine. */
export async function findVersionQuarantineMatches(
  mlflow: DigestReader,
  version: ModelVersion,
  versions: readonly ModelVersion[],
): Promise<ModelVersion[]> {
  if (!versions.some(({ tags }) => tags[versionTags.quarantined])) return []
  const { number } = version
  return findQuarantineMatches(mlflow, { number, digest: await resolveDigest(mlflow, version) }, versions)
}

/** Why a version is in quarantine, by its matches; undefined without matches. */
export function describeQuarantine(
  { number }: ModelVersion,
  [first]: readonly ModelVersion[],
): string | undefined {
  const reason = first?.tags[versionTags.quarantined]
  return first && (first.number === number ? reason : `${describeSameFiles(first)}: ${reason}`)
}

/** For a version that is in quarantine only by its files. */
export const describeSameFiles = ({ number }: ModelVersion): string =>
  `as version ${number}, which has the same files`

async function resolveDigest(mlflow: DigestReader, version: ModelVersion): Promise<string | undefined> {
  return (
    version.tags[versionTags.artifactDigest] || undefinedIfNotListable(mlflow.computeVersionDigest(version))
  )
}
