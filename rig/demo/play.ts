import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { runWorkflow, type WorkflowResult } from '../act/index.ts'
import type { Rig } from '../index.ts'
import { stopIfInterrupted } from '../interruption.ts'
import { type Reading, readAll } from './reading.ts'
import type { Claim, Scene } from './scenes.ts'
import type { User } from './user.ts'

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
  const run = await runWorkflow({
    event: scene.event,
    payload: payloads[scene.event],
    ...(scene.event === 'workflow_dispatch' && { inputs: { reason: 'the first model' } }),
    repository: user.folder,
    workflow: 'retrain.yml',
    vars: { MLFLOW_TRACKING_URI: rig.mlflow.uri, MLFLOW_POD_TRACKING_URI: rig.mlflow.podUri },
    secrets: { KUBECONFIG: await readFile(rig.kubernetes.kubeconfig, 'utf8') },
    path: [dirname(rig.tools.helm4), dirname(rig.tools.kubectl)],
  })
  stopIfInterrupted()
  const now: Reading = await readAll(rig, model)
  return { title: scene.title, claims: scene.claims(run, now, before), seconds: run.seconds, run }
}

const payloads: Record<Scene['event'], Record<string, unknown>> = {
  workflow_dispatch: {},
  schedule: { schedule: '23 3 * * 1' },
  repository_dispatch: {
    action: 'model-performance-drop',
    client_payload: { model_name: model, trigger_reason: 'accuracy below 0.90 for 30 minutes' },
  },
}

/** Whether every claim holds. */
export const holds = ({ claims }: Played): boolean => claims.every(({ expected, seen }) => expected === seen)
