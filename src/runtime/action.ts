import * as core from '@actions/core'
import { Fault, UserError } from '../domain/failure.ts'
import { type Context, contextFrom, log } from './context.ts'
import type { AnyContract, Inputs, Outputs, State } from './contract.ts'
import { readInputs } from './inputs.ts'
import { completeOutputs } from './outputs.ts'
import { secretsIn } from './secrets.ts'
import { writeSummary } from './summary.ts'

/** How an action ends: its outputs, what the job's page shall show, and the failure if the step is to be red. */
export type Outcome<C extends AnyContract> =
  | { outputs: Outputs<C>; summary?: string; failure?: undefined }
  | { outputs: Partial<Outputs<C>>; summary?: string; failure: Error }

export type Main<C extends AnyContract> = (inputs: Inputs<C>, context: Context) => Promise<Outcome<C>>
/** Runs after the job's other steps, also when they failed or were cancelled; its own failure is a warning. */
export type Post<C extends AnyContract> = (
  state: State<C>,
  inputs: Inputs<C>,
  context: Context,
) => Promise<void>

export interface Action {
  contract: AnyContract
  main(): Promise<void>
  post(): Promise<void>
}

/** Ties a contract to its code. The only place where inputs are read, secrets masked, outputs written, and a step fails. */
export function defineAction<C extends AnyContract>(contract: C, main: Main<C>, post?: Post<C>): Action {
  return {
    contract,
    main: () => runMain(contract, main),
    post: () => runPost(contract, post),
  }
}

async function runMain<C extends AnyContract>(contract: C, main: Main<C>): Promise<void> {
  let outcome: Outcome<C>
  try {
    const context = startContext(contract)
    outcome = await main(readInputs(contract, context.env), context)
  } catch (error) {
    outcome = { outputs: {}, failure: error instanceof Error ? error : new Error(String(error)) }
  }
  for (const [name, value] of Object.entries(completeOutputs(contract, outcome.outputs))) {
    core.setOutput(name, value)
  }
  if (outcome.summary) await writeSummary(outcome.summary)
  if (outcome.failure) fail(contract.name, outcome.failure)
}

async function runPost<C extends AnyContract>(contract: C, post: Post<C> | undefined): Promise<void> {
  try {
    const context = startContext(contract)
    const inputs = readable(contract, context)
    if (!inputs) return
    const names = Object.keys(contract.post?.state ?? {})
    const state = Object.fromEntries(names.map((name) => [name, core.getState(name)]))
    await post?.(state as State<C>, inputs, context)
  } catch (error) {
    core.warning(`The post step of ${contract.name} could not tidy up: ${message(error)}`)
    explain(error)
  }
}

/** Undefined where main could not read them either: it has said so, and began nothing that needs tidying up. */
function readable<C extends AnyContract>(contract: C, { env }: Context): Inputs<C> | undefined {
  try {
    return readInputs(contract, env)
  } catch {
    return undefined
  }
}

function startContext(contract: AnyContract): Context {
  for (const secret of secretsIn(contract, process.env)) core.setSecret(secret)
  const cancel = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => cancel.abort(new UserError('cancelled')))
  return contextFrom(process.env, cancel.signal)
}

function fail(action: string, error: Error): void {
  const known = error instanceof UserError || error instanceof Fault
  const text = known
    ? error.message
    : `${action} failed in a way that it does not know: ${error.message}. Please report this with the lines below.`
  explain(error)
  core.setFailed(text)
}

/** The cause chain of a fault, and the stack of a bug, in a group: there for who looks, out of the way of who does not. */
function explain(error: unknown): void {
  if (error instanceof UserError && error.cause === undefined) return
  const lines: string[] = []
  for (let at: unknown = error, depth = 0; at !== undefined && depth < 8; depth += 1) {
    const quiet = at instanceof UserError || at instanceof Fault
    lines.push(...(quiet || !(at instanceof Error) ? message(at) : (at.stack ?? at.message)).split('\n'))
    at = at instanceof Error ? at.cause : undefined
  }
  log.group('Details', lines)
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
