import { openRelease, type Release, type ReleaseInputs } from '../../src/adapters/kubernetes/release.ts'
import type { MlflowInputs } from '../../src/adapters/mlflow/address.ts'
import { mlflowConnection } from '../../src/adapters/mlflow/connection.ts'
import { connectMlflow, type Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Waiting } from '../lease/claim.ts'

/** What the actions that move the champion ask of the world: the registry, what serves, and the time. */
export interface Adapters {
  mlflow(inputs: MlflowInputs, context: Context): Mlflow
  openRelease(inputs: ReleaseInputs, context: Context): Promise<Release>
  now(): Date
  waiting?: Waiting
}

export const real: Adapters = {
  mlflow: (inputs, context) => connectMlflow(mlflowConnection(inputs, context.env, context.cancelled)),
  openRelease,
  now: () => new Date(),
}
