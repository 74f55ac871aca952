import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import type { GatePolicy } from '../../src/domain/gate/policy.ts'
import { hold, type Trial } from '../../src/domain/gate/trial.ts'
import type { Context } from '../../src/runtime/context.ts'
import { contenders, labelsOf, missingAnchor, models } from './contenders.ts'
import { staleChampion, storedDoubts, storedRows } from './doubts.ts'
import type { scoreOnSameRows } from './same-rows.ts'
import type { Seen } from './seen.ts'
import { byRows } from './trying-rows.ts'

/** What was measured, and what stands against believing it. */
export interface Tried {
  trial: Trial | undefined
  doubts: string[]
  /** Why the candidate could not be scored. */
  unscored: string | undefined
  notes: string[]
  /** Digest of the holdout that decided; undefined where stored values did. */
  holdout: string | undefined
  /** Rows of the holdout. */
  rows: number | undefined
  /** Days since the champion was promoted. */
  championAge: number | undefined
}

export type Score = typeof scoreOnSameRows

/** What holds of a case whatever is measured. */
export type About = Pick<Tried, 'doubts' | 'notes' | 'championAge'>

/** Measures both models as the policy asks for. Nothing is run for a candidate that is unfit anyway: see `judge`. */
export async function tryOut(
  context: Context,
  mlflow: Mlflow,
  seen: Seen,
  policy: GatePolicy,
  now: Date,
  score: Score,
): Promise<Tried> {
  const stale = staleChampion(seen, policy, now)
  const about = {
    doubts: stale.doubt === undefined ? [] : [stale.doubt],
    notes: stale.note === undefined ? [] : [stale.note],
    championAge: stale.days,
  }
  const same = await score(context, {
    policy,
    labels: labelsOf(policy),
    models: await models(mlflow, seen, policy),
    mlflow,
  })
  return same.kind === 'none' ? byStored(seen, policy, about) : byRows(seen, policy, same, about, now)
}

function byStored(seen: Seen, policy: GatePolicy, about: About): Tried {
  const { doubts, notes } = storedDoubts(seen, policy)
  const trial = hold({
    policy,
    ...contenders(seen, policy),
    scored: undefined,
    storedRows: storedRows(seen, policy),
  })
  return {
    ...about,
    trial,
    doubts: [...about.doubts, ...doubts, ...missingAnchor(seen, policy)],
    unscored: undefined,
    notes: [...trial.notes, ...notes, ...about.notes],
    holdout: undefined,
    rows: undefined,
  }
}

/** Where nothing was measured, since something else decides. */
export const untried: Tried = {
  trial: undefined,
  doubts: [],
  unscored: undefined,
  notes: [],
  holdout: undefined,
  rows: undefined,
  championAge: undefined,
}
