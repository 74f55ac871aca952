import { type Live, served } from './live.ts'

/** What was seen serving, or in words why nothing was proven. */
export type Proof =
  | { version: string; words: string; refused?: undefined }
  | { version?: undefined; refused: string }

export interface Claim {
  model: string
  /** The version that shall be champion; undefined where whatever is live shall be. */
  version: string | undefined
  release: string
  /** A release of somebody else's making may name no version in its values; its pods then speak alone. */
  adopt: boolean
}

/**
 * Whether a release proves that a version serves: its deployed revision names the version, and every ready pod serves
 * it. No ready pod is unknown, and so no proof.
 */
export function proofFrom(live: Live | undefined, { model, version, release, adopt }: Claim): Proof {
  if (!live) return refused(`the release ${release} has no deployed revision`)
  const { releaseModel, releaseVersion, revision, pods } = live
  const where = `revision ${revision} of the release ${release}`
  if (releaseModel !== undefined && releaseModel !== model)
    return refused(`${where} serves the model ${releaseModel}`)
  const seen = served(pods)
  if (seen.kind === 'nothing')
    return refused(`what ${where} serves is unknown: no pod of ${live.workload} is ready`)
  if (seen.kind === 'unnamed')
    return refused(
      `what ${where} serves is unknown: by ${live.proof}, ${seen.pods.join(', ')} name no version`,
    )
  if (seen.kind === 'several')
    return refused(`the ready pods of ${where} serve versions ${seen.versions.join(' and ')}`)
  if (version !== undefined && seen.version !== version)
    return refused(`the pods of ${where} serve version ${seen.version}, not ${version}`)
  if (releaseVersion !== seen.version && !(adopt && releaseVersion === undefined))
    return refused(
      `the values of ${where} say version ${releaseVersion ?? '(none)'}, its pods serve ${seen.version}`,
    )
  const ready = pods.filter((pod) => pod.ready).length
  return {
    version: seen.version,
    words: `cluster: ${ready} ${ready === 1 ? 'pod' : 'pods'} of ${live.workload} ready, ${live.proof}, revision ${revision} of ${release}`,
  }
}

function refused(why: string): Proof {
  return { refused: why }
}
