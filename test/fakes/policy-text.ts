import type { GatePolicy } from '../../src/domain/gate/policy.ts'
import { type GateInputs, gatePolicy } from '../../src/runtime/policy/gate-policy.ts'

function read(text: string | undefined, inputs: GateInputs = {}, model = 'digits') {
  const document = text === undefined ? undefined : { text, where: 'gate.yml' }
  return gatePolicy(document, inputs, model)
}

/** @throws where there are problems */
export function policy(...given: Parameters<typeof read>): GatePolicy {
  const answer = read(...given)
  if ('problems' in answer) throw new Error(JSON.stringify(answer.problems))
  return answer.policy
}

/** What is wrong with it, each after the input that it is in. */
export function problems(...given: Parameters<typeof read>): string[] {
  const answer = read(...given)
  return 'problems' in answer ? answer.problems.map(({ input, message }) => `${input}: ${message}`) : []
}
