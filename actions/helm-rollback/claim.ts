import { beforehand, rollbackBudget, type Share } from '../../src/domain/rollout-budget.ts'

/** What a rollback may take in all, and of that once it holds the release. */
export function budgetOf({ timeout }: { timeout: number }): { all: Share[]; held: Share[] } {
  const held = rollbackBudget(timeout)
  return { all: [...beforehand(timeout), ...held], held }
}
