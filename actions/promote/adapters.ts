import { connectCluster } from '../../src/adapters/kubernetes/connection.ts'
import { readLive } from '../../src/adapters/kubernetes/live.ts'
import type { ReleaseInputs } from '../../src/adapters/kubernetes/release.ts'
import type { MlflowInputs } from '../../src/adapters/mlflow/address.ts'
import { mlflowConnection } from '../../src/adapters/mlflow/connection.ts'
import { connectMlflow, type Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import type { Live } from '../../src/domain/live.ts'
import type { Context } from '../../src/runtime/context.ts'

/** What the actions that move the champion ask of the world: the registry, what serves, and the time. */
export interface Adapters {
  mlflow(inputs: MlflowInputs, context: Context): Mlflow
  live(inputs: ReleaseInputs, context: Context): Promise<Live | undefined>
  now(): Date
}

export const real: Adapters = {
  mlflow: (inputs, context) => connectMlflow(mlflowConnection(inputs, context.env, context.cancelled)),
  live: async (inputs, context) => {
    const cluster = await connectCluster(inputs, context)
    try {
      return await readLive(cluster, { versionFrom: inputs['version-from'], workload: inputs.workload })
    } finally {
      cluster.close()
    }
  },
  now: () => new Date(),
}
