import type { Context } from '../../src/runtime/context.ts'
import type { AnyContract, Inputs } from '../../src/runtime/contract.ts'
import { inputVariable, readInputs } from '../../src/runtime/read-inputs.ts'

/** What nearly every test leaves to the environment; nothing is ever sent there. */
const DEFAULT_ENVIRONMENT = { MLFLOW_TRACKING_URI: 'http://mlflow.invalid' }

/** Inputs of an action as the runner would hand them over, read by the contract itself. */
export function parseInputs<C extends AnyContract>(
  contract: C,
  given: Record<string, string>,
  environment: Record<string, string> = DEFAULT_ENVIRONMENT,
): Inputs<C> {
  const variables = Object.entries(given).map(([name, value]) => [inputVariable(name), value])
  return readInputs(contract, { ...environment, ...Object.fromEntries(variables) })
}

/** A context that prints nothing and records the messages. */
export interface FakeContext extends Context {
  messages: string[]
  state: Record<string, string>
}

/** @param given what the test is about: the event's name and payload, or any part of a context. */
export function fakeContext(
  given: { event?: string; payload?: unknown } & Partial<Omit<Context, 'event'>> = {},
): FakeContext {
  const said: string[] = []
  const state: Record<string, string> = {}
  const { event, payload, cancelled, ...changes } = given
  const cancellation = new AbortController()
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
    cancelled: AbortSignal.any([cancellation.signal, ...(cancelled ? [cancelled] : [])]),
    cancel: (reason) => cancellation.abort(reason),
    event: () => payload ?? {},
    saveState: (name, value) => {
      state[name] = value
    },
    messages: said,
    state,
    ...changes,
  }
}
