import type { GatePolicy } from '../../src/domain/gate/criteria/gate-policy.ts'
import { type PolicyOverrides, parseGatePolicy } from '../../src/policy/gate-policy.ts'

function parse(text: string | undefined, inputs: PolicyOverrides = {}, model = 'digits') {
  const document = text === undefined ? undefined : { text, label: 'gate.yml' }
  return parseGatePolicy(document, inputs, model)
}

/** @throws if the policy has problems */
export function parsedPolicy(...given: Parameters<typeof parse>): GatePolicy {
  const result = parse(...given)
  if ('problems' in result) throw new Error(JSON.stringify(result.problems))
  return result.policy
}

/** Lists the problems of a policy, each after the name of its input. */
export function policyProblems(...given: Parameters<typeof parse>): string[] {
  const result = parse(...given)
  return 'problems' in result ? result.problems.map(({ input, message }) => `${input}: ${message}`) : []
}
