/** One line of `helm history`. */
export interface Revision {
  revision: number
  /** When Helm wrote it. Distinguishes a revision from one of the same number of an earlier release of this name. */
  updated: string
  /** deployed, superseded, failed, pending-install, pending-upgrade, pending-rollback, uninstalled, ... */
  status: string
  /** Whether a rollback wrote it, not an install or an upgrade. */
  isRollback: boolean
  /** The revision that a rollback repeats; undefined where Helm does not name it. */
  rollbackOf?: number | undefined
}

/** The revision whose objects Helm applied last. Its pods need not be ready. */
export function deployedRevision(history: readonly Revision[]): Revision | undefined {
  return history.findLast(({ status }) => status === 'deployed')
}

/**
 * A clause that says that a release has no deployed revision: nothing was ever installed, or a rollback failed, for which
 * Helm supersedes the revision before it.
 */
export function describeNoDeployedRevision(release: string, history: readonly Revision[]): string {
  const last = history.at(-1)
  const state = last ? ` (its last one, ${last.revision}, is ${last.status})` : ''
  return `release ${release} has no deployed revision${state}`
}

/** The newest revision where Helm has it locked: another helm is running, or died while it ran. */
export function pendingRevision(history: readonly Revision[]): Revision | undefined {
  const last = history.at(-1)
  return last?.status.startsWith('pending-') ? last : undefined
}
