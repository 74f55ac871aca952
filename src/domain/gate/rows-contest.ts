import type { Options } from './measure.ts'
import type { Contest, Scored } from './trial.ts'

export type RowsContest = Contest & { scored: Scored }

/** @param only `values` where nothing is asked of chance */
export function options({ policy, scored }: RowsContest, only?: 'values'): Options {
  const { confidence, resamples } = policy.statistics
  return { confidence, resamples: only === 'values' ? 0 : resamples, seed: scored.seed }
}

/** Fewer units than this decide nothing, in the words of a reason. */
export function leastUnits({ policy, scored }: RowsContest): { least: number; unit: string } {
  const { minRows, minGroups } = policy.statistics
  if (scored.rows.groups) return { least: minGroups, unit: 'groups' }
  return { least: minRows, unit: scored.rows.queries ? 'queries' : 'rows' }
}
