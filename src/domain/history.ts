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

/** The revision that another helm is at work on, or died on. */
export function pendingRevision(history: readonly Revision[]): Revision | undefined {
  const last = history.at(-1)
  return last?.status.startsWith('pending-') ? last : undefined
}
