import type * as z from 'zod'
import { type ConnectionFields, type ConnectionName, connectionFields } from './connections.ts'

/** An input or output of an action: a zod type that reads a string, described, with the meta of `FieldMeta`. */
export type Field = z.ZodType<unknown, string | undefined>
export type Fields = Readonly<Record<string, Field>>
export type OutputFields = Readonly<Record<string, z.ZodType<string>>>

/** A bad input: its name, and in words what is wrong and what to do. */
export interface Problem {
  input: string
  message: string
}

/** The one source of truth about an action: action.yml, README tables, stubs and types all come from it. */
export interface Contract<
  C extends readonly ConnectionName[] = readonly ConnectionName[],
  I extends Fields = Fields,
  O extends OutputFields = OutputFields,
  S extends OutputFields = OutputFields,
> {
  /** Folder name, and the NAME in `uses: owner/retrain-actions/actions/NAME@v1`. */
  name: string
  /** True for the one action whose action.yml lies at the root of the repository. */
  root?: true
  /** One sentence: what it decides or does. */
  description: string
  connections: C
  inputs: I
  /** Rules between inputs ("exactly one of A and B"), told together with the wrong single ones. */
  rules?: (inputs: ParsedFields<I> & ParsedFields<Omit<ConnectionFields<C>, keyof I>>) => Problem[]
  outputs: O
  /** JSON files whose paths are outputs: the output's name, and the form of the file. */
  reports?: Readonly<Record<string, z.ZodType>>
  /** Permissions of the job's GITHUB_TOKEN that the action needs. */
  permissions: Readonly<Record<string, 'read' | 'write'>>
  /** Present where the action has a post step: the state that main hands to it. */
  post?: { state: S }
  /** The `with:` of a minimal step, for the README. */
  example: Readonly<Record<string, string>>
}

export type ParsedFields<F> = { [K in keyof F]: F[K] extends z.ZodType ? z.output<F[K]> : never }
// biome-ignore lint/suspicious/noExplicitAny: a contract of whatever fields; `any` only stands in for type parameters
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
 * All inputs of an action in the order in which people read them: its own, then those of its connections. Where an
 * action has its own form of a connection's input (an optional release, say), that form holds.
 */
export function allInputs(contract: AnyContract): Fields {
  const groups = contract.connections.map((name: ConnectionName) => connectionFields[name])
  return Object.assign({}, contract.inputs, ...groups, contract.inputs)
}
