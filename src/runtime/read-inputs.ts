import { UserError } from '../domain/core/errors.ts'
import { type AnyContract, allInputs, type Field, type Inputs, type Problem } from './contract.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** The environment variable of an input (@actions/core, getInput). */
export function inputVariable(name: string): string {
  return `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`
}

/** Reads the text of an input, else of its environment variable. An empty text counts as absent. */
export function readInputText(name: string, field: Field, env: Environment): string | undefined {
  const variable = field.meta()?.env
  return env[inputVariable(name)]?.trim() || (variable && env[variable]?.trim()) || undefined
}

/** Reads and checks all inputs. @throws UserError with one line for each invalid input */
export function readInputs<C extends AnyContract>(contract: C, env: Environment): Inputs<C> {
  const parsed: Record<string, unknown> = {}
  const problems: Problem[] = []
  for (const [input, field] of Object.entries(allInputs(contract))) {
    const given = readInputText(input, field, env)
    const { data, error } = field.safeParse(given)
    // Rules get the text of an invalid input, since they check presence.
    parsed[input] = error ? given : data
    if (error && given === undefined) problems.push({ input, message: missingInputMessage(field) })
    else for (const { message } of error?.issues ?? []) problems.push({ input, message })
  }
  // Each input gets one message only.
  const invalid = new Set(problems.map(({ input }) => input))
  const conflicts: Problem[] = contract.rules?.(parsed as never) ?? []
  problems.push(...conflicts.filter(({ input }) => !invalid.has(input)))
  if (problems.length > 0)
    throw new UserError(problems.map(({ input, message }) => `Input ${input}: ${message}`).join('\n'))
  return parsed as Inputs<C>
}

function missingInputMessage(field: Field): string {
  const variable = field.meta()?.env
  return `is required${variable ? `. Set it, or the variable ${variable}` : ''}`
}
