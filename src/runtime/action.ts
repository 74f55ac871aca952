import { appendFile } from 'node:fs/promises'
import * as core from '@actions/core'
import { errorMessage, Fault, toError, UserError } from '../domain/core/errors.ts'
import { type Context, createContext, log } from './context.ts'
import { type AnyContract, completeOutputs, type Inputs, type Outputs, type State } from './contract.ts'
import { formatError, truncateSummary } from './markdown.ts'
import { maskSecrets } from './mask-secrets.ts'
import { readInputs } from './read-inputs.ts'

/** The result of an action: outputs, job summary, and the failure if the step must fail. */
export type Outcome<C extends AnyContract> =
  | { outputs: Outputs<C>; summary?: string; failure?: undefined }
  | { outputs: Partial<Outputs<C>>; summary?: string; failure: Error }

export type Main<C extends AnyContract> = (inputs: Inputs<C>, context: Context) => Promise<Outcome<C>>
/**
 * Runs after the other steps of the job, even if they failed or were cancelled. Its own failure is a warning.
 * @returns Markdown for the job summary
 */
export type Post<C extends AnyContract> = (
  state: State<C>,
  inputs: Inputs<C>,
  context: Context,
) => Promise<string | undefined>

export interface Action {
  contract: AnyContract
  main(): Promise<void>
  post(): Promise<void>
}

/** Connects a contract with its code. Only here are inputs read, secrets masked, outputs written, and steps failed. */
export function defineAction<C extends AnyContract>(contract: C, main: Main<C>, post?: Post<C>): Action {
  return { contract, main: () => runMain(contract, main), post: () => runPost(contract, post) }
}

async function runMain<C extends AnyContract>(contract: C, main: Main<C>): Promise<void> {
  let outcome: Outcome<C>
  try {
    const context = startContext(contract)
    outcome = await main(readInputs(contract, context.env), context)
  } catch (error) {
    outcome = { outputs: {}, failure: toError(error) }
  }
  for (const [name, value] of Object.entries(completeOutputs(contract, outcome.outputs)))
    core.setOutput(name, value)
  const error = outcome.failure && describeFailure(contract.name, outcome.failure)
  await writeSummary(error, outcome.summary)
  if (!error) return
  logDetails(outcome.failure)
  core.setFailed(error)
}

async function runPost<C extends AnyContract>(contract: C, post: Post<C> | undefined): Promise<void> {
  try {
    const context = startContext(contract)
    const inputs = tryReadInputs(contract, context)
    if (!inputs) return
    const names = Object.keys(contract.post?.state ?? {})
    const state = Object.fromEntries(names.map((name) => [name, core.getState(name)]))
    const summary = await post?.(state as State<C>, inputs, context)
    await writeSummary(undefined, summary)
  } catch (error) {
    const message = `The post step of ${contract.name} failed: ${errorMessage(error)}`
    core.warning(message)
    logDetails(error)
    await writeSummary(message, undefined)
  }
}

/** Undefined if the inputs are invalid: main has reported that and changed nothing. */
function tryReadInputs<C extends AnyContract>(contract: C, { env }: Context): Inputs<C> | undefined {
  try {
    return readInputs(contract, env)
  } catch {
    return undefined
  }
}

function startContext(contract: AnyContract): Context {
  maskSecrets(contract, process.env, core.setSecret)
  const cancel = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => cancel.abort(new UserError('cancelled')))
  return createContext(process.env, cancel)
}

const isExpected = (error: unknown) => error instanceof UserError || error instanceof Fault

function describeFailure(action: string, error: Error): string {
  return isExpected(error)
    ? error.message
    : `Internal error in ${action}: ${error.message}. Please report it with the details in the log.`
}

/** Logs the cause chain of an error in a collapsed group: messages, and the stacks only of an internal error. */
function logDetails(error: unknown): void {
  const hasStacks = !isExpected(error)
  const lines: string[] = []
  let at = hasStacks ? error : toError(error).cause
  for (let depth = 0; at !== undefined && depth < 8; depth += 1) {
    const { message, stack = message, cause } = toError(at)
    lines.push(...(hasStacks && at instanceof Error ? stack : message).split('\n'))
    at = cause
  }
  if (lines.length > 0) log.group(hasStacks ? 'Details' : 'Causes', lines)
}

/** Appends to the job summary, the error first. A failure to write is a warning. */
async function writeSummary(error: string | undefined, summary: string | undefined): Promise<void> {
  const path = process.env.GITHUB_STEP_SUMMARY
  const markdown = [error && formatError(error), summary].filter(Boolean).join('\n\n')
  if (!path || !markdown) return
  try {
    await appendFile(path, `${truncateSummary(markdown)}\n`)
  } catch (error) {
    core.warning(`Could not write the job summary to ${path}: ${errorMessage(error)}`)
  }
}
