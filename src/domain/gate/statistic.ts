import type { Direction } from './policy.ts'
import type { Coded, Predictions, Rows } from './rows.ts'

/** A figure that is computed from labels and predictions, such as accuracy. */
export interface Statistic {
  /** As a policy may write it: "balanced_accuracy", "hit@20". */
  name: string
  /** Which of its values are the better ones. */
  direction: Direction
  /** Whether its values are between 0 and 1. */
  bounded: boolean
  /** Whether it is a plain share of equal units: of the rows that are right, of the queries that are hit. */
  proportion: boolean
  /** Whether rows are ranked against each other within a query. */
  ranked: boolean
  /** What its labels are. Classes, of which one is positive, are relevances too. */
  labels: 'classes' | 'numbers'
  /** Which of the predictions it is computed from. */
  reads: 'classes' | 'scores' | 'probabilities'
  /** Why it cannot be computed from these; undefined where it can. */
  problem(rows: Rows, predictions: Predictions): string | undefined
  gauge(sample: Sample, predictions: Predictions): Gauge
  /** Of a proportion: 1 or 0 per unit that is one row, or one query; NaN for one that does not count. */
  successes?(sample: Sample, predictions: Predictions): Float64Array
}

/** What is asked of the rows. */
export interface Question {
  statistic: Statistic
  direction: Direction
  /** Only these rows. */
  subset?: Int32Array | undefined
  /** The value is then the greatest minus the least value of the statistic over the column's groups. */
  across?: Coded | undefined
}

/** The rows that a statistic is computed on, and the units that are drawn as one when they are drawn again. */
export interface Sample {
  rows: Rows
  /** The rows that count. */
  index: Int32Array
  /** Of each of these, its unit, from 0. */
  unit: Int32Array
  units: number
  /** Adds, after the units, the unseen ones of this model out of so many; see bootstrap.ts. Undefined for none. */
  unseen: { model: number; models: number } | undefined
}

/** One model's statistic as a function of how often each unit was drawn. */
export interface Gauge {
  /** Unseen units of each model; they count from `units` on, the first model's first. */
  unseen: number
  /** NaN where the statistic is not defined, as AUC of one class. */
  value(counts: Counts): number
  /** By how much a unit's weight moves the value (its derivative), per unit; `counts` says how often each one is there. */
  influence(counts: Counts): Float64Array
}

/** Bytes, since no unit of its own is drawn 256 times; words for cells of many. */
export type Counts = Uint8Array | Uint32Array

/** What a row is worth: 1, where the holdout has no weights. */
export function weightOf({ weights }: Rows, row: number): number {
  return weights ? (weights[row] as number) : 1
}
