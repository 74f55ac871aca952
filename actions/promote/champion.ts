import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { UserError } from '../../src/domain/failure.ts'
import type { Tags } from '../../src/domain/ledger.ts'

/** What is to be true of a model: its champion, the ledger of that, and whom `previous` names. */
export interface Writing {
  model: string
  /** Names of the two aliases. */
  names: { champion: string; previous: string }
  version: string
  /** What its ledger gets; may be none. */
  tags: Tags
  /** A version, `none`, or undefined where it stays as it is. */
  previous: string | undefined
  /** Whether the alias names the version already. */
  holds: boolean
}

/**
 * Ledger first, then `previous`, then `champion`: the last step makes it true, and a job that is killed before it is
 * simply run again. Then reads again, since MLflow's aliases know no compare-and-set: who lost a race must say so.
 * @returns the aliases afterwards
 */
export async function writeChampion(mlflow: Mlflow, writing: Writing): Promise<ReadonlyMap<string, string>> {
  const { model, names, version, tags, previous, holds } = writing
  if (Object.keys(tags).length > 0) await mlflow.setVersionTags(model, version, tags)
  if (previous === 'none') await mlflow.deleteAlias(model, names.previous)
  else if (previous !== undefined) await mlflow.setAlias(model, names.previous, previous)
  if (!holds) await mlflow.setAlias(model, names.champion, version)

  const now = (await mlflow.model(model))?.aliases ?? new Map<string, string>()
  const champion = now.get(names.champion)
  if (champion !== version)
    throw new UserError(
      `Another job made version ${champion ?? 'none'} the ${names.champion} while this one promoted ${version}, and its word stands. Let only one workflow promote ${model} at a time (a concurrency group), then run reconcile.`,
    )
  return now
}
