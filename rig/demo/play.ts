import type { WorkflowResult } from '../act/index.ts'
import { stopIfInterrupted } from '../interruption.ts'
import type { Claim } from './claims.ts'
import { readAll } from './reading.ts'
import type { Scene } from './scenes.ts'
import { model, type Stage } from './stage.ts'

export interface Played {
  title: string
  claims: Claim[]
  seconds: number
  runs: WorkflowResult[]
}

/** Lets a scene happen, then reads everything back. */
export const play = async (scene: Scene, stage: Stage): Promise<Played> => {
  stopIfInterrupted()
  const before = await readAll(stage.rig, model)
  const began = performance.now()
  const runs = await scene.happen(stage)
  const seconds = (performance.now() - began) / 1000
  stopIfInterrupted()
  const claims = scene.claims(runs, await readAll(stage.rig, model), before)
  return { title: scene.title, claims, seconds, runs }
}

/** Whether every claim holds. */
export const holds = ({ claims }: Played): boolean => claims.every(({ expected, seen }) => expected === seen)

/** What its workflows printed, for who wants to know why it did not go as it should. */
export const printed = ({ runs }: Played): string =>
  runs.flatMap(({ log, problems }) => [log, ...problems]).join('\n')
