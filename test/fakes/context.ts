import type { Context } from '../../src/runtime/context.ts'
import type { AnyContract, Inputs } from '../../src/runtime/contract.ts'
import { inputVariable, readInputs } from '../../src/runtime/read-inputs.ts'

/** A default for nearly all tests. No test sends a request there. */
const DEFAULT_ENVIRONMENT = { MLFLOW_TRACKING_URI: 'http://mlflow.invalid' }

/** Parses the inputs of an action from the variables that the runner sets. */
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

/** @param given the name and payload of the event, or any field of a context */
export function fakeContext(
  given: { event?: string; payload?: unknown } & Partial<Omit<Context, 'event'>> = {},
): FakeContext {
  const messages: string[] = []
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
      info: (message) => messages.push(message),
      warning: (message) => messages.push(message),
      annotate: (level, message, { file, line }) => messages.push(`${level} ${file}:${line} ${message}`),
      group: (title, lines) => messages.push(title, ...lines),
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
    messages,
    state,
    ...changes,
  }
}
