import type { MlflowConnection } from '../../src/adapters/mlflow/connection.ts'
import { connectMlflow, type Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { runScript, type Script, type ScriptEnd } from '../../src/adapters/process/run-script.ts'

/** What train asks of MLflow. */
export type Tracking = Pick<
  Mlflow,
  'base' | 'run' | 'runsByTag' | 'experiment' | 'createRun' | 'endRun' | 'list'
>

export interface Adapters {
  connect(connection: MlflowConnection): Tracking
  runScript(script: Script): Promise<ScriptEnd>
  now(): number
}

export const real: Adapters = {
  connect: connectMlflow,
  runScript: (script) => runScript(script),
  now: Date.now,
}
