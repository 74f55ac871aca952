import { randomInt } from 'node:crypto'
import type { Rig } from '../../rig/index.ts'
import { mlflowConnection } from '../../src/adapters/mlflow/connection.ts'
import { connectMlflow, type Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { type HelmName, openNamespace } from '../../test/system/helm-releases.ts'
import { type Trainer, trainerAt } from '../../test/system/trained.ts'
import { type Job, openRuns, type Runs } from './github.ts'

export type { HelmName } from '../../test/system/helm-releases.ts'

/** The real parts, a namespace in the cluster, and the bundle whose actions are run. */
export interface World {
  rig: Rig
  /** Folder of the bundle. */
  dist: string
  namespace: string
  trainer: Trainer
  mlflow: Mlflow
  runs: Runs
  kubectl(...args: string[]): Promise<string>
  helm(name: HelmName, ...args: string[]): Promise<string>
  environment(helm: HelmName): NodeJS.ProcessEnv
  /** A job that no other has been. */
  nextJob(): Job
  close(): Promise<void>
}

export async function openWorld(dist: string): Promise<World> {
  const space = await openNamespace()
  const { rig, namespace, kubectl, helm, environment } = space
  const trainer = await trainerAt(rig.mlflow.uri)
  const runs = await openRuns()
  let last = randomInt(1, 1_000_000) * 1000
  return {
    rig,
    dist,
    namespace,
    trainer,
    mlflow: connectMlflow(mlflowConnection({ 'tracking-uri': rig.mlflow.uri }, {})),
    runs,
    kubectl,
    helm,
    environment,
    nextJob() {
      last += 1
      return { run: String(last), runner: `runner-${last % 7}` }
    },
    async close() {
      await runs.close()
      await space.close()
    },
  }
}
