import { parseArgs } from 'node:util'
import { current, down, type Part, residue, up } from './index.ts'
import { allParts } from './install.ts'
import { interruptible } from './interruption.ts'
import { cache, state } from './places.ts'
import { PreflightError } from './preflight.ts'

const help = `npm run rig -- up [--only PART,...]   install what is missing and bring up the rig
npm run rig -- status                say what is up, and where
npm run rig -- down                  take everything down and delete its data

The parts are ${allParts.join(', ')}. Everything is installed into ${cache}.`

const isPart = (name: string): name is Part => allParts.some((part) => part === name)

const printStatus = async (): Promise<void> => {
  const rig = await current()
  if (rig === undefined) {
    const left = await residue()
    console.log(
      left.length === 0 ? 'the rig is down' : `the rig is not up, but there is:\n${left.join('\n')}`,
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

const bringUp = async (only: string | undefined): Promise<void> => {
  const parts = only?.split(',') ?? allParts
  const unknown = parts.filter((part) => !isPart(part))
  if (unknown.length > 0)
    throw new UsageError(`--only knows ${allParts.join(', ')}, not ${unknown.join(', ')}`)
  await interruptible(() => up({ only: parts.filter(isPart) }))
  await printStatus()
}

class UsageError extends Error {}

const main = async (): Promise<void> => {
  const options = { only: { type: 'string' }, help: { type: 'boolean' } } as const
  const { positionals, values } = parseArgs({ options, allowPositionals: true })
  const command = positionals.join(' ')
  if (command === 'up') return bringUp(values.only)
  if (command === 'down') return interruptible(down)
  if (command === 'status') return printStatus()
  console.log(help)
  process.exitCode = values.help ? 0 : 2
}

try {
  await main()
} catch (error) {
  // What a person can mend is said in its own words; anything else needs its stack.
  const plain = error instanceof PreflightError || error instanceof UsageError
  console.error(plain ? error.message : error)
  process.exitCode = 1
}
