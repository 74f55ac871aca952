import { type LiveRelease, servedVersion } from './live-release.ts'
import type { Revision } from './revision-history.ts'

/**
 * A revision whose pods were seen ready and serving. Helm's status is `deployed` before any pod is ready, so it verifies
 * nothing.
 */
export interface VerifiedRevision {
  revision: number
  /** Helm's time of the revision. It distinguishes a revision from one of an earlier release of the same name. */
  updated: string
  model: string
  /** The version that the pods served; empty where they named none. */
  version: string
  /** Artifact digest of the version; empty without a tracking server. */
  digest: string
  /** Web page of the workflow run that verified it. */
  run: string
  /** ISO 8601, UTC. */
  verifiedAt: string
}

/** Its key in the ConfigMap's data. */
export function verifiedRevisionKey(revision: number): string {
  return `revision.${revision}`
}

/** Whether a verified revision served these files: by their digests where both are known, else by the version number. */
export function matchesVersion(
  verified: VerifiedRevision,
  { model, version, digest }: { model: string; version: string; digest?: string | undefined },
): boolean {
  if (verified.model !== '' && verified.model !== model) return false
  return verified.digest !== '' && digest !== undefined
    ? verified.digest === digest
    : verified.version === version
}

/** Those that Helm still has, without those of an earlier release of the same name. */
export function validVerifiedRevisions(
  verified: readonly VerifiedRevision[],
  history: readonly Revision[],
): VerifiedRevision[] {
  return verified.filter(({ revision, updated }) =>
    history.some((known) => known.revision === revision && known.updated === updated),
  )
}

/** The verified revision with this number; undefined where it is not verified. */
export function findVerifiedRevision(
  {
    verifiedRevisions,
    history,
  }: { verifiedRevisions: readonly VerifiedRevision[]; history: readonly Revision[] },
  revision: number | undefined,
): VerifiedRevision | undefined {
  return validVerifiedRevisions(verifiedRevisions, history).find((each) => each.revision === revision)
}

/**
 * The merge patch that adds a verified revision and removes (null) those that are no longer valid. Later revisions than the
 * history has stay: another job may have written them since it was read.
 */
export function buildVerifiedRevisionPatch(
  keys: readonly string[],
  verified: readonly VerifiedRevision[],
  history: readonly Revision[],
  added: VerifiedRevision,
): Record<string, string | null> {
  const last = history.at(-1)?.revision ?? 0
  const later = verified.filter(({ revision }) => revision > last)
  const valid = [...validVerifiedRevisions(verified, history), ...later]
  const kept = new Set(valid.map(({ revision }) => verifiedRevisionKey(revision)))
  const dropped = keys.filter((key) => /^revision\.\d+$/.test(key) && !kept.has(key))
  return {
    ...Object.fromEntries(dropped.map((key) => [key, null])),
    [verifiedRevisionKey(added.revision)]: JSON.stringify(added),
  }
}

/**
 * The version of a completed rollout whose pods agree with each other and with the release. Empty where they name none;
 * undefined where nothing is verified.
 */
export function verifiedVersion(live: LiveRelease): string | undefined {
  if (!live.rolloutComplete) return undefined
  const serves = servedVersion(live.pods)
  if (serves.kind === 'version-unknown') return ''
  if (serves.kind !== 'one') return undefined
  return live.releaseVersion === undefined || live.releaseVersion === serves.version
    ? serves.version
    : undefined
}

/**
 * The version that a release still serves after a failed upgrade: its rollout never completes, but every ready pod serves
 * the version of the deployed revision. Weaker than verifiedVersion, and only good to know the rollback target.
 */
export function stillServedVersion(live: LiveRelease, history: readonly Revision[]): string | undefined {
  const newest = history.at(-1)
  if (newest?.status !== 'failed' || newest.revision < live.revision) return undefined
  const serves = servedVersion(live.pods)
  return serves.kind === 'one' && serves.version === live.releaseVersion ? serves.version : undefined
}
