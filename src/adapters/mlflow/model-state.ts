import { type CurrentChampion, currentChampion } from '../../domain/champion.ts'
import { UserError } from '../../domain/failure.ts'
import type { Mlflow } from './mlflow.ts'
import type { ModelVersion } from './schemas.ts'

/** A registered model with all that is known of its versions, read at one moment. */
export interface ModelState {
  name: string
  /** Address of the server. */
  base: string
  /** Whether the registered model is there at all. */
  registered: boolean
  versions: readonly ModelVersion[]
  /** Alias to version number. */
  aliases: ReadonlyMap<string, string>
}

/** Two requests, side by side. A model that is not there has no versions and no aliases. */
export async function readModelState(
  mlflow: Pick<Mlflow, 'base' | 'model' | 'versions'>,
  name: string,
): Promise<ModelState> {
  const [model, versions] = await Promise.all([mlflow.model(name), mlflow.versions(name)])
  const aliases = model?.aliases ?? new Map<string, string>()
  return { name, base: mlflow.base, registered: model !== undefined, versions, aliases }
}

/** @throws UserError where the model is not there */
export function mustBeRegistered({ registered, base, name }: ModelState): void {
  if (registered) return
  throw new UserError(
    `Input model-name: ${base} has no model ${JSON.stringify(name)}; check the name and the address.`,
  )
}

/**
 * The version of this number.
 * @param input name of the input that asked for it; left out where no input did
 * @throws UserError where the model or the version is not there
 */
export function versionIn(state: ModelState, number: string, input?: string): ModelVersion {
  mustBeRegistered(state)
  const version = state.versions.find((one) => one.number === number)
  if (version) return version
  throw new UserError(
    `${input ? `Input ${input}: ` : ''}model ${JSON.stringify(state.name)} has no version ${number} at ${state.base}: check the number, model-name and tracking-uri.`,
  )
}

/** The champion under the alias that an action's inputs name, or why nobody can say which version it is. */
export function championIn(
  { aliases, versions }: ModelState,
  inputs: { 'champion-alias': string; 'previous-alias': string },
): CurrentChampion<ModelVersion> {
  const names = { champion: inputs['champion-alias'], previous: inputs['previous-alias'] }
  return currentChampion(aliases, versions, names)
}
