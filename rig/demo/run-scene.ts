import type { WorkflowResult } from '../act/index.ts'
import { throwIfInterrupted } from '../process/interruption.ts'
import { type DemoEnvironment, model } from './environment.ts'
import type { Expectation } from './expectations.ts'
import type { Scene } from './scenes.ts'
import { readSystemState } from './system-state.ts'

export interface SceneResult {
  title: string
  expectations: Expectation[]
  seconds: number
  runs: WorkflowResult[]
}

/** Runs a scene, then reads the state of every system. */
export const runScene = async (scene: Scene, environment: DemoEnvironment): Promise<SceneResult> => {
  throwIfInterrupted()
  const before = await readSystemState(environment.rig, model)
  const startedAt = performance.now()
  const runs = await scene.run(environment)
  const seconds = (performance.now() - startedAt) / 1000
  throwIfInterrupted()
  const expectations = scene.check(runs, await readSystemState(environment.rig, model), before)
  return { title: scene.title, expectations, seconds, runs }
}

/** Whether every expectation is met. */
export const hasPassed = ({ expectations }: SceneResult): boolean =>
  expectations.every(({ expected, actual }) => expected === actual)

/** Joins the output of a scene's workflows, to explain a failure. */
export const collectLogs = ({ runs }: SceneResult): string =>
  runs.flatMap(({ log, problems }) => [log, ...problems]).join('\n')
