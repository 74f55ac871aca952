import type { VersionRecord } from './champion.ts'
import { versionTags } from './version-tags.ts'

/** Why the version tags do not allow a version to serve. */
export type Ineligibility = { kind: 'other-files' | 'not-evaluated' } | { kind: 'verdict'; verdict: string }

/**
 * Undefined if a version may serve: it has a promote verdict, an adoption or a former promotion. A later demotion is
 * checked elsewhere.
 * @param digest of its current files, if known: a verdict is valid only for the files that it is about
 */
export function findIneligibility({ tags }: VersionRecord, digest?: string): Ineligibility | undefined {
  const judgedDigest = tags[versionTags.artifactDigest]
  if (judgedDigest !== undefined && digest !== undefined && judgedDigest !== digest)
    return { kind: 'other-files' }
  const { [versionTags.verdict]: verdict, [versionTags.adopted]: adopted, ...others } = tags
  if (verdict === 'promote' || (adopted ?? others[versionTags.promotedAt]) !== undefined) return undefined
  return verdict === undefined ? { kind: 'not-evaluated' } : { kind: 'verdict', verdict }
}
