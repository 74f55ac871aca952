import type { VersionRecord } from './champion.ts'
import { ledger } from './ledger.ts'

/**
 * Why nothing in the ledger lets a version serve, as the end of a sentence; undefined where something does: a promote
 * verdict, an adoption by a person, or that it was champion. Whether it was taken back since is asked elsewhere.
 * @param digest of its files now, where they were read: a verdict holds for the files that it was given for
 */
export function whyNotEntitled({ tags }: VersionRecord, digest?: string): string | undefined {
  const judged = tags[ledger.artifactDigest]
  if (judged !== undefined && digest !== undefined && judged !== digest)
    return 'has other files now than those that the ledger speaks of'
  if (tags[ledger.verdict] === 'promote' || tags[ledger.adopted] !== undefined) return undefined
  if (tags[ledger.promotedAt] !== undefined) return undefined
  const verdict = tags[ledger.verdict]
  return verdict === undefined ? 'was never judged, promoted or adopted' : `has the verdict ${verdict}`
}
