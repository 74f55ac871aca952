import type { MlflowInputs } from '../../src/adapters/mlflow/address.ts'
import { optionalMlflowConnection } from '../../src/adapters/mlflow/connection.ts'
import { connectMlflow, type Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { championIn, readModelState, versionIn } from '../../src/adapters/mlflow/model-state.ts'
import { quarantinedAs } from '../../src/adapters/mlflow/quarantine.ts'
import type { ModelVersion } from '../../src/adapters/mlflow/schemas.ts'
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
  const state = await readModelState(mlflow, model)
  const version = versionIn(state, number, 'model-version')
  const digest = await mlflow.artifactDigest(version)
  if (digest === undefined) {
    throw new UserError(
      `Input model-version: version ${number} of model ${JSON.stringify(model)} has no MLmodel file, so no pod can load it; register a logged model.`,
    )
  }
  const found = championIn(state, inputs)
  const champion = found.kind === 'version' ? found.version.number : undefined
  // A person vouched for it when it was live already; it has no verdict, and may be deployed again while it is champion.
  const adopted = champion === number && version.tags[ledger.adopted] !== undefined
  return {
    admitted: version.tags[ledger.verdict] === 'promote' || adopted,
    verdict: version.tags[ledger.verdict],
    judgedDigest: version.tags[ledger.artifactDigest] ?? (adopted ? digest : undefined),
    digest,
    quarantined: await quarantineOf(mlflow, version, digest, state.versions),
    champion,
  }
}

async function quarantineOf(
  mlflow: Mlflow,
  { number }: ModelVersion,
  digest: string,
  versions: readonly ModelVersion[],
): Promise<string | undefined> {
  const [first] = await quarantinedAs(mlflow, { number, digest }, versions)
  const why = first?.tags[ledger.quarantined]
  return first?.number === number
    ? why
    : first && `as version ${first.number}, which has the same files: ${why}`
}
