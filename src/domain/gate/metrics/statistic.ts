import type { Categorical } from '../../table/columns.ts'
import type { Direction } from '../criteria/gate-policy.ts'
import type { PredictionKind, Predictions, Rows } from '../dataset/rows.ts'

/** A metric computed from labels and predictions, such as accuracy. */
export interface Statistic {
  /** "balanced_accuracy", "hit@20" */
  name: string
  direction: Direction
  /** Whether rows are ranked against each other within a query. */
  isRanking: boolean
  /** A ranking accepts classes too: the positive class is relevant. */
  labelKind: 'classes' | 'numbers'
  predictionKind: PredictionKind
  /** Whether it is a share of ordered pairs of a positive and a negative row; see delong.ts. */
  isMannWhitney?: boolean
  /** Why it cannot be computed; undefined if it can. */
  findProblem(rows: Rows, predictions: Predictions): StatisticProblem | undefined
  createEstimator(sample: Sample, predictions: Predictions): Estimator
  /**
   * The value of answers that know nothing about the rows: the same classes in random order, a coin, the shares of the
   * label classes as probabilities, or the best constant number. NaN if there is nothing to tell apart. @param index positions of the rows
   */
  chance?(rows: Rows, predictions: Predictions, index: Int32Array): number
  /**
   * For numbers: how much greater the squared and the absolute error of each row are than those of the best constant, after the
   * level of the predictions is moved to that of the labels.
   */
  excessLosses?(rows: Rows, predictions: Predictions, index: Int32Array): readonly Float64Array[]
  /** For a share of equal units, such as correct rows: 1 or 0 per unit (row or query); NaN if it does not count. */
  successes?(sample: Sample, predictions: Predictions): Float64Array
}

/** Why a statistic cannot be computed from labels and predictions. */
export type StatisticProblem =
  | { kind: 'no-rows' | 'no-positive-row' | 'only-positive-rows' | 'no-relevant-row' | 'negative-relevance' }
  | { kind: 'labels-are-numbers' | 'labels-are-classes' | 'no-positive-class' | 'no-query-column' }
  | { kind: 'no-classes' | 'no-scores' | 'no-probabilities' | 'only-one-score' | 'missing-class-probability' }
  | { kind: 'invalid-score' | 'invalid-probability'; value: number }
  /** Rows whose probabilities do not add up to 1, and the sum of the first one. */
  | { kind: 'improper-probabilities'; sum: number; ids: readonly string[] }
  /** Predicted classes that no label has, and label classes that are never predicted. See class-encoding.ts. */
  | { kind: 'other-encoding'; predicted: readonly string[]; labels: readonly string[] }

export interface MeasurementSpec {
  statistic: Statistic
  direction: Direction
  subset?: Int32Array | undefined
  /** Measures the disparity across this column's groups instead. */
  groupDisparity?: Categorical | undefined
}

/** The rows that a statistic is computed on, and the units that are resampled. */
export interface Sample {
  rows: Rows
  /** Positions of all rows. */
  all: Int32Array
  /** Positions of the rows that the statistic reads: all, or one of each kind if identical rows share a unit. */
  index: Int32Array
  /** The unit of each of these, from 0. */
  unit: Int32Array
  units: number
  /** Adds the unseen units of `models` models after the others; `model` is this one. See bootstrap.ts. */
  unseen: { model: number; models: number } | undefined
}

/** A model's statistic as a function of how often each unit was drawn. */
export interface Estimator {
  /** Number of unseen units per model; their counts follow those of the units, model by model. */
  unseen: number
  /** Share of the variance that resamples show; below 1 only for a mean over tiny classes, see class-sizes.ts. */
  resampledVariance: number
  /** NaN if undefined, such as AUC with one class. */
  value(counts: ResampleCounts): number
  /** Derivative of the value by each unit's weight. */
  influence(counts: ResampleCounts): Float64Array
}

/** Bytes, since a single unit is never drawn 256 times; words for cells of many units. */
export type ResampleCounts = Uint8Array | Uint32Array

/** Weight of a row; 1 if the holdout has no weights. */
export function getWeight({ weights }: Rows, row: number): number {
  return weights ? (weights[row] as number) : 1
}
