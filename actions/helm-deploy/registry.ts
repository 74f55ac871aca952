import type { MlflowInputs } from '../../src/adapters/mlflow/address.ts'
import { optionalMlflowConnection } from '../../src/adapters/mlflow/connection.ts'
import { Unlisted } from '../../src/adapters/mlflow/failures.ts'
import { connectMlflow, type Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { championIn, readModelState, versionIn } from '../../src/adapters/mlflow/model-state.ts'
import { quarantinedAs, whyQuarantined } from '../../src/adapters/mlflow/quarantine.ts'
import type { ModelVersion } from '../../src/adapters/mlflow/schemas.ts'
import { UserError } from '../../src/domain/failure.ts'
import { ledger } from '../../src/domain/ledger.ts'
import type { Standing } from '../../src/domain/rollout-admission.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import type { contract } from './contract.ts'
import type { Deployment } from './deployment.ts'

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
  const digest = await digestOf(mlflow, version)
  const found = championIn(state, inputs)
  const champion = found.kind === 'version' ? found.version.number : undefined
  return {
    verdict: version.tags[ledger.verdict],
    // It has no verdict, and may be deployed again while it is champion.
    adopted: champion === number && version.tags[ledger.adopted] !== undefined,
    judgedDigest: version.tags[ledger.artifactDigest],
    digest,
    quarantined: whyQuarantined(version, await quarantinedAs(mlflow, { number, digest }, state.versions)),
    champion,
    judgedAgainst: version.tags[ledger.championVersion],
    blamed: [ledger.suspect, ledger.deployFailed].filter((tag) => version.tags[tag] !== undefined),
  }
}

/** A version that was seen serving is no suspect any more. That it cannot be written changes nothing of that. */
export async function forgetFailures({
  mlflow,
  inputs,
  standing,
  notes,
}: Pick<Deployment, 'mlflow' | 'inputs' | 'standing' | 'notes'>): Promise<void> {
  const { 'model-name': model, 'model-version': version } = inputs
  for (const tag of standing?.blamed ?? [])
    await mlflow?.deleteVersionTag(model, version, tag).catch((error: unknown) => {
      notes.push(
        `Tag ${tag} of version ${version}, which speaks of an earlier failure, is still there: ${error}`,
      )
    })
}

/** Undefined where the server cannot list the files, which says nothing against them: pods may well reach the store. */
async function digestOf(mlflow: Mlflow, version: ModelVersion): Promise<string | undefined> {
  const digest = await mlflow.artifactDigest(version).catch((error: unknown) => {
    if (error instanceof Unlisted) return null
    throw error
  })
  if (digest !== undefined) return digest ?? undefined
  throw new UserError(
    `Input model-version: version ${version.number} of model ${JSON.stringify(version.model)} has no MLmodel file, so no pod can load it; register a logged model.`,
  )
}
