import type { Check } from './check.ts'
import type { GatePolicy } from './policy.ts'
import type { Predictions, Rows } from './rows.ts'
import { rowsTrial } from './rows-trial.ts'
import type { SelfTest } from './self-test.ts'
import { storedTrial } from './stored-trial.ts'

/** A model as its run knows it. */
export interface Model {
  /** "candidate", "champion 7", "anchor 3" */
  name: string
  metrics: ReadonlyMap<string, number>
}

/** Predictions of the models that could be scored, for the rows of one holdout. */
export interface Scored {
  rows: Rows
  candidate: Predictions
  champion: Predictions | undefined
  anchor: Predictions | undefined
  /** Hex: the digest of data and policy, so that nobody can try seeds until one fits. */
  seed: string
}

export interface Contest {
  policy: GatePolicy
  candidate: Model
  /** Undefined where there is none to compare with, or where the policy does not ask for it. */
  champion: Model | undefined
  anchor: Model | undefined
  /** Undefined where the policy names no predictions, so that stored values decide. */
  scored: Scored | undefined
  /** Rows behind the stored values, where the policy or the runs tell. */
  storedRows: number | undefined
}

/** Everything that was asked of a candidate, with the answers. */
export interface Trial {
  judgedOn: 'same-rows' | 'stored-values'
  checks: readonly Check[]
  selfTests: readonly SelfTest[]
  /** What a reader should know of how it was judged, and what could not be known. */
  notes: readonly string[]
  /** The metric that decides, as it was judged. */
  candidateValue: number | undefined
  championValue: number | undefined
}

/** Puts every question of the policy, after those whose answers are known. */
export function hold(contest: Contest): Trial {
  const { scored } = contest
  return scored ? rowsTrial({ ...contest, scored }) : storedTrial(contest)
}
