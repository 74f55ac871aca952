import { randomInt } from 'node:crypto'
import type { Rig } from '../../rig/index.ts'
import { resolveMlflowConnection } from '../../src/adapters/mlflow/http/connection.ts'
import { connectMlflow, type Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { type HelmName, openNamespace } from '../system/support/cluster/namespace.ts'
import { createTrainer, type Trainer } from '../system/support/mlflow/trainer.ts'
import { type Job, type JobRegistry, startJobRegistry } from './job-registry.ts'

export type { HelmName } from '../system/support/cluster/namespace.ts'

/** The rig, a namespace in its cluster, and the bundle under test. */
export interface Harness {
  rig: Rig
  /** Folder of the bundle. */
  dist: string
  namespace: string
  trainer: Trainer
  mlflow: Mlflow
  jobs: JobRegistry
  kubectl(...args: string[]): Promise<string>
  apply(objects: unknown): Promise<string>
  helm(name: HelmName, ...args: string[]): Promise<string>
  environment(helm: HelmName): NodeJS.ProcessEnv
  /** A job with a new run id. */
  nextJob(): Job
  close(): Promise<void>
}

export async function openHarness(dist: string): Promise<Harness> {
  const space = await openNamespace()
  const { rig, namespace, kubectl, apply, helm, environment } = space
  const trainer = await createTrainer(rig.mlflow.uri)
  const jobs = await startJobRegistry()
  let lastRunId = randomInt(1, 1_000_000) * 1000
  return {
    rig,
    dist,
    namespace,
    trainer,
    mlflow: connectMlflow(resolveMlflowConnection({ 'tracking-uri': rig.mlflow.uri }, {})),
    jobs,
    kubectl,
    apply,
    helm,
    environment,
    nextJob() {
      lastRunId += 1
      return { runId: String(lastRunId), runnerName: `runner-${lastRunId % 7}` }
    },
    async close() {
      await jobs.close()
      await space.close()
    },
  }
}
