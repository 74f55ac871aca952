import { rollbackBudget, type Share } from '../../src/domain/rollout-budget.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import type { Claim } from '../lease/claim.ts'
import type { contract } from './contract.ts'

/** What a rollback may take in all, and of that once it holds the release. */
export function budgetOf({ timeout }: Pick<Inputs<typeof contract>, 'timeout'>): {
  all: Share[]
  held: Share[]
} {
  const held = rollbackBudget(timeout)
  return { all: [{ to: 'wait for another job', atMost: timeout }, ...held], held }
}

/** @param budget milliseconds */
export function claimOf(
  { timeout, 'github-token': githubToken }: Pick<Inputs<typeof contract>, 'timeout' | 'github-token'>,
  context: Context,
  budget: number,
): Claim {
  return { action: 'helm-rollback', context, githubToken, timeout, budget }
}
