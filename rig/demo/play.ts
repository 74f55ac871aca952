import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { runWorkflow, type WorkflowResult } from '../act/index.ts'
import type { Rig } from '../index.ts'
import { stopIfInterrupted } from '../interruption.ts'
import { happen, type RunWorkflow } from './events.ts'
import { readAll } from './reading.ts'
import type { Claim, Scene } from './scenes.ts'
import type { User } from './user.ts'

/** Registered model and release of the example. */
export const model = 'digits'

export interface Played {
  title: string
  claims: Claim[]
  seconds: number
  run: WorkflowResult
}

/** A scene as a user would live it: a commit, an event, the workflow; then everything is read back. */
export const play = async (scene: Scene, user: User, rig: Rig): Promise<Played> => {
  stopIfInterrupted()
  const before = await readAll(rig, model)
  await user.changeTraining(scene.quality)
  const run = await happen(scene.event, user, await runner(user, rig))
  stopIfInterrupted()
  const now = await readAll(rig, model)
  return { title: scene.title, claims: scene.claims(run, now, before), seconds: run.seconds, run }
}

/** The user's variables and secrets, as the caller workflow names them, and programs as a hosted runner has them. */
export const runner = async (user: User, rig: Rig): Promise<RunWorkflow> => {
  const settings = {
    repository: user.folder,
    vars: { MLFLOW_TRACKING_URI: rig.mlflow.uri, MLFLOW_POD_TRACKING_URI: rig.mlflow.podUri },
    secrets: { KUBECONFIG: await readFile(rig.kubernetes.kubeconfig, 'utf8') },
    path: [dirname(rig.tools.kubectl)],
  }
  return (workflow, event, payload) => runWorkflow({ ...settings, workflow, event, payload })
}

/** Whether every claim holds. */
export const holds = ({ claims }: Played): boolean => claims.every(({ expected, seen }) => expected === seen)
