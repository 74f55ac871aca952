import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { sameInQuarantine } from '../../src/adapters/mlflow/quarantine.ts'
import type { ModelVersion } from '../../src/adapters/mlflow/schemas.ts'
import { type Reigning, reigning } from '../../src/domain/champion.ts'
import { UserError } from '../../src/domain/failure.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import type { contract } from './contract.ts'

/** What the registry says of the version and of who reigns, read right before anything is written. */
export interface Registered {
  version: ModelVersion
  reigning: Reigning<ModelVersion>
  aliases: ReadonlyMap<string, string>
  /** Versions with the same files that are in quarantine, this one among them. */
  quarantined: readonly ModelVersion[]
}

/** Throws UserError where the model or the version is not there. */
export async function readRegistry(
  mlflow: Mlflow,
  inputs: Inputs<typeof contract>,
  number: string,
): Promise<Registered> {
  const name = inputs['model-name']
  const [model, versions] = await Promise.all([mlflow.model(name), mlflow.versions(name)])
  if (!model)
    throw new UserError(
      `Input model-name: ${mlflow.base} has no model ${name}; check the name and the address.`,
    )
  const version = versions.find((one) => one.number === number)
  if (!version)
    throw new UserError(
      `${name} has no version ${number} at ${mlflow.base}: register what serves, or check model-name and tracking-uri.`,
    )
  const names = { champion: inputs['champion-alias'], previous: inputs['previous-alias'] }
  return {
    version,
    reigning: reigning(model.aliases, versions, names),
    aliases: model.aliases,
    quarantined: await sameInQuarantine(mlflow, version, versions),
  }
}
