import { PreflightError } from '../preflight.ts'
import { runInterruptible } from '../process/interruption.ts'
import { UsageError } from '../usage-error.ts'
import { help, parseOptions } from './options.ts'
import { tryWorkflow } from './run-try.ts'

/** npm changes to the folder of package.json, and keeps the user's folder in this variable. */
const base = (process.env.npm_lifecycle_event === 'try' && process.env.INIT_CWD) || process.cwd()

const main = async (): Promise<void> => {
  const options = parseOptions(process.argv.slice(2))
  if (options === 'help') return console.log(help)
  const { exitCode } = await runInterruptible(() => tryWorkflow(options, { base, print: console.log }))
  process.exitCode = exitCode
}

try {
  await main()
} catch (error) {
  const isExpected = error instanceof PreflightError || error instanceof UsageError
  console.error(isExpected ? error.message : error)
  process.exitCode = error instanceof UsageError ? 2 : 1
}
