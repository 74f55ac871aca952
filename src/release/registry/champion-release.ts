import type { ReleaseHistory } from '../../adapters/kubernetes/release/release.ts'
import type { VersionRecord } from '../../domain/registry/champion.ts'
import {
  type ChampionRelease,
  findChampionRelease,
  isPromotedFor,
} from '../../domain/registry/champion-release.ts'
import { championReleaseTag, type Tags } from '../../domain/registry/version-tags.ts'
import { formatEnvironmentId, type ReleasePlace } from '../../domain/release/environment-id.ts'

/**
 * The release, other than the one at `place`, that serves the champion. Lists the releases of the namespace, unless the
 * champion was promoted for this one.
 */
export async function readChampionRelease(
  release: Pick<ReleaseHistory, 'listOtherReleases'>,
  place: ReleasePlace,
  { model, alias }: { model: string; alias: string },
  { number, tags }: VersionRecord,
): Promise<ChampionRelease | undefined> {
  const champion = { model, version: number, release: tags[championReleaseTag(alias)] }
  if (isPromotedFor(champion, place)) return undefined
  return findChampionRelease(champion, place, await release.listOtherReleases())
}

/** The inputs that name the release which serves the champion; there is none with `proof: none`. */
interface ChampionReleaseInputs {
  proof: 'cluster' | 'none'
  release?: string | undefined
  namespace: string
  environment?: string | undefined
  'champion-alias': string
}

/** The release whose champion the inputs write; undefined for a model without a release. */
export function readReleasePlace(inputs: ChampionReleaseInputs): ReleasePlace | undefined {
  const { proof, release } = inputs
  return proof === 'none' || release === undefined ? undefined : { ...inputs, release }
}

/** The tag that gives the alias to this release, for the version that becomes champion. */
export function buildReleaseTags(inputs: ChampionReleaseInputs): Tags {
  const place = readReleasePlace(inputs)
  return place ? { [championReleaseTag(inputs['champion-alias'])]: formatEnvironmentId(place) } : {}
}

/** What is known of the release that serves the champion, as a clause. */
export function describeChampionRelease(found: ChampionRelease): string {
  return found.kind === 'in-namespace'
    ? `release ${found.release} serves it`
    : `it was promoted for release ${found.id}`
}
