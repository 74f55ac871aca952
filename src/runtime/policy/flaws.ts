import type * as z from 'zod'
import type { Path } from './yaml.ts'

type Issue = z.core.$ZodIssue
/** A place and what is wrong there; `subject` is what the message speaks of, and empty where it names that itself. */
export type Flaw = { path: Path; subject: Path; message: string }

/** What zod found, in words; each with the place where it is. Needs `reportInput`. */
export function flawsIn(issues: readonly Issue[], under: Path = []): Flaw[] {
  return issues.flatMap((issue) => {
    const path = [...under, ...issue.path.map((part) => (typeof part === 'number' ? part : String(part)))]
    if (issue.code === 'unrecognized_keys')
      return issue.message
        .split('\n')
        .map((message, index) => ({ path: [...path, issue.keys[index] ?? ''], subject: [], message }))
    if (issue.code === 'invalid_key')
      return issue.issues.map(({ message }) => ({ path, subject: [], message }))
    if (issue.code === 'invalid_union') {
      const [only, ...others] = issue.errors.filter((errors) => !isOfOtherType(errors))
      if (only && others.length === 0) return flawsIn(only, path)
    }
    return [{ path, subject: path, message: typeMessage(issue) ?? issue.message }]
  })
}

/** Whether a branch of a union was never meant: it wanted a mapping where a text stands, or the other way round. */
function isOfOtherType(errors: readonly Issue[]): boolean {
  return errors.some(
    (issue) =>
      issue.path.length === 0 &&
      (issue.code === 'invalid_type' ||
        (issue.code === 'invalid_union' && issue.errors.every((branch) => isOfOtherType(branch)))),
  )
}

function typeMessage(issue: Issue): string | undefined {
  const { input } = issue
  // A rule of ours says what is wrong itself.
  if (issue.code === 'custom') return undefined
  if (input === undefined) return 'is needed and was not given'
  if (input === null) return 'has no value'
  if (issue.code === 'invalid_type' && issue.expected === 'array') return 'is not a list; write [a, b]'
  if (issue.code === 'invalid_type' && (issue.expected === 'object' || issue.expected === 'record'))
    return 'is not a mapping of keys to values'
  if (typeof input !== 'object') return undefined
  // A union of its own says which forms there are.
  const told = issue.code === 'invalid_union' && issue.message !== 'Invalid input'
  return `is a list or a mapping; ${told ? issue.message : 'give one value'}`
}
