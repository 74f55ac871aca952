import { openRelease, type Release, type ReleaseInputs } from '../../adapters/kubernetes/release/release.ts'
import type { MlflowInputs } from '../../adapters/mlflow/http/connection.ts'
import {
  resolveMlflowConnection,
  resolveOptionalMlflowConnection,
} from '../../adapters/mlflow/http/connection.ts'
import { connectMlflow, type Mlflow } from '../../adapters/mlflow/mlflow.ts'
import type { Context } from '../../runtime/context.ts'
import type { LeaseEnvironment } from '../lease/lease-request.ts'

/** What the actions that move the champion ask of the world: the registry, what serves, and the time. */
export interface ReleaseAdapters {
  mlflow(inputs: MlflowInputs, context: Context): Mlflow
  openRelease(inputs: ReleaseInputs, context: Context): Promise<Release>
  now(): Date
  leaseEnvironment?: LeaseEnvironment
}

export const systemAdapters: ReleaseAdapters = {
  mlflow: (inputs, context) => connectMlflow(resolveMlflowConnection(inputs, context.env, context.cancelled)),
  openRelease,
  now: () => new Date(),
}

/** Undefined where no tracking server is given. */
export function openMlflow(inputs: MlflowInputs, context: Context): Mlflow | undefined {
  const connection = resolveOptionalMlflowConnection(inputs, context.env, context.cancelled)
  return connection && connectMlflow(connection)
}
