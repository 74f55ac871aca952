import { UserError } from '../domain/failure.ts'
import { type AnyContract, allInputs, type Field, type Inputs, type Problem } from './contract.ts'
import type { FieldMeta } from './fields.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** The variable in which the runner hands over an input (@actions/core, getInput). */
export function inputVariable(name: string): string {
  return `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`
}

/** Given text of an input: empty means absent, decided here once; then the environment variable that stands in for it. */
export function givenInput(name: string, field: Field, env: Environment): string | undefined {
  const meta: FieldMeta = field.meta() ?? {}
  return env[inputVariable(name)]?.trim() || (meta.env && env[meta.env]?.trim()) || undefined
}

/** Reads and checks every input at once; throws one UserError that names all bad ones, a line each. */
export function readInputs<C extends AnyContract>(contract: C, env: Environment): Inputs<C> {
  const parsed: Record<string, unknown> = {}
  const problems: Problem[] = []
  for (const [name, field] of Object.entries(allInputs(contract))) {
    const given = givenInput(name, field, env)
    const result = field.safeParse(given)
    if (result.success) parsed[name] = result.data
    else if (given === undefined) problems.push({ input: name, message: missing(field) })
    else for (const issue of result.error.issues) problems.push({ input: name, message: issue.message })
  }
  // To a rule, an input that could not be read is the text that was given: rules ask who is there. It has had its line.
  const named = new Set(problems.map(({ input }) => input))
  for (const name of named) parsed[name] = givenInput(name, allInputs(contract)[name] as Field, env)
  const more = contract.rules?.(parsed as never) ?? []
  problems.push(...more.filter(({ input }) => !named.has(input)))
  if (problems.length > 0) throw new UserError(inputProblems(problems))
  return parsed as Inputs<C>
}

function missing(field: Field): string {
  const { env }: FieldMeta = field.meta() ?? {}
  return `is required and was not given${env ? `; give it, or set ${env}` : ''}`
}

function inputProblems(problems: Problem[]): string {
  const said = problems.map(({ input, message }) => `Input ${input}: ${message}`)
  return said.join('\n')
}
