import { resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { parseArgs } from 'node:util'
import { slug } from '../checkout.ts'
import { initialize } from './initialize.ts'
import { renderReport } from './report.ts'
import { InitError } from './repository.ts'
import { type Ask, printableLines } from './settings/chooser.ts'
import { readTemplates } from './templates.ts'

const help = `npm run init -- FOLDER [flags]
Sets up retrain-actions in the repository in FOLDER: workflows, policy, RBAC, and a patch for the chart.
Asks on a terminal for what flags do not give. Otherwise takes what it finds, and lists what it assumed.

  --script PATH         training script
  --run COMMAND         command of the training, instead of the one for the script
  --model-name NAME     registered model
  --metric NAME         metric that decides, as the script logs it
  --direction WHICH     higher or lower, for a metric that the gate does not know
  --label COLUMN        label column of the holdout
  --id COLUMN           column of its ids; default id
  --chart PATH          folder of the chart, if there are several
  --with-chart          copy the chart of examples/digits if there is none
  --apply-chart         change the chart, instead of writing a patch
  --workload KIND/NAME  workload that serves the model, if the chart has several
  --version-from PLACE  where a pod states its version; default env:MODEL_VERSION
  --release NAME        Helm release
  --namespace NAME      namespace of the release
  --tracking-uri URI    address of MLflow
  --dry-run             print, write nothing
  --force               replace files that differ
  --yes                 ask nothing`

const text = { type: 'string' } as const
const flag = { type: 'boolean', default: false } as const
const options = {
  ...{ script: text, run: text, 'model-name': text, metric: text, direction: text, label: text, id: text },
  ...{ chart: text, workload: text, 'version-from': text, release: text, namespace: text },
  ...{ 'tracking-uri': text, 'with-chart': flag, 'apply-chart': flag },
  ...{ 'dry-run': flag, force: flag, yes: flag, help: flag },
}

function readArguments() {
  try {
    return parseArgs({ options, allowPositionals: true })
  } catch (error) {
    throw new InitError(`${error instanceof Error ? error.message : error}\n\n${help}`)
  }
}

/** npm runs scripts in this checkout, and says where the user called it. */
function resolveFolder(folder: string): string {
  return resolve(process.env.INIT_CWD ?? '.', folder)
}

async function main(): Promise<void> {
  const { values, positionals } = readArguments()
  const [folder, ...others] = positionals
  if (values.help) return console.log(help)
  if (folder === undefined || others.length > 0)
    throw new InitError(`Give one folder: that of your repository.\n\n${help}`)
  const terminal =
    process.stdin.isTTY && process.stdout.isTTY && !values.yes
      ? createInterface({ input: process.stdin, output: process.stdout })
      : undefined
  // After Ctrl-C or Ctrl-D, an open question would wait for ever.
  const closed = new AbortController()
  terminal?.once('close', () => closed.abort())
  const ask: Ask | undefined =
    terminal && ((question) => terminal.question(question, { signal: closed.signal }))
  try {
    const report = await initialize(resolveFolder(folder), { ...values, suite: slug }, readTemplates(), ask)
    console.log(renderReport(report))
  } catch (error) {
    throw closed.signal.aborted ? new InitError('\nStopped. Run it again to continue.') : error
  } finally {
    terminal?.close()
  }
}

try {
  await main()
} catch (error) {
  // These messages are complete. Any other error needs its stack.
  console.error(error instanceof InitError ? printableLines(error.message) : error)
  process.exitCode = 1
}
