import type { VersionRecord } from './champion.ts'
import { isDemoted } from './demotion.ts'
import { aimOf } from './history.ts'
import { ledger } from './ledger.ts'
import { type Mark, validMarks } from './marks.ts'
import { type Finding, type Reading, wrong } from './reconcile-reading.ts'

/** A way back that one of our jobs made from a version whose ledger says nothing of it. */
export interface Untold {
  /** The version that the release went away from. */
  from: string
  /** The proof of the revision that it went back by. */
  mark: Mark
}

/**
 * The ways back from versions that are neither demoted nor in quarantine: the job that made one has died before demote,
 * and only the history still knows that someone found the version bad. A way back is one of ours by the page of the
 * workflow run in its mark; a person's own `helm rollback` says nothing against a version. One that serves, or was seen
 * good again after it, has been let through since.
 */
export function untoldWaysBack({
  history,
  marks,
  live,
  versions,
}: Pick<Reading, 'history' | 'marks' | 'live' | 'versions'>): Untold[] {
  const valid = validMarks(marks, history).sort((one, other) => one.revision - other.revision)
  const ways = history.flatMap((line) => {
    const to = aimOf(line)
    const mark = valid.find(({ revision }) => revision === line.revision)
    if (to === undefined || !mark?.run) return []
    const left = valid.findLast(({ revision }) => revision > to && revision < line.revision)
    return left ? [{ from: left.version, mark }] : []
  })
  return ways.filter(({ from, mark }) => {
    const version = versions.find(({ number }) => number === from)
    const again = valid.some((each) => each.version === from && each.revision >= mark.revision)
    return version !== undefined && from !== live?.releaseVersion && !again && !isTold(version)
  })
}

function isTold(version: VersionRecord): boolean {
  return isDemoted(version) || version.tags[ledger.quarantined] !== undefined
}

export function untoldFindings(reading: Reading): Finding[] {
  return untoldWaysBack(reading).map(({ from, mark: { revision, version, run } }) =>
    wrong(
      'gone-back',
      `Release ${reading.release} went back from version ${from} to version ${version} (revision ${revision}, by ${run}), and the ledger of version ${from} does not say why.`,
      `Run demote with model-version: ${from} and the reason, or that workflow once more; with quarantine: false where the fault was not the model's own.`,
    ),
  )
}
