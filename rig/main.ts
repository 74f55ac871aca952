import { parseArgs } from 'node:util'
import { down, findRunningRig, listLeftovers, type Part, up } from './index.ts'
import { allParts } from './install/install.ts'
import { cache, state } from './paths.ts'
import { PreflightError } from './preflight.ts'
import { runInterruptible } from './process/interruption.ts'

const help = `npm run rig -- up [--only PART,...]   install what is missing and start the rig
npm run rig -- status                print what is running, and where
npm run rig -- down                  stop everything and delete its data

The parts are ${allParts.join(', ')}. Everything is installed into ${cache}.`

const isPart = (name: string): name is Part => allParts.some((part) => part === name)

const printStatus = async (): Promise<void> => {
  const rig = await findRunningRig()
  if (rig === undefined) {
    const left = await listLeftovers()
    console.log(
      left.length === 0 ? 'the rig is down' : `the rig is down, but this is left:\n${left.join('\n')}`,
    )
    process.exitCode = 1
    return
  }
  if (rig.mlflow) console.log(`MLflow      ${rig.mlflow.uri}  (for pods ${rig.mlflow.podUri})`)
  if (rig.kubernetes) console.log(`Kubernetes  export KUBECONFIG=${rig.kubernetes.kubeconfig}`)
  if (rig.image) console.log(`image       ${rig.image}`)
  for (const [name, path] of Object.entries(rig.tools ?? {})) console.log(`${name.padEnd(11)} ${path}`)
  console.log(`logs        ${state}/logs`)
}

const startRig = async (only: string | undefined): Promise<void> => {
  const parts = only?.split(',') ?? allParts
  const unknown = parts.filter((part) => !isPart(part))
  if (unknown.length > 0)
    throw new UsageError(`--only knows ${allParts.join(', ')}, not ${unknown.join(', ')}`)
  await runInterruptible(() => up({ only: parts.filter(isPart) }))
  await printStatus()
}

class UsageError extends Error {}

const main = async (): Promise<void> => {
  const options = { only: { type: 'string' }, help: { type: 'boolean' } } as const
  const { positionals, values } = parseArgs({ options, allowPositionals: true })
  const command = positionals.join(' ')
  if (command === 'up') return startRig(values.only)
  if (command === 'down') return runInterruptible(down)
  if (command === 'status') return printStatus()
  console.log(help)
  process.exitCode = values.help ? 0 : 2
}

try {
  await main()
} catch (error) {
  // A PreflightError explains itself; any other error needs its stack.
  const plain = error instanceof PreflightError || error instanceof UsageError
  console.error(plain ? error.message : error)
  process.exitCode = 1
}
