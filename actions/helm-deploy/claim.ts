import { deploymentBudget, type Share } from '../../src/domain/rollout-budget.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import type { Claim } from '../lease/claim.ts'
import type { contract } from './contract.ts'

/** What a deployment may take in all, and of that once it holds the release. */
export function budgetOf({ timeout, verify }: Pick<Inputs<typeof contract>, 'timeout' | 'verify'>): {
  all: Share[]
  held: Share[]
} {
  const trial = { to: 'try a pod out', atMost: timeout }
  const held = deploymentBudget(timeout, verify === undefined ? [] : [trial])
  return { all: [{ to: 'wait for another job', atMost: timeout }, ...held], held }
}

/** @param budget milliseconds */
export function claimOf(
  inputs: Pick<Inputs<typeof contract>, 'timeout' | 'github-token'>,
  context: Context,
  budget: number,
): Claim {
  const { timeout, 'github-token': githubToken } = inputs
  return { action: 'helm-deploy', context, githubToken, timeout, budget }
}
