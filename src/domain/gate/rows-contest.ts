import type { Options } from './measure.ts'
import type { Contest, Scored } from './trial.ts'

export type RowsContest = Contest & { scored: Scored }

/** Questions whose answers are known need fewer: they show that the gate works, and split no hairs. */
const SELF_TEST_RESAMPLES = 400

/** Nothing is drawn before a change is asked for, so that values alone cost no resamples. */
export function options({ policy, scored }: RowsContest, only?: 'self-test'): Options {
  const { confidence, resamples } = policy.statistics
  const drawn = only ? Math.min(resamples, SELF_TEST_RESAMPLES) : resamples
  return { confidence, resamples: drawn, seed: scored.seed }
}

/** Fewer units than this decide nothing, in the words of a reason. */
export function leastUnits({ policy, scored }: RowsContest): { least: number; unit: string } {
  const { minRows, minGroups } = policy.statistics
  if (scored.rows.groups) return { least: minGroups, unit: 'groups' }
  return { least: minRows, unit: scored.rows.queries ? 'queries' : 'rows' }
}
