import { beforehand, deploymentBudget, type Share } from '../../src/domain/rollout-budget.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import type { contract } from './contract.ts'

/** What a deployment may take in all, and of that once it holds the release. */
export function budgetOf({ timeout, verify }: Pick<Inputs<typeof contract>, 'timeout' | 'verify'>): {
  all: Share[]
  held: Share[]
} {
  const trial = { to: 'try a pod out', atMost: timeout }
  const held = deploymentBudget(timeout, verify === undefined ? [] : [trial])
  return { all: [...beforehand(timeout), ...held], held }
}
