import type { VersionRecord } from './champion.ts'
import { isDemoted } from './demotion.ts'
import { versionTags } from './version-tags.ts'

/** A promotion or demotion of a version, and the champion after it. */
export interface ChampionEvent {
  kind: 'promotion' | 'demotion'
  version: string
  champion: string
  /** As the tag has it. */
  at: string
}

/**
 * The latest promotion or demotion in the version tags, if it names another champion.
 * @param champion number of the version that the alias names
 */
export function latestChampionEvent(
  versions: readonly VersionRecord[],
  champion: string,
): ChampionEvent | undefined {
  const events = versions.flatMap(readEvents).filter(({ at }) => !Number.isNaN(Date.parse(at)))
  const latestTime = Math.max(...events.map(({ at }) => Date.parse(at)))
  const latest = events.filter(({ at }) => Date.parse(at) === latestTime)
  return latest.some((event) => event.champion === champion) ? undefined : latest[0]
}

function readEvents({ number: version, tags }: VersionRecord): ChampionEvent[] {
  const { [versionTags.promotedAt]: promotedAt, [versionTags.demotedAt]: demotedAt } = tags
  const demotedTo = tags[versionTags.demotedTo]
  return [
    ...(promotedAt ? [{ kind: 'promotion', version, champion: version, at: promotedAt } as const] : []),
    ...(demotedAt && demotedTo
      ? [{ kind: 'demotion', version, champion: demotedTo, at: demotedAt } as const]
      : []),
  ]
}

/** Whether the tags record a version as champion, so that an alias on it needs no further write. */
export function isRecordedChampion(version: VersionRecord, versions: readonly VersionRecord[]): boolean {
  const isPromoted = Boolean(version.tags[versionTags.promotedAt])
  return isPromoted && !isDemoted(version) && latestChampionEvent(versions, version.number) === undefined
}
