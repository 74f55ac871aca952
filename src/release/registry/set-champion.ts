import type { Mlflow } from '../../adapters/mlflow/mlflow.ts'
import { errorMessage, UserError } from '../../domain/core/errors.ts'
import { oneLine } from '../../domain/core/text.ts'
import { planStageTransitions } from '../../domain/registry/mlflow-stages.ts'
import type { Tags } from '../../domain/registry/version-tags.ts'

/** The champion that a model should have. */
export interface ChampionUpdate {
  model: string
  /** Names of the two aliases. */
  names: { champion: string; previous: string }
  version: string
  /** Tags to write to the version; may be empty. */
  tags: Tags
  /** A version, `none`, or undefined to leave alias `previous` as it is. */
  previous: string | undefined
  /** Whether the champion alias names the version already. */
  isAliasSet: boolean
}

/**
 * Writes tags first, then alias `previous`, then alias `champion`: a job that is killed in between is simply re-run.
 * @returns the aliases afterwards
 * @throws UserError if another job moved the champion alias meanwhile
 */
export async function setChampion(
  mlflow: Mlflow,
  update: ChampionUpdate,
): Promise<ReadonlyMap<string, string>> {
  const { model, names, version, tags, previous, isAliasSet } = update
  if (Object.keys(tags).length > 0) await mlflow.setVersionTags(model, version, tags)
  if (previous === 'none') await mlflow.deleteAlias(model, names.previous)
  else if (previous !== undefined) await mlflow.setAlias(model, names.previous, previous)
  if (!isAliasSet) await mlflow.setAlias(model, names.champion, version)
  return confirmChampion(mlflow, { model, alias: names.champion, version, activity: 'promoting' })
}

/**
 * Reads the aliases again after a write, since MLflow has no compare-and-set for them.
 * @returns the aliases
 * @throws UserError if the champion alias names another version
 */
export async function confirmChampion(
  mlflow: Pick<Mlflow, 'getModel'>,
  expected: { model: string; alias: string; version: string; activity: 'promoting' | 'restoring' },
): Promise<ReadonlyMap<string, string>> {
  const { model, alias, version, activity } = expected
  const aliases = (await mlflow.getModel(model))?.aliases ?? new Map<string, string>()
  const champion = aliases.get(alias)
  if (champion === version) return aliases
  throw new UserError(
    `Conflict: another job set ${alias} to version ${champion ?? 'none'} while this job was ${activity} version ${version}. Use a concurrency group so that only one workflow writes to ${model} at a time, then run reconcile.`,
  )
}

/** Another job may transition stages at the same time, so the loop is bounded. */
const MAX_STAGE_ROUNDS = 6

/**
 * Makes MLflow's stages agree with the champion alias. MLflow's own `archive_existing_versions` is not atomic and can
 * leave two versions in Production, so this transitions each version alone and re-reads until nothing is left to do.
 * Never throws: the alias is the source of truth.
 * @param retired versions that the champion replaced
 * @returns a warning if stages and alias may disagree
 */
export async function mirrorStages(
  mlflow: Pick<Mlflow, 'getModel' | 'listVersions' | 'setStage'>,
  { model, alias, retired }: { model: string; alias: string; retired: readonly string[] },
): Promise<string | undefined> {
  try {
    for (let round = 1; round <= MAX_STAGE_ROUNDS; round += 1) {
      const [registered, versions] = await Promise.all([mlflow.getModel(model), mlflow.listVersions(model)])
      const champion = registered?.aliases.get(alias)
      if (champion === undefined) return stagesWarning(`alias ${alias} is gone`)
      const transitions = planStageTransitions(champion, retired, versions)
      if (transitions.length === 0) return undefined
      for (const { number, stage } of transitions) await mlflow.setStage(model, number, stage)
    }
    return stagesWarning('another job keeps changing them')
  } catch (error) {
    return stagesWarning(errorMessage(error))
  }
}

function stagesWarning(reason: string): string {
  return `MLflow stages may disagree with the alias (${oneLine(reason)}). The alias is correct; re-run this job to update the stages.`
}
