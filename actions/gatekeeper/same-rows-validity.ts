import type { Run } from '../../src/adapters/mlflow/schemas.ts'
import { UserError } from '../../src/domain/failure.ts'
import { cutoffReason, immatureReason } from '../../src/domain/gate/holdout.ts'
import type { Holdout } from '../../src/domain/gate/join-holdout.ts'
import { quoted } from '../../src/domain/gate/join-words.ts'
import type { HoldoutPolicy } from '../../src/domain/gate/policy.ts'
import { type Files, sourceFile } from './same-rows-source.ts'
import { readOverlap } from './same-rows-tables.ts'

/** A model whose training must not have seen the holdout. */
export interface Trained {
  who: string
  run: Run | undefined
}

/**
 * Why the holdout proves nothing, one line each. What the policy names and nobody can find is a reason, too. What it
 * says for all models (a file of the workspace, a time) is told of the first.
 */
export async function invalidReasons(
  holdout: Holdout,
  policy: HoldoutPolicy,
  models: readonly Trained[],
  files: Files,
  now: number,
): Promise<string[]> {
  const { trainingIds, trainingCutoff, labelLag } = policy
  const { rows } = holdout
  const reasons: (string | undefined)[] = []
  for (const model of trainingIds && 'path' in trainingIds ? models.slice(0, 1) : models)
    if (trainingIds) reasons.push(await overlapOf(model))
  for (const model of trainingCutoff && 'time' in trainingCutoff ? models.slice(0, 1) : models)
    if (trainingCutoff) {
      const { said, named } = cutoffOf(trainingCutoff, model.run)
      reasons.push(cutoffReason(model.who, said, named, rows))
    }
  if (labelLag !== undefined) reasons.push(immatureReason(rows, labelLag, now))
  return reasons.filter((reason) => reason !== undefined)

  async function overlapOf(model: Trained): Promise<string | undefined> {
    if (!trainingIds) return undefined
    const file = await sourceFile(files, trainingIds, 'holdout.training_ids', model)
    const unknown = `which rows the ${model.who} was trained on is unknown`
    if (typeof file === 'string') return `${unknown}: ${file}`
    try {
      return await readOverlap(file, holdout, policy, model.who)
    } catch (error) {
      // A file of the workspace is the user's to mend; that of an old run is as it is.
      if (error instanceof UserError && 'artifact' in trainingIds) return `${unknown}: ${error.message}`
      throw error
    }
  }
}

function cutoffOf(
  cutoff: NonNullable<HoldoutPolicy['trainingCutoff']>,
  run: Run | undefined,
): { said: string | undefined; named: string } {
  if ('time' in cutoff) return { said: cutoff.time, named: 'the time of the policy' }
  return 'param' in cutoff
    ? { said: run?.params.get(cutoff.param), named: `the param ${quoted(cutoff.param)}` }
    : { said: run?.tags[cutoff.tag], named: `the tag ${quoted(cutoff.tag)}` }
}
