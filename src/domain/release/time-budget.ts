/** Shares of a time limit in milliseconds, by their purpose: a verb phrase such as "save evidence". */
export type TimeBudget = Readonly<Record<string, number>>

/** Milliseconds to read pods, logs and events before a rollback. */
export const EVIDENCE_MS = 60_000

/** What reading a release and writing the registry may take under the lease. */
export const REGISTRY_UPDATE_BUDGET = { 'update the registry': 60_000 }

/** What a rollback may take under the lease. Each share has its own limit. */
export function rollbackBudget(timeout: number): TimeBudget {
  return { 'save evidence': EVIDENCE_MS, 'roll back': timeout, ...REGISTRY_UPDATE_BUDGET }
}

/**
 * What a deployment may take under the lease.
 * @param timeout milliseconds for the rollout with Helm's hooks, and again for the rollback or the uninstall
 * @param smokeTest milliseconds for the smoke test before it
 */
export function deploymentBudget(timeout: number, smokeTest = 0): TimeBudget {
  return { 'run the smoke test': smokeTest, 'roll out': timeout, ...rollbackBudget(timeout) }
}

/** What comes before the work under a lease. */
export function leaseWaitBudget(timeout: number): TimeBudget {
  return {
    'wait for another job': leaseWaitTimeout(timeout),
    'recover an interrupted operation': EVIDENCE_MS + timeout,
  }
}

/** Milliseconds to wait for a live lease holder: longer than most deployments take. */
export function leaseWaitTimeout(timeout: number): number {
  return 3 * timeout
}

/** Milliseconds after which a pending operation without a lease counts as dead: longer than any deployment may take. */
export function foreignOperationTimeout(timeout: number): number {
  return totalMs(deploymentBudget(timeout))
}

/** Milliseconds in all. */
export function totalMs(budget: TimeBudget): number {
  return Object.values(budget).reduce((sum, limitMs) => sum + limitMs, 0)
}

/** "at most 12 min: 5 min to roll out, 1 min to save evidence, ..." */
export function formatBudget(budget: TimeBudget): string {
  const parts = Object.entries(budget)
    .filter(([, limitMs]) => limitMs > 0)
    .map(([purpose, limitMs]) => `${formatDuration(limitMs)} to ${purpose}`)
  return `at most ${formatDuration(totalMs(budget))}: ${parts.join(', ')}`
}

/** 45 s, 5 min, 5 min 30 s. Rounds up. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000)
  const minutes = Math.floor(seconds / 60)
  const rest = seconds % 60
  if (minutes === 0) return `${rest} s`
  return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`
}
