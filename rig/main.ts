import { parseArgs } from 'node:util'
import { type ImageBuilder, imageBuilders, importUserImage } from './image/user-image.ts'
import { down, findRunningRig, listLeftovers, type Part, up } from './index.ts'
import { allParts } from './install/install.ts'
import { cache, state } from './paths.ts'
import { PreflightError } from './preflight.ts'
import { runInterruptible } from './process/interruption.ts'
import { UsageError } from './usage-error.ts'

const help = `npm run rig -- up [--only PART,...]   install missing programs and start the rig
npm run rig -- status                print the running parts and their addresses
npm run rig -- down                  stop all parts and delete their data
npm run rig -- image NAME:TAG        import an image for your pods, from an archive of docker save on stdin, or
    [--from ${imageBuilders.join('|')}]         from a builder on this machine

Parts: ${allParts.join(', ')}. Programs are installed into ${cache}.`

const isPart = (name: string): name is Part => allParts.some((part) => part === name)

const printStatus = async (): Promise<void> => {
  const rig = await findRunningRig()
  if (rig === undefined) {
    const left = await listLeftovers()
    console.log(
      left.length === 0 ? 'The rig is down.' : `The rig is down, but it left behind:\n${left.join('\n')}`,
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
    throw new UsageError(`unknown part ${unknown.join(', ')}; --only accepts ${allParts.join(', ')}`)
  await runInterruptible(() => up({ only: parts.filter(isPart) }))
  await printStatus()
}

const isImageBuilder = (name: string): name is ImageBuilder => imageBuilders.some((each) => each === name)

const runImageCommand = async (name: string, from: string | undefined): Promise<void> => {
  if (from !== undefined && !isImageBuilder(from))
    throw new UsageError(`unknown builder ${from}; --from accepts ${imageBuilders.join(', ')}`)
  if ((await findRunningRig())?.kubernetes === undefined)
    throw new UsageError('the rig has no running cluster; start it with npm run rig -- up')
  const fullName = await runInterruptible(() => importUserImage(name, from))
  console.log(`imported ${fullName}; npm run rig -- down deletes it`)
}

const main = async (): Promise<void> => {
  const options = { only: { type: 'string' }, from: { type: 'string' }, help: { type: 'boolean' } } as const
  const { positionals, values } = parseArgs({ options, allowPositionals: true })
  const command = positionals.join(' ')
  if (command === 'up') return startRig(values.only)
  if (command === 'down') return runInterruptible(down)
  if (command === 'status') return printStatus()
  const [first, name, ...more] = positionals
  if (first === 'image' && name !== undefined && more.length === 0) return runImageCommand(name, values.from)
  console.log(help)
  process.exitCode = values.help ? 0 : 2
}

try {
  await main()
} catch (error) {
  // These messages are complete. Any other error needs its stack.
  const isExpected = error instanceof PreflightError || error instanceof UsageError
  console.error(isExpected ? error.message : error)
  process.exitCode = 1
}
