import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Context } from '../src/runtime/context.ts'
import type { AnyContract, Inputs } from '../src/runtime/contract.ts'
import { inputVariable, readInputs } from '../src/runtime/inputs.ts'

/** Inputs as an action gets them: from texts, through its contract. */
export function inputsOf<C extends AnyContract>(
  contract: C,
  given: Readonly<Record<string, string>>,
): Inputs<C> {
  const variables = Object.entries(given).map(([name, value]) => [inputVariable(name), value])
  return readInputs(contract, Object.fromEntries(variables))
}

/** A job as an action sees it, with its log kept. */
export function job(changes: Partial<Context> = {}): Context & { said: string[] } {
  const said: string[] = []
  const say = (message: string) => void said.push(message)
  const temp = mkdtempSync(join(tmpdir(), 'job-'))
  return {
    run: {
      repository: 'octo/models',
      id: '77',
      attempt: '1',
      actor: 'mona',
      url: 'https://github.com/octo/models/actions/runs/77',
      event: 'workflow_dispatch',
    },
    log: { info: say, warning: say, group: (title, lines) => say([title, ...lines].join('\n')) },
    env: {},
    temp,
    workspace: temp,
    cancelled: new AbortController().signal,
    event: () => ({}),
    saveState: () => undefined,
    ...changes,
    said,
  }
}
