import { parseEnvironmentId, type ReleasePlace } from '../release/environment-id.ts'

/** Another release of the namespace, with the model that its deployed revision names. */
export interface OtherRelease {
  name: string
  model: string | undefined
  version: string | undefined
}

/** The champion, and the environment id of the release that its tags record. */
export interface RecordedChampion {
  model: string
  version: string
  release: string | undefined
}

/** A release, other than the one of this job, that serves the champion. */
export type ChampionRelease =
  | { kind: 'in-namespace'; release: string }
  /** In another namespace or environment, by the tags of the champion. It cannot be read from here. */
  | { kind: 'elsewhere'; id: string }

/** Whether the champion was promoted for this release. An environment that only one side names is no difference. */
export function isPromotedFor(
  { release: id }: Pick<RecordedChampion, 'release'>,
  place: ReleasePlace,
): boolean {
  const recorded = id === undefined ? undefined : parseEnvironmentId(id)
  return recorded !== undefined && recorded.release === place.release && isSamePlace(recorded, place)
}

/** Finds the release that serves the champion among the other releases of the namespace, or by the champion's tags. */
export function findChampionRelease(
  champion: RecordedChampion,
  place: ReleasePlace,
  others: readonly OtherRelease[],
): ChampionRelease | undefined {
  const { model, version, release: id } = champion
  if (isPromotedFor(champion, place)) return undefined
  const recorded = id === undefined ? undefined : parseEnvironmentId(id)
  const isHere = recorded !== undefined && isSamePlace(recorded, place)
  // The values of an adopted release may name no version.
  const serving =
    others.find((other) => other.model === model && other.version === version) ??
    others.find((other) => isHere && other.name === recorded.release && other.version === undefined)
  if (serving) return { kind: 'in-namespace', release: serving.name }
  return id === undefined || !recorded || isHere ? undefined : { kind: 'elsewhere', id }
}

function isSamePlace(one: ReleasePlace, other: ReleasePlace): boolean {
  const isSameEnvironment = !one.environment || !other.environment || one.environment === other.environment
  return isSameEnvironment && one.namespace === other.namespace
}
