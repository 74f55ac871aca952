import { type LiveRelease, type ServedVersion, servedVersion } from '../release/live-release.ts'

export interface ServingExpectation {
  model: string
  /** The version to prove; undefined accepts the live one. */
  version: string | undefined
  /** Accepts a release whose values name no version, such as one of plain Helm; its pods then decide alone. */
  adopt: boolean
}

export type ServingCheck =
  | { kind: 'serving'; version: string }
  | { kind: 'not-deployed' | 'other-model' }
  | { kind: 'other-version' | 'values-disagree'; served: string }
  | Exclude<ServedVersion, { kind: 'one' }>

/**
 * Whether a release serves a version: its deployed revision names the version, and every ready pod serves it. Without
 * ready pods that is unknown, so it is no proof.
 */
export function checkServing(live: LiveRelease | undefined, expected: ServingExpectation): ServingCheck {
  if (!live) return { kind: 'not-deployed' }
  const { releaseModel, releaseVersion, pods } = live
  if (releaseModel !== undefined && releaseModel !== expected.model) return { kind: 'other-model' }
  const served = servedVersion(pods)
  if (served.kind !== 'one') return served
  const { version } = served
  if (expected.version !== undefined && version !== expected.version)
    return { kind: 'other-version', served: version }
  const isAdoptable = expected.adopt && releaseVersion === undefined
  if (releaseVersion !== version && !isAdoptable) return { kind: 'values-disagree', served: version }
  return { kind: 'serving', version }
}
