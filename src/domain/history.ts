import { type Mark, validMarks } from './marks.ts'

/** One line of `helm history`. */
export interface Revision {
  revision: number
  /** When Helm wrote it. Tells a revision from one of the same number of an earlier release of this name. */
  updated: string
  /** deployed, superseded, failed, pending-install, pending-upgrade, pending-rollback, uninstalled, ... */
  status: string
  chart: string
  description: string
}

/** The revision whose objects are in the cluster, by Helm's own account. Says nothing of whether its pods are ready. */
export function deployedRevision(history: readonly Revision[]): Revision | undefined {
  return history.findLast(({ status }) => status === 'deployed')
}

/**
 * That a release has no deployed revision, as a clause. So it is where nothing was ever installed, and also after a
 * rollback that failed: Helm then supersedes the revision before it.
 */
export function noneDeployed(release: string, history: readonly Revision[]): string {
  const last = history.at(-1)
  const state = last ? ` (its last one, ${last.revision}, is ${last.status})` : ''
  return `release ${release} has no deployed revision${state}`
}

/** The revision that another helm is at work on, or died on. */
export function pendingRevision(history: readonly Revision[]): Revision | undefined {
  const last = history.at(-1)
  return last?.status.startsWith('pending-') ? last : undefined
}

/** The newest revision, where it is not this one any more: another job is at work on the release. */
export function overtaker(history: readonly Revision[], own: number): Revision | undefined {
  return history.findLast(({ revision }) => revision > own)
}

/**
 * Whether a revision is a rollback, by Helm's own words. Where the API server does not take one of its objects, Helm 3
 * and 4 write that over the number that it was to repeat (pkg/action/rollback.go); where a hook fails, or helm is killed,
 * it stays pending.
 */
export function isWayBack({ description, status }: Revision): boolean {
  return status === 'pending-rollback' || /^Rollback (to \d+|"[^"]*" failed: )/.test(description)
}

/** The revision that one repeats; undefined where it is no rollback, or one over whose number Helm wrote its error. */
export function aimOf(revision: Revision | undefined): number | undefined {
  const [, to] = /^Rollback to (\d+)/.exec(revision?.description ?? '') ?? []
  return to === undefined ? undefined : Number(to)
}

/** Whether some later way back led away from a revision: someone had found it bad, so nobody goes back to it. */
export function wasTakenBack(revision: number, history: readonly Revision[]): boolean {
  return history.some((later) => {
    const to = aimOf(later)
    return to !== undefined && to < revision && revision < later.revision
  })
}

/**
 * Where to go back to: the newest revision before `before` that was seen good, by its mark, and that nobody has taken back
 * since then. Helm's own "previous revision" would be the last number, whatever became of it.
 */
export function lastProven(
  history: readonly Revision[],
  marks: readonly Mark[],
  before: number,
): Mark | undefined {
  return validMarks(marks, history)
    .filter(({ revision }) => revision < before && !wasTakenBack(revision, history))
    .sort((one, other) => other.revision - one.revision)[0]
}
