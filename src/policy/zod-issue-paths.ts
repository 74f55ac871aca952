import type * as z from 'zod'
import type { Path } from './yaml.ts'

type Issue = z.core.$ZodIssue
/** A problem at a path. `subject` is the path that the message is about; empty if the message names it. */
export type SchemaProblem = { path: Path; subject: Path; message: string }

/** Converts zod issues into problems. Parse with `reportInput`. */
export function toSchemaProblems(issues: readonly Issue[], under: Path = []): SchemaProblem[] {
  return issues.flatMap((issue) => {
    const path = [...under, ...issue.path.map((part) => (typeof part === 'number' ? part : String(part)))]
    if (issue.code === 'unrecognized_keys')
      return issue.message
        .split('\n')
        .map((message, index) => ({ path: [...path, issue.keys[index] ?? ''], subject: [], message }))
    if (issue.code === 'invalid_key')
      return issue.issues.map(({ message }) => ({ path, subject: [], message }))
    if (issue.code === 'invalid_union') {
      const [only, ...others] = issue.errors.filter((errors) => !isTypeMismatch(errors))
      if (only && others.length === 0) return toSchemaProblems(only, path)
    }
    return [{ path, subject: path, message: typeMessage(issue) ?? issue.message }]
  })
}

/** Whether a union branch expects another type than the input, such as a mapping instead of a text. */
function isTypeMismatch(errors: readonly Issue[]): boolean {
  return errors.some(
    (issue) =>
      issue.path.length === 0 &&
      (issue.code === 'invalid_type' ||
        (issue.code === 'invalid_union' && issue.errors.every((branch) => isTypeMismatch(branch)))),
  )
}

function typeMessage(issue: Issue): string | undefined {
  const { input } = issue
  // A custom rule has its own message.
  if (issue.code === 'custom') return undefined
  if (input === undefined) return 'is required'
  if (input === null) return 'has no value'
  if (issue.code === 'invalid_type' && issue.expected === 'array') return 'is not a list. Write [a, b]'
  if (issue.code === 'invalid_type' && (issue.expected === 'object' || issue.expected === 'record'))
    return 'is not a mapping of keys to values'
  if (typeof input !== 'object') return undefined
  // A union with its own message names the allowed forms.
  const hasMessage = issue.code === 'invalid_union' && issue.message !== 'Invalid input'
  return `is a list or a mapping: ${hasMessage ? issue.message : 'write one value'}`
}
