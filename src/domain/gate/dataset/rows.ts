import type { Categorical } from '../../table/columns.ts'

/** True value of each row. Codes are indexes into `names`, which are in ascending order. */
export type Labels =
  | { kind: 'classes'; codes: Int32Array; names: readonly string[]; positive: number | undefined }
  | { kind: 'numbers'; values: Float64Array }

/** A holdout: rows in ascending order of their ids, so that the order of the file does not matter. */
export interface Rows {
  count: number
  labels: Labels
  /** Rows that are not independent, such as those of one user. Resampled as one unit. */
  groups: Categorical | undefined
  /** Rows that are ranked against each other, for hit@k and ndcg@k. */
  queries: Categorical | undefined
  weights: Float64Array | undefined
  /** Milliseconds since 1970. */
  times: Float64Array | undefined
  /** Columns for slices and group disparity. */
  columns: ReadonlyMap<string, Categorical>
  /** sha256 (hex) of everything above and the ids; identifies the holdout in version tags. */
  digest: string
}

/** What a statistic reads of the predictions. */
export type PredictionKind = 'classes' | 'scores' | 'probabilities'

/** One model's predictions, in the order of the rows. Undefined if it does not predict that kind. */
export interface Predictions {
  /** Codes of the labels' `names`; -1 - n for the class n of `unknownClasses`. */
  classes: Int32Array | undefined
  /** The predicted classes that no label has, in ascending order. */
  unknownClasses?: readonly string[]
  /** The probability of the positive class, a ranking score, or the predicted number. */
  scores: Float64Array | undefined
  /** For each code of the labels' `names`, the probability of that class in each row. */
  probabilities: readonly Float64Array[] | undefined
  /** Rows whose probabilities do not add up to 1, and the sum of the first one. */
  improperSum?: { sum: number; ids: readonly string[] } | undefined
  /** sha256 (hex) of everything above. */
  digest: string
  /** sha256 (hex) of the file, where it has predictions that no statistic reads. */
  fileDigest?: string
}
