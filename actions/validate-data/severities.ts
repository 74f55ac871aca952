import { didYouMean } from '../../src/domain/core/did-you-mean.ts'
import type { SeverityOf } from '../../src/domain/data/column-check.ts'
import { type CheckName, checkNames, type Severity } from '../../src/domain/data/schema.ts'
import { quote } from '../../src/runtime/fields.ts'

export type Severities = ReadonlyMap<CheckName, Severity>

/** Reads lines such as `nulls: warn`. */
export function readSeverities(text: string): { severities: Severities; problems: string[] } {
  const severities = new Map<CheckName, Severity>()
  const problems: string[] = []
  for (const line of text.split(/[\n,]/).map((each) => each.trim())) {
    if (line === '') continue
    const [, name = '', level = ''] = /^([^:]*):(.*)$/.exec(line)?.map((part) => part.trim()) ?? []
    const check = checkNames.find((each) => each === name)
    const severity = (['error', 'warn'] as const).find((each) => each === level)
    if (name === '') problems.push(`${quote(line)} is not a check with its level. Write nulls: warn`)
    else if (!check) problems.push(describeUnknownCheck(name))
    else if (!severity) problems.push(`${quote(line)} has a level that is not error or warn`)
    else if (severities.has(check)) problems.push(`sets ${check} twice`)
    else severities.set(check, severity)
  }
  return { severities, problems }
}

function describeUnknownCheck(name: string): string {
  const similar = didYouMean(name, checkNames)
  const suggestion = similar === undefined ? '.' : `, did you mean ${similar}?`
  return `${quote(name)} is not a check${suggestion} The checks are ${checkNames.join(', ')}`
}

/** The severity of the input, of the rule, of its column, or error. */
export function createSeverityOf(severities: Severities | undefined): SeverityOf {
  return (check, ...fromSchema) =>
    severities?.get(check) ?? fromSchema.find((severity) => severity !== undefined) ?? 'error'
}
