import type { Place } from '../../src/adapters/mlflow/artifacts.ts'
import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import type { Run } from '../../src/adapters/mlflow/schemas.ts'
import { UserError } from '../../src/domain/failure.ts'
import type { GatePolicy } from '../../src/domain/gate/policy.ts'
import type { Labels, Predictions, Rows } from '../../src/domain/gate/rows.ts'
import type { Context } from '../../src/runtime/context.ts'

export type Role = 'candidate' | 'champion' | 'anchor'

/** A model that is to be judged: its run, and where its files are. */
export interface Judged {
  run: Run | undefined
  place: Place | undefined
}

/** What the models say of one holdout, and what stands against believing it. */
export type SameRows =
  /** The policy names no predictions: stored values decide. */
  | { kind: 'none' }
  | {
      kind: 'scored'
      rows: Rows
      /** Those that could be scored. */
      predictions: Partial<Record<Role, Predictions>>
      /** Why a model could not be scored or joined, one line each. */
      failures: Partial<Record<Role, string>>
      /** Why the holdout proves nothing: overlap, cut-off, immature labels. Each makes the verdict inconclusive. */
      invalid: readonly string[]
      notes: readonly string[]
    }

export interface Scoring {
  policy: GatePolicy
  /** What the metric's statistic computes with. */
  labels: Labels['kind']
  models: Partial<Record<Role, Judged>>
  mlflow: Pick<Mlflow, 'list' | 'read'>
}

/**
 * Has every model predict the rows of one holdout, each in a process of its own, and joins what they say to the labels.
 * @throws UserError where the policy, the holdout or the script is at fault; what concerns one model only is in `failures`
 */
export async function scoreOnSameRows(
  _context: Pick<Context, 'env' | 'temp' | 'workspace' | 'cancelled'>,
  { policy }: Scoring,
): Promise<SameRows> {
  if (!policy.predictions) return { kind: 'none' }
  throw new UserError('Policy evaluate, predictions: not read yet; judge by the stored values.')
}
