import { type Artifacts, artifactsOf, type Place } from './artifacts.ts'
import { createClient } from './client.ts'
import type { MlflowConnection } from './connection.ts'
import { artifactDigest } from './digest.ts'
import { type Registry, registryOf } from './registry.ts'
import { type Runs, runsOf } from './runs.ts'
import type { ModelVersion } from './schemas.ts'

/** Everything that the suite asks of an MLflow server. Take a `Pick` of it where less is needed. */
export interface Mlflow extends Runs, Registry, Artifacts {
  /** Address of the server, free of credentials. */
  base: string
  /** What the files of a model are, as a hash (see digest.ts); undefined where no loadable model is. */
  digest(place: Place): Promise<string | undefined>
  /** The same of a version. */
  artifactDigest(version: ModelVersion): Promise<string | undefined>
}

/** Nothing is sent before the first question. */
export function connectMlflow(connection: MlflowConnection): Mlflow {
  const client = createClient(connection)
  const artifacts = artifactsOf(client)
  return {
    base: client.base,
    ...runsOf(client),
    ...registryOf(client),
    ...artifacts,
    digest: (place) => artifactDigest(artifacts, place),
    artifactDigest: async (version) => artifactDigest(artifacts, await artifacts.placeOf(version)),
  }
}
