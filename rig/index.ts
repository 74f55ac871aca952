import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { amtool } from './alertmanager/index.ts'
import { daemonAlive, knownDaemons, stopDaemon } from './daemon.ts'
import { imageName, importImage } from './image/index.ts'
import { allParts, install, type Part, together } from './install.ts'
import { sheltering } from './interruption.ts'
import { kubectl, kubernetesResidue, restarts, startKubernetes, stopKubernetes } from './kubernetes/index.ts'
import { withLock } from './lock.ts'
import { mlflowHealthy, openMlflowToPods, python, startMlflow, stopMlflow } from './mlflow/index.ts'
import { state } from './places.ts'
import { preflight } from './preflight.ts'
import { step } from './progress.ts'
import { promtool } from './prometheus/index.ts'
import { readDocument, writeDocument } from './state.ts'
import { tools } from './tools/index.ts'

export type { Part } from './install.ts'

/** Everything that a program needs to use the rig. Written to `state/rig.json` once all of it is up. */
export type Rig = {
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

const healthy = async (): Promise<boolean> => {
  const daemons = await knownDaemons()
  const alive = await Promise.all(daemons.map(daemonAlive))
  return alive.every(Boolean) && (!daemons.includes('mlflow') || (await mlflowHealthy()))
}

const startMlflowPart = async (): Promise<Partial<Rig>> => {
  const uri = await step('MLflow server', startMlflow)
  return { mlflow: { uri, podUri: uri } }
}

const startKubernetesPart = async (): Promise<Partial<Rig>> => {
  const kubernetes = await startKubernetes()
  await importImage()
  return { kubernetes, image: imageName }
}

const start = async (parts: Part[]): Promise<Partial<Rig>> => {
  const rig: Partial<Rig> = { ...(await readDocument<Partial<Rig>>(rigPath)), tools: toolPaths }
  const starts: Promise<void>[] = []
  if (parts.includes('mlflow')) starts.push(startMlflowPart().then((part) => void Object.assign(rig, part)))
  if (parts.includes('kubernetes') && rig.kubernetes === undefined) {
    starts.push(startKubernetesPart().then((part) => void Object.assign(rig, part)))
  }
  await together(starts)
  if (rig.mlflow !== undefined && rig.kubernetes !== undefined) {
    const podUri = await step('MLflow for pods', openMlflowToPods)
    rig.mlflow = { ...rig.mlflow, podUri }
  }
  await writeDocument(rigPath, rig)
  return rig
}

const takeDown = async (): Promise<void> => {
  await stopKubernetes()
  await stopMlflow()
  for (const daemon of await knownDaemons()) await stopDaemon(daemon)
  await rm(state, { recursive: true, force: true })
}

/**
 * Brings up the rig, or with `only` those parts of it, and what they need; installs what is missing first. What is
 * up already is kept; what is half dead is taken down and brought up anew, without its data. When it fails or is
 * interrupted, everything is taken down.
 * @throws PreflightError when the machine lacks something, before anything is touched.
 */
export async function up(): Promise<Rig>
export async function up(options: { only: Part[] }): Promise<Partial<Rig>>
export async function up(options: { only?: Part[] } = {}): Promise<Partial<Rig>> {
  const parts = options.only ?? allParts
  await preflight(parts)
  return withLock('up', async () => {
    if (!(await healthy())) await step('part of the rig has died: taking down the rest', takeDown)
    try {
      await install(parts)
      return await start(parts)
    } catch (error) {
      await sheltering(takeDown)
      throw error
    }
  })
}

/** Takes everything down, from any half state, and deletes all data; what is installed stays. */
export const down = (): Promise<void> => withLock('down', () => sheltering(takeDown))

/** What is up now; undefined when nothing is, or when a part of it has died. */
export const current = async (): Promise<Partial<Rig> | undefined> => {
  const rig = await readDocument<Partial<Rig>>(rigPath)
  return rig !== undefined && (await healthy()) ? rig : undefined
}

/**
 * Kills a program of the running cluster and starts it anew. Whoever looks at the rig meanwhile may find it half dead, so
 * nobody else may be using it.
 */
export const restart = (program: keyof typeof restarts): Promise<void> =>
  withLock(program, () => restarts[program]())

/** What of the rig is on the machine, one line each; nothing after `down`. */
export const residue = async (): Promise<string[]> => {
  const daemons = await Promise.all(
    (await knownDaemons()).map(async (name) => ((await daemonAlive(name)) ? [`daemon ${name}`] : [])),
  )
  return [
    ...(await kubernetesResidue()),
    ...daemons.flat(),
    ...(existsSync(state) ? [`folder ${state}`] : []),
  ]
}
