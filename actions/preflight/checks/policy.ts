import type { GatePolicy } from '../../../src/domain/gate/criteria/gate-policy.ts'
import { findForceProblems, loadGatePolicy } from '../../../src/policy/policy-inputs.ts'
import type { PreflightInputs } from '../adapters.ts'
import type { Checklist } from '../checklist.ts'

/** @returns undefined for an invalid policy */
export async function checkPolicy(
  list: Checklist,
  inputs: PreflightInputs,
  workspace: string,
): Promise<GatePolicy | undefined> {
  for (const { input, message } of findForceProblems(inputs)) list.report('Force', 'failed', message, input)
  const loaded = await list.run('Policy', 'policy', () => loadGatePolicy(inputs, workspace))
  if (!loaded) return undefined
  const { policy, file } = loaded
  const { kind } = policy.comparison
  list.pass('Policy', `${file ?? 'from the inputs'}: kind ${kind}, metric ${policy.primary.metric}.`)
  return policy
}
