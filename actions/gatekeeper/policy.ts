import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { UserError } from '../../src/domain/failure.ts'
import { canonical } from '../../src/domain/gate/canonical.ts'
import type { GatePolicy } from '../../src/domain/gate/policy.ts'
import type { Problem } from '../../src/runtime/contract.ts'
import { shown } from '../../src/runtime/fields.ts'
import type { PolicyText } from '../../src/runtime/policy/document.ts'
import { type GateInputs, gatePolicy } from '../../src/runtime/policy/gate-policy.ts'
import { LARGEST } from '../../src/runtime/policy/yaml.ts'
import { policyFields } from './policy-fields.ts'

/** The inputs that a policy is made of. Without a model, what a document says of all models holds. */
export interface PolicyInputs extends GateInputs {
  policy?: string | undefined
  'model-name'?: string | undefined
}

export interface ReadPolicy {
  policy: GatePolicy
  /** sha256 (hex) of what the policy asks of a model: names it in the ledger. */
  hash: string
  /** Path as given, where the policy came from a file. */
  file: string | undefined
}

/**
 * The policy of the `policy` input (a path from the workspace on, or YAML), with the inputs of its keys' names laid over
 * it. @throws UserError with a line for everything that is wrong
 */
export function readGatePolicy(inputs: PolicyInputs, workspace: string): ReadPolicy {
  const { policy: given } = inputs
  if (given === undefined) return policyOf(undefined, inputs)
  const file = isYaml(given) ? undefined : given
  const text = file === undefined ? given : readText(file, workspace)
  return { ...policyOf({ text, where: file ?? 'policy' }, inputs), file }
}

/** The same for a text that is at hand. */
export function policyOf(document: PolicyText | undefined, inputs: PolicyInputs): ReadPolicy {
  const read = gatePolicy(document, inputs, inputs['model-name'])
  if ('problems' in read)
    throw new UserError(read.problems.map(({ input, message }) => `Input ${input}: ${message}`).join('\n'))
  return { policy: read.policy, hash: policyHash(read.policy), file: undefined }
}

/** What is wrong with a policy that the inputs alone make; with a document, that is known only when it has been read. */
export function inputProblems(inputs: PolicyInputs): Problem[] {
  // A rule is asked of unreadable inputs, too: of another kind, nothing can be said.
  const isKind = policyFields.kind.safeParse(inputs.kind).success
  if (inputs.policy !== undefined || !isKind) return []
  const read = gatePolicy(undefined, inputs, undefined)
  return 'problems' in read ? read.problems : []
}

/**
 * One name for all ways to write the same policy. What is done with a verdict is no part of it, so that a dry run comes
 * to the verdict that an enforced one comes to.
 */
export function policyHash(policy: GatePolicy): string {
  return createHash('sha256')
    .update(canonical({ ...policy, decision: undefined }))
    .digest('hex')
}

/** YAML has a key with a colon, or several lines; a path has neither. */
function isYaml(given: string): boolean {
  return /\n|^\s*[\w"'-]+\s*:(\s|$)|^\s*\{/.test(given)
}

function readText(file: string, workspace: string): string {
  const path = resolve(workspace, file)
  try {
    if (statSync(path).size <= LARGEST) return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new UserError(
      `Input policy: ${shown(file)} is neither YAML nor a file that can be read (${cause instanceof Error ? cause.message : cause}); check the path, and that the repository is checked out.`,
    )
  }
  throw new UserError(`Input policy: ${shown(file)} is larger than 256 KB, which no policy needs.`)
}
