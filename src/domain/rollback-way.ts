import { aimOf, type Revision } from './history.ts'
import type { Live } from './live.ts'
import { type Mark, validMarks } from './marks.ts'

/** A rollback that has been made already. */
export interface WayBack {
  /** The revision that it made, and that is deployed now. */
  revision: number
  /** The version that the release went away from: the last one seen good between the two. */
  from: string
  /** The version that the revision carries, from the mark of the one that it repeats; undefined where unknown. */
  version: string | undefined
  /** The proof that it came up; undefined where nobody saw it (yet). */
  mark: Mark | undefined
}

/**
 * The way back that the deployed revision is, by Helm's own words ("Rollback to N"); undefined where it is none. An
 * upgrade leads forward, whatever its number: a version that it replaced was not taken back.
 */
export function wayBack({
  history,
  marks,
  live,
}: {
  history: readonly Revision[]
  marks: readonly Mark[]
  live: Live
}): WayBack | undefined {
  const { revision } = live
  const to = aimOf(history.find((each) => each.revision === revision))
  const valid = validMarks(marks, history).sort((one, other) => one.revision - other.revision)
  const from = valid.findLast((mark) => to !== undefined && mark.revision > to && mark.revision < revision)
  if (!from || to === undefined) return undefined
  return {
    revision,
    from: from.version,
    version: live.releaseVersion ?? valid.find((mark) => mark.revision === to)?.version,
    mark: valid.find((mark) => mark.revision === revision),
  }
}
