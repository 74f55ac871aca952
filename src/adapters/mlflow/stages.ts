import { oneLine } from '../../domain/one-line.ts'
import { mirrorSteps } from '../../domain/stages.ts'
import type { Mlflow } from './mlflow.ts'

/** Looks before it is said that stages and alias do not come together: another job may be at the same work. */
const LOOKS = 6

/**
 * Brings MLflow's stages to say what the champion's alias says. A transition that archives the others by itself is not
 * atomic, and two at once leave two versions in Production; so each version is moved alone, the alias and the stages are
 * read again after every round, and it is over only when a look finds nothing to do. Whoever of several jobs writes last
 * looks last. Never throws: the alias is the truth, and stages that lag behind it are no reason to fail.
 * @param retired versions that gave way to the champion
 * @returns why the stages do not say what the alias says; undefined where they do
 */
export async function mirrorStages(
  mlflow: Pick<Mlflow, 'model' | 'versions' | 'setStage'>,
  { model, alias, retired }: { model: string; alias: string; retired: readonly string[] },
): Promise<string | undefined> {
  try {
    for (let look = 1; look <= LOOKS; look += 1) {
      const [registered, versions] = await Promise.all([mlflow.model(model), mlflow.versions(model)])
      const champion = registered?.aliases.get(alias)
      if (champion === undefined) return lagging(`there is no ${alias} any more`)
      const steps = mirrorSteps(champion, retired, versions)
      if (steps.length === 0) return undefined
      for (const { number, stage } of steps) await mlflow.setStage(model, number, stage)
    }
    return lagging('they were changed again and again while they were set')
  } catch (error) {
    return lagging(error instanceof Error ? error.message : String(error))
  }
}

function lagging(why: string): string {
  return `MLflow's stages may not say what the alias says (${oneLine(why)}). The alias holds; run this again to set them right.`
}
