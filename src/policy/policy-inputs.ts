import { createHash } from 'node:crypto'
import { UserError } from '../domain/core/errors.ts'
import { canonicalizePolicy } from '../domain/gate/criteria/canonical-policy.ts'
import type { GatePolicy } from '../domain/gate/criteria/gate-policy.ts'
import type { Problem } from '../runtime/contract.ts'
import { choice, decimal, flag, text } from '../runtime/fields.ts'
import { type PolicyOverrides, parseGatePolicy } from './gate-policy.ts'
import { gateSchema } from './gate-schema.ts'
import type { PolicyText } from './policy-file.ts'
import { isDouble, metricName } from './scalars.ts'
import { readYamlInput } from './yaml.ts'

const doubleField = () => decimal().refine(isDouble, { error: 'exceeds the range of a double', abort: true })
const nonNegativeField = () =>
  doubleField().refine((value) => !value.startsWith('-'), { error: 'is negative. Set 0 or more' })

/** The inputs that make up a policy, for every action that reads one. */
export const policyFields = {
  policy: text()
    .optional()
    .describe(
      'Policy as YAML, or the path of a policy file such as `retrain-policy.yml`. Inputs with the names of its keys override it.',
    ),
  // Policy keys that are also inputs. If neither sets a key, the default of the policy applies.
  kind: choice(['challenger', 'refresh', 'threshold'])
    .optional()
    .describe(
      '`challenger` (default): the candidate must be better than the champion. `refresh`: it must not be worse by more than `margin`. `threshold`: it must meet the fixed limits of the policy.',
    ),
  metric: metricName()
    .optional()
    .describe('Primary metric, as the run logged it. Required here or in `policy`.'),
  direction: choice(['higher', 'lower'])
    .optional()
    .describe(
      'Whether `higher` or `lower` values are better. Required, unless the metric is one that the gate computes (`accuracy`, `val_auc`, `rmse`, …), whose direction is known.',
    ),
  'min-improvement': nonNegativeField()
    .optional()
    .describe(
      'Kind `challenger`: required improvement, absolute. Default 0: any improvement. An equal model is not an improvement.',
    ),
  margin: nonNegativeField()
    .optional()
    .describe('Kind `refresh`: maximum regression, absolute. Required there.'),
  'min-value': doubleField()
    .optional()
    .describe('Minimum acceptable value (with `lower`, the maximum), also for a first model.'),
} as const

/** The inputs that override the verdict. */
export const forceFields = {
  force: flag()
    .prefault('false')
    .describe(
      'Promote despite the verdict. Does not override quarantine, a missing model, a run that is not FINISHED, an untrusted policy, or a failed self-test.',
    ),
  'force-reason': text()
    .optional()
    .describe('Reason for the override. Required with `force`; recorded in the version tags with the actor.'),
} as const

/** The inputs that make up a policy. Without a model name, the defaults of the document apply. */
export interface PolicyInputs extends PolicyOverrides {
  policy?: string | undefined
  'model-name'?: string | undefined
}

export interface LoadedPolicy {
  policy: GatePolicy
  /** sha256 (hex) of the policy's criteria; recorded in the version tags. */
  hash: string
  /** Path as given; undefined if the policy is not a file. */
  file: string | undefined
}

/**
 * Loads the policy from the `policy` input (YAML, or a path relative to the workspace) and applies the other inputs as
 * overrides.
 * @throws UserError with one line for each problem
 */
export function loadGatePolicy(inputs: PolicyInputs, workspace: string): LoadedPolicy {
  const { policy: given } = inputs
  if (given === undefined) return parsePolicy(undefined, inputs)
  const { text, file } = readYamlInput('policy', given, workspace)
  return { ...parsePolicy({ text, label: file ?? 'policy' }, inputs), file }
}

/** Parses a policy document and applies the inputs as overrides. @throws UserError as loadGatePolicy */
export function parsePolicy(document: PolicyText | undefined, inputs: PolicyInputs): LoadedPolicy {
  const read = parseGatePolicy(document, inputs, inputs['model-name'])
  if ('problems' in read)
    throw new UserError(read.problems.map(({ input, message }) => `Input ${input}: ${message}`).join('\n'))
  // Without `decision`: a dry run has the hash of the enforced run.
  const criteria = canonicalizePolicy({ ...read.policy, decision: undefined })
  return { policy: read.policy, hash: createHash('sha256').update(criteria).digest('hex'), file: undefined }
}

/** Finds the problems of a policy that consists of inputs only. A document is checked when it is read. */
export function findInputProblems(inputs: PolicyInputs): Problem[] {
  // Contract rules also run on invalid inputs. An invalid kind is reported elsewhere.
  const isKind = gateSchema.shape.kind.safeParse(inputs.kind).success
  if (inputs.policy !== undefined || !isKind) return []
  const read = parseGatePolicy(undefined, inputs, undefined)
  return 'problems' in read ? read.problems : []
}

interface ForceInputs {
  force: boolean
  'force-reason'?: string | undefined
}

export function findForceProblems({ force, 'force-reason': reason }: ForceInputs): Problem[] {
  return force === true && !reason ? [{ input: 'force-reason', message: 'is required with force' }] : []
}

/** Checks again for callers that set `force` after the inputs were read. @throws UserError */
export function requireForceReason(inputs: ForceInputs): void {
  const [problem] = findForceProblems(inputs)
  if (problem) throw new UserError(`Input ${problem.input}: ${problem.message}.`)
}
