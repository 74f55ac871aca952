import type { Mlflow } from '../../adapters/mlflow/mlflow.ts'
import type { ModelVersion } from '../../adapters/mlflow/schemas.ts'
import { UserError } from '../../domain/core/errors.ts'
import { type CurrentChampion, currentChampion } from '../../domain/registry/champion.ts'

/** A registered model with its versions, aliases and champion, read at one moment. */
export interface ModelSnapshot {
  name: string
  /** Address of the MLflow server. */
  base: string
  /** False where MLflow has no model of this name. */
  isRegistered: boolean
  versions: readonly ModelVersion[]
  /** Alias to version number. */
  aliases: ReadonlyMap<string, string>
  champion: CurrentChampion<ModelVersion>
}

interface ModelInputs {
  'model-name': string
  'champion-alias': string
  'previous-alias'?: string
}

/** Reads the model in two parallel requests. An unregistered model has no versions and no aliases. */
export async function readModelSnapshot(
  mlflow: Pick<Mlflow, 'base' | 'getModel' | 'listVersions'>,
  inputs: ModelInputs,
): Promise<ModelSnapshot> {
  const name = inputs['model-name']
  const [model, versions] = await Promise.all([mlflow.getModel(name), mlflow.listVersions(name)])
  const aliases = model?.aliases ?? new Map<string, string>()
  const names = { champion: inputs['champion-alias'], previous: inputs['previous-alias'] ?? '' }
  const champion = currentChampion(aliases, versions, names)
  return { name, base: mlflow.base, isRegistered: model !== undefined, versions, aliases, champion }
}

/** @throws UserError if MLflow has no such model */
export function assertRegistered({ isRegistered, base, name }: ModelSnapshot): void {
  if (isRegistered) return
  throw new UserError(
    `Input model-name: ${base} has no model ${JSON.stringify(name)}; check the name and the address.`,
  )
}

/**
 * The version with this number.
 * @param input name of the input that holds the number, if an input does
 * @throws UserError if MLflow has no such model or version
 */
export function requireVersion(snapshot: ModelSnapshot, number: string, input?: string): ModelVersion {
  assertRegistered(snapshot)
  const version = snapshot.versions.find((one) => one.number === number)
  if (version) return version
  throw new UserError(
    `${input ? `Input ${input}: ` : ''}model ${JSON.stringify(snapshot.name)} has no version ${number} at ${snapshot.base}: check the number, model-name and tracking-uri.`,
  )
}
