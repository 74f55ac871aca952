import { type ArtifactLocation, createArtifactApi } from './artifacts/artifacts.ts'
import { computeArtifactDigest } from './artifacts/digest.ts'
import { createClient } from './http/client.ts'
import type { MlflowConnection } from './http/connection.ts'
import { createRegistryApi } from './registry/registry.ts'
import { createRunApi } from './runs.ts'
import type { ModelVersion } from './schemas.ts'
import { createServerApi } from './server.ts'

/** The MLflow client. Take a `Pick` of it where less is needed. */
export type Mlflow = ReturnType<typeof connectMlflow>

/** Sends nothing before the first call. */
export function connectMlflow(connection: MlflowConnection) {
  const client = createClient(connection)
  const artifacts = createArtifactApi(client)
  return {
    /** Address of the server, without credentials. */
    base: client.base,
    ...createServerApi(client),
    ...createRunApi(client),
    ...createRegistryApi(client),
    ...artifacts,
    /** Identifies a model by its files (see digest.ts); undefined without a loadable model. */
    computeDigest: (place: ArtifactLocation) => computeArtifactDigest(artifacts, place),
    /** The same for a version. */
    computeVersionDigest: async (version: ModelVersion) =>
      computeArtifactDigest(artifacts, await artifacts.locateArtifacts(version)),
  }
}
