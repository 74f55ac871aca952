import type { VersionRecord } from './champion.ts'
import { isDemoted } from './demotion.ts'
import { ledger } from './ledger.ts'

/**
 * The ledger tells the story in order: the last one to be promoted, or restored by a demotion, is champion.
 * @returns as a clause, what its last word is where that makes another version champion; undefined where it has none
 */
export function otherLastWord(versions: readonly VersionRecord[], champion: string): string | undefined {
  const events = versions.flatMap(({ number, tags }) => {
    const { [ledger.promotedAt]: promoted, [ledger.demotedAt]: demoted, [ledger.demotedTo]: to } = tags
    return [
      ...(promoted
        ? [
            {
              at: Date.parse(promoted),
              champion: number,
              said: `version ${number} was promoted on ${promoted}`,
            },
          ]
        : []),
      ...(demoted && to
        ? [
            {
              at: Date.parse(demoted),
              champion: to,
              said: `version ${number} was taken back in favour of ${to} on ${demoted}`,
            },
          ]
        : []),
    ]
  })
  const known = events.filter(({ at }) => !Number.isNaN(at))
  const latest = Math.max(...known.map(({ at }) => at))
  const last = known.filter(({ at }) => at === latest)
  return last.some((event) => event.champion === champion) ? undefined : last[0]?.said
}

/** Whether the ledger tells that a version is champion, so that nothing need be written where the alias names it. */
export function isToldChampion(version: VersionRecord, versions: readonly VersionRecord[]): boolean {
  const promoted = Boolean(version.tags[ledger.promotedAt])
  return promoted && !isDemoted(version) && otherLastWord(versions, version.number) === undefined
}
