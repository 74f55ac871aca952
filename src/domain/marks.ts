import type { Revision } from './history.ts'
import { type Live, served } from './live.ts'

/**
 * The proof that a revision came up: written only after its pods were seen ready and serving. Helm's own status says
 * `deployed` before any pod is ready, so it proves nothing.
 */
export interface Mark {
  revision: number
  /** Helm's time of that revision: a mark of an earlier release of the same name is known by it as stale. */
  updated: string
  model: string
  /** The version that the pods served; empty where they were ready, but named none. */
  version: string
  /** Artifact digest of the version; empty where MLflow was not asked. */
  digest: string
  /** Web page of the workflow run that saw it. */
  run: string
  /** ISO 8601, UTC. */
  provenAt: string
}

/** Key of the lease of the release, which lies beside its marks. */
export const LEASE_KEY = 'lease'

/** Key of a mark in the ConfigMap's data. */
export function markKey(revision: number): string {
  return `v${revision}`
}

/** Whether a mark is of these files: by their digests where both are known, else by the number of the version. */
export function isMarkOf(
  mark: Mark,
  { model, version, digest }: { model: string; version: string; digest: string | undefined },
): boolean {
  if (mark.model !== '' && mark.model !== model) return false
  return mark.digest !== '' && digest !== undefined ? mark.digest === digest : mark.version === version
}

/** Marks of revisions that Helm still has, and of no earlier release of the same name. */
export function validMarks(marks: readonly Mark[], history: readonly Revision[]): Mark[] {
  return marks.filter(({ revision, updated }) =>
    history.some((known) => known.revision === revision && known.updated === updated),
  )
}

/**
 * What a merge patch must change to add a mark and drop those that are no longer valid (null removes a key). Of revisions
 * after the last one of the history, nothing is known: another job may have written them since it was read.
 */
export function markPatch(
  keys: readonly string[],
  marks: readonly Mark[],
  history: readonly Revision[],
  added: Mark,
): Record<string, string | null> {
  const last = history.at(-1)?.revision ?? 0
  const later = marks.filter(({ revision }) => revision > last)
  const kept = new Set([...validMarks(marks, history), ...later].map(({ revision }) => markKey(revision)))
  const dropped = keys.filter((key) => key !== LEASE_KEY && !kept.has(key))
  return {
    ...Object.fromEntries(dropped.map((key) => [key, null])),
    [markKey(added.revision)]: JSON.stringify(added),
  }
}

/**
 * The version that a release is seen to serve, as a mark would say it: its rollout is over, and its pods agree with each
 * other and with the release. Empty where they name none; undefined where this is no proof.
 */
export function versionProvenBy(live: Live): string | undefined {
  if (!live.settled) return undefined
  const serves = served(live.pods)
  if (serves.kind === 'unnamed') return ''
  if (serves.kind !== 'one') return undefined
  return live.releaseVersion === undefined || live.releaseVersion === serves.version
    ? serves.version
    : undefined
}

/**
 * The version that a release serves still although Helm's last upgrade of it failed: its rollout is not over and never
 * will be, but every pod that is ready serves what the deployed revision says. Undefined where that is not so. Weaker than
 * `versionProvenBy`, and for one end only: to know the way back to what was live.
 */
export function versionKeptBy(live: Live, history: readonly Revision[]): string | undefined {
  const newest = history.at(-1)
  if (newest?.status !== 'failed' || newest.revision < live.revision) return undefined
  const serves = served(live.pods)
  return serves.kind === 'one' && serves.version === live.releaseVersion ? serves.version : undefined
}
