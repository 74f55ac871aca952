import type * as z from 'zod'
import { type ConnectionFields, type ConnectionName, connectionFields } from './shared-inputs.ts'

/** An input or output of an action: a described zod type that reads a string, with `FieldMeta`. */
export type Field = z.ZodType<unknown, string | undefined>
export type Fields = Readonly<Record<string, Field>>
export type OutputFields = Readonly<Record<string, z.ZodType<string>>>

/** An invalid input: its name, the problem and the fix. */
export interface Problem {
  input: string
  message: string
}

/** The source of truth of an action: action.yml, README tables, stubs and types are derived from it. */
export interface Contract<
  C extends readonly ConnectionName[] = readonly ConnectionName[],
  I extends Fields = Fields,
  O extends OutputFields = OutputFields,
  S extends OutputFields = OutputFields,
> {
  /** Folder name, and the NAME in `uses: owner/retrain-actions/actions/NAME@v1`. */
  name: string
  /** True for the action whose action.yml is at the root of the repository. */
  root?: true
  /** What the action does, in one sentence. */
  description: string
  connections: C
  inputs: I
  /** Rules between inputs ("exactly one of A and B"), reported together with invalid inputs. */
  rules?: (inputs: ParsedFields<I> & ParsedFields<Omit<ConnectionFields<C>, keyof I>>) => Problem[]
  outputs: O
  /** Outputs that are paths of JSON files, and the schemas of the files. */
  reports?: Readonly<Record<string, z.ZodType>>
  /** Required permissions of GITHUB_TOKEN. */
  permissions: Readonly<Record<string, 'read' | 'write'>>
  /** State that main passes to the post step, if the action has one. */
  post?: { state: S }
  /** Inputs of a minimal step, for the README. */
  example: Readonly<Record<string, string>>
}

export type ParsedFields<F> = { [K in keyof F]: F[K] extends z.ZodType ? z.output<F[K]> : never }
// biome-ignore lint/suspicious/noExplicitAny: a contract with any fields
export type AnyContract = Contract<any, any, any, any>
export type Inputs<C extends AnyContract> = ParsedFields<C['inputs']> &
  ParsedFields<Omit<ConnectionFields<C['connections']>, keyof C['inputs']>>
export type Outputs<C extends AnyContract> = { [K in keyof C['outputs']]: z.output<C['outputs'][K]> }
export type State<C extends AnyContract> =
  C extends Contract<readonly ConnectionName[], Fields, OutputFields, infer S>
    ? { [K in keyof S]?: string }
    : Record<string, string>

export function defineContract<
  const C extends readonly ConnectionName[],
  I extends Fields,
  O extends OutputFields,
  S extends OutputFields = Record<string, never>,
>(contract: Contract<C, I, O, S>): Contract<C, I, O, S> {
  return contract
}

/**
 * Lists all inputs: those of the action, then those of its connections. An action's own definition of a connection input
 * (such as an optional release) takes precedence.
 */
export function allInputs(contract: AnyContract): Fields {
  const groups = contract.connections.map((name: ConnectionName) => connectionFields[name])
  return Object.assign({}, contract.inputs, ...groups, contract.inputs)
}

/** Completes the outputs: a missing one gets the contract's `onFailure` value, or is empty. */
export function completeOutputs<C extends AnyContract>(
  contract: C,
  known: Partial<Outputs<C>>,
): Record<string, string> {
  const outputs = Object.entries(contract.outputs as OutputFields)
  return Object.fromEntries(
    outputs.map(([name, field]) => {
      const value = known[name as keyof Outputs<C>]
      return [name, value === undefined ? (field.meta()?.onFailure ?? '') : String(value)]
    }),
  )
}
