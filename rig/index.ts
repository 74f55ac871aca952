import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { amtool } from './alertmanager/index.ts'
import { readDocument, writeDocument } from './documents.ts'
import { imageName, importImage } from './image/index.ts'
import { allParts, install, type Part, waitForAll } from './install/install.ts'
import {
  kubectl,
  listKubernetesLeftovers,
  restartCommands,
  startKubernetes,
  stopKubernetes,
} from './kubernetes/index.ts'
import { exposeMlflowToPods, isMlflowHealthy, python, startMlflow, stopMlflow } from './mlflow/index.ts'
import { state } from './paths.ts'
import { checkRequirements } from './preflight.ts'
import { isDaemonAlive, listDaemons, stopDaemon } from './process/daemon.ts'
import { runUninterruptible } from './process/interruption.ts'
import { withLock } from './process/lock.ts'
import { reportStep } from './progress.ts'
import { promtool } from './prometheus/index.ts'
import { tools } from './tools/index.ts'

export type { Part } from './install/install.ts'

/** Addresses and paths for programs that use the rig. Written to `state/rig.json` when all parts run. */
export type Rig = {
  parts: Part[]
  /** The server's address for programs on this machine, and for pods. */
  mlflow: { uri: string; podUri: string }
  kubernetes: { kubeconfig: string; podGateway: string }
  /** The image that serves the example model. Pods use it with `imagePullPolicy: Never`. */
  image: string
  /** Paths of programs. The environment of `python` has mlflow and scikit-learn. */
  tools: typeof toolPaths
}

const rigPath = join(state, 'rig.json')
const toolPaths = { ...tools, kubectl, python, promtool, amtool }

/** Whether every part of a started rig is alive. So is a rig of which nothing was started. */
const isHealthy = async (): Promise<boolean> => {
  const daemons = await listDaemons()
  if (daemons.length === 0) return (await readDocument(rigPath)) === undefined
  const alive = await Promise.all(daemons.map(isDaemonAlive))
  return alive.every(Boolean) && (!daemons.includes('mlflow') || (await isMlflowHealthy()))
}

const startMlflowPart = async (): Promise<Partial<Rig>> => {
  const uri = await reportStep('MLflow server', startMlflow)
  return { mlflow: { uri, podUri: uri } }
}

const startKubernetesPart = async (): Promise<Partial<Rig>> => {
  const kubernetes = await startKubernetes()
  await importImage()
  return { kubernetes, image: imageName }
}

const startParts = async (parts: Part[]): Promise<Partial<Rig>> => {
  const rig: Partial<Rig> = { ...(await readDocument<Partial<Rig>>(rigPath)), tools: toolPaths }
  const starts: Promise<void>[] = []
  if (parts.includes('mlflow')) starts.push(startMlflowPart().then((part) => void Object.assign(rig, part)))
  if (parts.includes('kubernetes') && rig.kubernetes === undefined) {
    starts.push(startKubernetesPart().then((part) => void Object.assign(rig, part)))
  }
  await waitForAll(starts)
  if (rig.mlflow !== undefined && rig.kubernetes !== undefined) {
    const podUri = await reportStep('MLflow for pods', exposeMlflowToPods)
    rig.mlflow = { ...rig.mlflow, podUri }
  }
  rig.parts = allParts.filter((part) => parts.includes(part) || rig.parts?.includes(part))
  await writeDocument(rigPath, rig)
  return rig
}

const tearDown = async (): Promise<void> => {
  await stopKubernetes()
  await stopMlflow()
  for (const daemon of await listDaemons()) await stopDaemon(daemon)
  await rm(state, { recursive: true, force: true })
}

/**
 * Installs missing programs and starts the rig. `only` limits this to some parts and what they need. Running parts
 * keep running. If a part has died, everything restarts without data. On failure or interruption, everything stops.
 * @throws PreflightError if the machine lacks a requirement, before any change
 */
export async function up(): Promise<Rig>
export async function up(options: { only: Part[] }): Promise<Partial<Rig>>
export async function up(options: { only?: Part[] } = {}): Promise<Partial<Rig>> {
  const parts = options.only ?? allParts
  await checkRequirements(parts)
  return withLock('up', async () => {
    if (!(await isHealthy())) await reportStep('A part of the rig has died. Stopping the others', tearDown)
    try {
      const running = await readDocument<Partial<Rig>>(rigPath)
      if (running && parts.every((part) => running.parts?.includes(part))) return running
      await install(parts)
      return await startParts(parts)
    } catch (error) {
      await runUninterruptible(tearDown)
      throw error
    }
  })
}

/** Stops all parts, in any state, and deletes their data. The installed programs stay. */
export const down = (): Promise<void> => withLock('down', () => runUninterruptible(tearDown))

/** Returns the running rig; undefined if it is stopped or a part has died. */
export const findRunningRig = async (): Promise<Partial<Rig> | undefined> => {
  const rig = await readDocument<Partial<Rig>>(rigPath)
  return rig !== undefined && (await isHealthy()) ? rig : undefined
}

/**
 * Kills a program of the running cluster and starts it again. Other processes can take the rig for dead meanwhile, so
 * only one process may use it.
 */
export const restart = (program: keyof typeof restartCommands): Promise<void> =>
  withLock(program, () => restartCommands[program]())

/** Lists what the rig left on this machine, one line each. Empty after `down`. */
export const listLeftovers = async (): Promise<string[]> => {
  const daemons = await Promise.all(
    (await listDaemons()).map(async (name) => ((await isDaemonAlive(name)) ? [`daemon ${name}`] : [])),
  )
  return [
    ...(await listKubernetesLeftovers()),
    ...daemons.flat(),
    ...(existsSync(state) ? [`folder ${state}`] : []),
  ]
}
