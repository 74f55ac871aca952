/** What each row really is. Codes are indexes into `names`, which are in ascending order. */
export type Labels =
  | { kind: 'classes'; codes: Int32Array; names: readonly string[]; positive: number | undefined }
  | { kind: 'numbers'; values: Float64Array }

/** A column of few distinct texts: one code per row, an index into `names`. */
export interface Coded {
  codes: Int32Array
  names: readonly string[]
}

/** A holdout: rows in ascending order of their ids, so that the same rows are the same data in whatever order they came. */
export interface Rows {
  count: number
  labels: Labels
  /** Rows that belong together and are not independent: a user, a session. Resampled as one. */
  groups: Coded | undefined
  /** Rows that are ranked against each other, for Hit@k and NDCG@k. */
  queries: Coded | undefined
  weights: Float64Array | undefined
  /** Milliseconds since 1970. */
  times: Float64Array | undefined
  /** Columns that may be sliced by. */
  columns: ReadonlyMap<string, Coded>
  /** sha256 (hex) of everything above and the ids: names the holdout in the ledger. */
  digest: string
}

/** What one model says of each row, in the order of the rows. What it does not say is undefined. */
export interface Predictions {
  /** Codes of the labels' `names`; -1 for a class that no label has. */
  classes: Int32Array | undefined
  /** The probability of the positive class, a ranking score, or the predicted number. */
  scores: Float64Array | undefined
  /** Per code of the labels' `names`, the probability of that class for each row. */
  probabilities: readonly Float64Array[] | undefined
  /** sha256 (hex) of all of it. */
  digest: string
}
