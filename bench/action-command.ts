import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkoutPath } from '../scripts/checkout.ts'
import type { Command } from './timing.ts'

/** Builds the command of an action as the runner starts it: stub, inputs as variables, empty command files. */
export const actionCommand = (folder: string, name: string, inputs: Record<string, string>): Command => {
  const files = Object.fromEntries(
    ['GITHUB_OUTPUT', 'GITHUB_STEP_SUMMARY', 'GITHUB_STATE'].map((variable) => {
      const path = join(folder, variable)
      writeFileSync(path, '')
      return [variable, path]
    }),
  )
  const event = join(folder, 'event.json')
  writeFileSync(event, '{}')
  const variables = Object.entries(inputs).map(([input, value]) => [`INPUT_${input.toUpperCase()}`, value])
  const env = {
    ...files,
    ...Object.fromEntries(variables),
    RUNNER_TEMP: folder,
    GITHUB_WORKSPACE: folder,
    GITHUB_EVENT_NAME: 'schedule',
    GITHUB_EVENT_PATH: event,
  }
  return { argv: [process.execPath, checkoutPath('dist', `${name}.js`)], env }
}
