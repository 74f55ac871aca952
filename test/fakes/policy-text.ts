import type { GatePolicy } from '../../src/domain/gate/criteria/gate-policy.ts'
import { type PolicyOverrides, parseGatePolicy } from '../../src/policy/gate-policy.ts'

function parse(text: string | undefined, inputs: PolicyOverrides = {}, model = 'digits') {
  const document = text === undefined ? undefined : { text, label: 'gate.yml' }
  return parseGatePolicy(document, inputs, model)
}

/** @throws where there are problems */
export function parsedPolicy(...given: Parameters<typeof parse>): GatePolicy {
  const answer = parse(...given)
  if ('problems' in answer) throw new Error(JSON.stringify(answer.problems))
  return answer.policy
}

/** What is wrong with it, each after the input that it is in. */
export function policyProblems(...given: Parameters<typeof parse>): string[] {
  const answer = parse(...given)
  return 'problems' in answer ? answer.problems.map(({ input, message }) => `${input}: ${message}`) : []
}
