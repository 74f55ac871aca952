import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { championIn, readModelState, versionIn } from '../../src/adapters/mlflow/model-state.ts'
import { sameInQuarantine } from '../../src/adapters/mlflow/quarantine.ts'
import type { ModelVersion } from '../../src/adapters/mlflow/schemas.ts'
import type { CurrentChampion } from '../../src/domain/champion.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import type { contract } from './contract.ts'

/** What the registry says of the version and of the champion, read right before anything is written. */
export interface Registered {
  version: ModelVersion
  versions: readonly ModelVersion[]
  champion: CurrentChampion<ModelVersion>
  aliases: ReadonlyMap<string, string>
  /** Versions with the same files that are in quarantine, this one among them. */
  quarantined: readonly ModelVersion[]
}

/** @throws UserError where the model or the version is not there */
export async function readRegistry(
  mlflow: Mlflow,
  inputs: Inputs<typeof contract>,
  number: string,
): Promise<Registered> {
  const state = await readModelState(mlflow, inputs['model-name'])
  const version = versionIn(state, number, inputs['model-version'] && 'model-version')
  return {
    version,
    versions: state.versions,
    champion: championIn(state, inputs),
    aliases: state.aliases,
    quarantined: await sameInQuarantine(mlflow, version, state.versions),
  }
}
