import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { isCollection, isMap, isScalar, LineCounter, parseDocument } from 'yaml'
import { UserError } from '../../src/domain/failure.ts'
import { canonical, type Policy } from '../../src/domain/policy.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import { shown } from '../../src/runtime/fields.ts'
import { type contract, policyFields } from './contract.ts'
import { policyGaps } from './policy-gaps.ts'

type Keys = Pick<Inputs<typeof contract>, keyof typeof policyFields>

/** The policy of the `policy` input, overridden by the inputs of the same names. Throws UserError for each bad line. */
export function policyFrom(inputs: Keys & { policy?: string | undefined }, workspace: string): Policy {
  const file: Partial<Keys> = inputs.policy === undefined ? {} : readPolicy(inputs.policy, workspace)
  const decisive = { metric: inputs.metric ?? file.metric, direction: inputs.direction ?? file.direction }
  const [gap] = policyGaps(decisive)
  if (gap) throw new UserError(`Input ${gap.input}: ${gap.message}.`)
  const { metric = '', direction = 'higher' } = decisive
  return {
    metric,
    direction,
    minImprovement: inputs['min-improvement'] ?? file['min-improvement'] ?? '0',
    minValue: inputs['min-value'] ?? file['min-value'],
  }
}

/** Names a policy in the ledger: sha256 (hex) of its canonical form. */
export function policyHash(policy: Policy): string {
  return createHash('sha256').update(canonical(policy)).digest('hex')
}

/** YAML has a key with a colon, or several lines; a path has neither. */
function readPolicy(given: string, workspace: string): Keys {
  if (/\n|^\s*[\w"'-]+\s*:(\s|$)|^\s*\{/.test(given)) return parse(given, 'policy')
  const path = resolve(workspace, given)
  try {
    return parse(readFileSync(path, 'utf8'), given)
  } catch (cause) {
    if (cause instanceof UserError) throw cause
    throw new UserError(
      `Input policy: ${shown(given)} is neither YAML nor a file that can be read (${cause instanceof Error ? cause.message : cause}); check the path, and that the repository is checked out.`,
    )
  }
}

function parse(text: string, where: string): Keys {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const at = (offset: number | undefined) => `${where}, line ${lines.linePos(offset ?? 0).line}`
  const problems = document.errors.map((error) => `${at(error.pos[0])}: ${error.message}`)
  const keys: Record<string, unknown> = {}
  if (problems.length === 0 && !isMap(document.contents))
    problems.push(`${where}: is not a mapping of keys to values`)
  for (const { key, value } of isMap(document.contents) ? document.contents.items : []) {
    const name = isScalar(key) ? String(key.value) : ''
    const line = at(isScalar(key) ? key.range?.[0] : undefined)
    const field = Object.hasOwn(policyFields, name) ? policyFields[name as keyof Keys] : undefined
    // The text as it was written, so that 0.10 stays exact; a quoted one is the same.
    const written =
      isScalar(value) && value.value !== null ? (value.source ?? String(value.value)) : undefined
    const result = field?.safeParse(written)
    if (!result)
      problems.push(`${line}: unknown key ${shown(name)}; known are ${Object.keys(policyFields).join(', ')}`)
    else if (isCollection(value)) problems.push(`${line}: ${name} is a list or a mapping; give one value`)
    else if (written === undefined || !result.success)
      problems.push(`${line}: ${name} ${result.error?.issues[0]?.message ?? 'has no value'}`)
    else keys[name] = result.data
  }
  if (problems.length > 0)
    throw new UserError(problems.map((problem) => `Input policy: ${problem}`).join('\n'))
  return keys as Keys
}
