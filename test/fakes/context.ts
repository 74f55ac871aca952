import type { Context } from '../../src/runtime/context.ts'
import type { AnyContract, Inputs } from '../../src/runtime/contract.ts'
import { inputVariable, readInputs } from '../../src/runtime/inputs.ts'

/** What nearly every test leaves to the environment; nothing is ever sent there. */
const usual = { MLFLOW_TRACKING_URI: 'http://mlflow.invalid' }

/** Inputs of an action as the runner would hand them over, read by the contract itself. */
export function parseInputs<C extends AnyContract>(
  contract: C,
  given: Record<string, string>,
  environment: Record<string, string> = usual,
): Inputs<C> {
  const variables = Object.entries(given).map(([name, value]) => [inputVariable(name), value])
  return readInputs(contract, { ...environment, ...Object.fromEntries(variables) })
}

/** A context that says nothing and remembers what it was told. */
export interface QuietContext extends Context {
  said: string[]
  state: Record<string, string>
}

/** @param given what the test is about: the event's name and payload, or any part of a context. */
export function quietContext(
  given: { event?: string; payload?: unknown } & Partial<Omit<Context, 'event'>> = {},
): QuietContext {
  const said: string[] = []
  const state: Record<string, string> = {}
  const { event, payload, ...changes } = given
  return {
    run: {
      repository: 'shop/digits',
      id: '77',
      attempt: '1',
      actor: 'ada',
      url: 'https://github.com/shop/digits/actions/runs/77',
      event: event ?? 'schedule',
    },
    log: {
      info: (message) => said.push(message),
      warning: (message) => said.push(message),
      group: (title, lines) => said.push(title, ...lines),
    },
    env: {},
    temp: '/tmp',
    workspace: '/tmp',
    cancelled: new AbortController().signal,
    event: () => payload ?? {},
    saveState: (name, value) => {
      state[name] = value
    },
    said,
    state,
    ...changes,
  }
}
