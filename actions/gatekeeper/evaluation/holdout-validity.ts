import type { Run } from '../../../src/adapters/mlflow/schemas.ts'
import { findIdColumn } from '../../../src/adapters/tables/read-holdout.ts'
import { readTable } from '../../../src/adapters/tables/read-table.ts'
import { UserError } from '../../../src/domain/core/errors.ts'
import type { HoldoutPolicy } from '../../../src/domain/gate/criteria/gate-policy.ts'
import type { Holdout } from '../../../src/domain/gate/dataset/holdout.ts'
import {
  findImmatureLabels,
  findTemporalLeakage,
  type HoldoutIssue,
  TrainingOverlap,
} from '../../../src/domain/gate/dataset/leakage.ts'
import { quote } from '../../../src/domain/table/messages.ts'
import { createMissingTest } from '../../../src/domain/table/missing-words.ts'
import { describeHoldoutIssue, describeUnknownTraining } from '../messages/dataset.ts'
import { fetchSourceFile, type ScoringFiles } from './files.ts'

/**
 * Finds problems of the holdout, one line each: overlap with training rows, training data that reach into its period,
 * immature labels. Training data that the policy names but that cannot be found are a problem, too. What the policy gives
 * for all models (a workspace file, a time) is checked once, for the first model.
 */
export async function findHoldoutIssues(
  holdout: Holdout,
  policy: HoldoutPolicy,
  models: readonly { who: string; run: Run | undefined }[],
  files: ScoringFiles,
  now: number,
): Promise<string[]> {
  const { trainingIds, trainingCutoff, labelLag } = policy
  const { rows } = holdout
  const issues: string[] = []
  const report = (issue: HoldoutIssue | undefined, who?: string, cutoffSource?: string) => {
    if (issue) issues.push(describeHoldoutIssue(issue, who, cutoffSource))
  }
  for (const model of trainingIds && 'path' in trainingIds ? models.slice(0, 1) : models) {
    if (!trainingIds) break
    try {
      const file = await fetchSourceFile(files, trainingIds, 'holdout.training_ids', model)
      const overlap = new TrainingOverlap(holdout, createMissingTest(policy))
      await readTable(file, (names) => [{ name: findIdColumn(names, policy), column: overlap, isId: true }])
      report(overlap.findIssue(), model.who)
    } catch (error) {
      // The user can fix a workspace file, but not an artifact of an old run.
      if (!(error instanceof UserError) || 'path' in trainingIds) throw error
      issues.push(describeUnknownTraining(model.who, error.message))
    }
  }
  for (const model of trainingCutoff && 'time' in trainingCutoff ? models.slice(0, 1) : models) {
    if (!trainingCutoff) break
    const { cutoff, source } = resolveCutoff(trainingCutoff, model.run)
    report(findTemporalLeakage(cutoff, rows, now), model.who, source)
  }
  if (labelLag !== undefined) report(findImmatureLabels(rows, labelLag, now))
  return issues
}

function resolveCutoff(cutoff: NonNullable<HoldoutPolicy['trainingCutoff']>, run: Run | undefined) {
  if ('time' in cutoff) return { cutoff: cutoff.time, source: 'the time of the policy' }
  return 'param' in cutoff
    ? { cutoff: run?.params.get(cutoff.param), source: `the param ${quote(cutoff.param)}` }
    : { cutoff: run?.tags[cutoff.tag], source: `the tag ${quote(cutoff.tag)}` }
}
