import type { MlflowInputs } from '../../src/adapters/mlflow/address.ts'
import { optionalMlflowConnection } from '../../src/adapters/mlflow/connection.ts'
import { connectMlflow, type Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { quarantinedAs } from '../../src/adapters/mlflow/quarantine.ts'
import type { ModelVersion } from '../../src/adapters/mlflow/schemas.ts'
import { reigning } from '../../src/domain/champion.ts'
import { UserError } from '../../src/domain/failure.ts'
import { ledger } from '../../src/domain/ledger.ts'
import type { Standing } from '../../src/domain/rollout-admission.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import type { contract } from './contract.ts'

/** Undefined where no tracking server is given. */
export function openMlflow(inputs: MlflowInputs, context: Context): Mlflow | undefined {
  const connection = optionalMlflowConnection(inputs, context.env, context.cancelled)
  return connection && connectMlflow(connection)
}

/**
 * What the registry says of the version that is to be deployed.
 * @throws UserError where it does not know it, or the version has nothing that a pod could load
 */
export async function standingOf(mlflow: Mlflow, inputs: Inputs<typeof contract>): Promise<Standing> {
  const { 'model-name': model, 'model-version': number } = inputs
  const [registered, versions] = await Promise.all([mlflow.model(model), mlflow.versions(model)])
  const version = versions.find((one) => one.number === number)
  if (!registered || !version) {
    throw new UserError(
      `Input model-version: ${mlflow.base} has no version ${number} of model ${JSON.stringify(model)}; give one that is registered there.`,
    )
  }
  const digest = await mlflow.artifactDigest(version)
  if (digest === undefined) {
    throw new UserError(
      `Input model-version: version ${number} of model ${JSON.stringify(model)} has no MLmodel file, so no pod can load it; register a logged model.`,
    )
  }
  const aliases = { champion: inputs['champion-alias'], previous: inputs['previous-alias'] }
  const found = reigning(registered.aliases, versions, aliases)
  const champion = found.kind === 'version' ? found.version.number : undefined
  // A person vouched for it when it was live already; it has no verdict, and may be deployed again while it reigns.
  const adopted = champion === number && version.tags[ledger.adopted] !== undefined
  return {
    admitted: version.tags[ledger.verdict] === 'promote' || adopted,
    verdict: version.tags[ledger.verdict],
    judgedDigest: version.tags[ledger.artifactDigest] ?? (adopted ? digest : undefined),
    digest,
    quarantined: await quarantineOf(mlflow, versions, version, digest),
    champion,
  }
}

async function quarantineOf(
  mlflow: Mlflow,
  versions: readonly ModelVersion[],
  version: ModelVersion,
  digest: string,
): Promise<string | undefined> {
  const own = version.tags[ledger.quarantined]
  if (own) return own
  const [same] = await quarantinedAs(mlflow, digest, versions)
  return same && `as version ${same.number}, which has the same files: ${same.tags[ledger.quarantined]}`
}
