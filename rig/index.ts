import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { amtool } from './alertmanager/index.ts'
import { readDocument, writeDocument } from './documents.ts'
import { imageName, importImage } from './image/index.ts'
import { allParts, install, type Part, waitForAll } from './install/install.ts'
import {
  kubectl,
  kubernetesResidue,
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

/** Everything that a program needs to use the rig. Written to `state/rig.json` once all of it is up. */
export type Rig = {
  parts: Part[]
  /** The server's address for programs of this machine, and for pods. */
  mlflow: { uri: string; podUri: string }
  kubernetes: { kubeconfig: string; podGateway: string }
  /** The name of the image that serves the example model; pods use it with `imagePullPolicy: Never`. */
  image: string
  /** Paths of programs. `python` has mlflow and scikit-learn. */
  tools: typeof toolPaths
}

const rigPath = join(state, 'rig.json')
const toolPaths = { ...tools, kubectl, python, promtool, amtool }

const isHealthy = async (): Promise<boolean> => {
  const daemons = await listDaemons()
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
 * Starts the rig, or with `only` those parts and what they need; installs what is missing first. Running parts stay as they
 * are. If one part has died, everything is stopped and started again without its data. On failure or interruption,
 * everything is stopped.
 * @throws PreflightError when the machine lacks something, before anything is touched.
 */
export async function up(): Promise<Rig>
export async function up(options: { only: Part[] }): Promise<Partial<Rig>>
export async function up(options: { only?: Part[] } = {}): Promise<Partial<Rig>> {
  const parts = options.only ?? allParts
  await checkRequirements(parts)
  return withLock('up', async () => {
    if (!(await isHealthy())) await reportStep('part of the rig has died: taking down the rest', tearDown)
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

/** Stops everything, from any state, and deletes all data. The installation stays. */
export const down = (): Promise<void> => withLock('down', () => runUninterruptible(tearDown))

/** The running rig; undefined when it is stopped or a part of it has died. */
export const findRunningRig = async (): Promise<Partial<Rig> | undefined> => {
  const rig = await readDocument<Partial<Rig>>(rigPath)
  return rig !== undefined && (await isHealthy()) ? rig : undefined
}

/**
 * Kills a program of the running cluster and starts it again. Meanwhile the rig can look dead to another process, so only one
 * process may use it.
 */
export const restart = (program: keyof typeof restartCommands): Promise<void> =>
  withLock(program, () => restartCommands[program]())

/** What of the rig is on the machine, one line each; nothing after `down`. */
export const listLeftovers = async (): Promise<string[]> => {
  const daemons = await Promise.all(
    (await listDaemons()).map(async (name) => ((await isDaemonAlive(name)) ? [`daemon ${name}`] : [])),
  )
  return [
    ...(await kubernetesResidue()),
    ...daemons.flat(),
    ...(existsSync(state) ? [`folder ${state}`] : []),
  ]
}
