/** One side of a drift check: what one pass over a table, or a profile of it, leaves for the statistics. */
export interface Dataset {
  /** All rows of the table, not only those of the sample. */
  rows: number
  /** In the order of the table. */
  columns: readonly DatasetColumn[]
  /** Undefined if the data came as a profile. */
  sample: RowSample | undefined
}

/** The rows whose values are kept, the same ones for every column. A small table is kept whole. */
export interface RowSample {
  /** Positions in the table, from 0, ascending. */
  positions: Float64Array
  /** Code of the group of each row, if the rows of a group are not independent. */
  groups: Int32Array | undefined
  /** Milliseconds since 1970 of each row. */
  times: Float64Array | undefined
}

export type DatasetColumn = NumericColumn | CategoricalColumn | UncomparedColumn

interface BaseColumn {
  name: string
  /** Empty cells and words for a missing value, over all rows. */
  nulls: number
}

/** Counts and moments are those of all rows. */
export interface NumericColumn extends BaseColumn {
  type: 'numeric'
  mean: number
  /** Of the population (divided by n). */
  standardDeviation: number
  min: number
  max: number
  /** Number of distinct values, exact up to the limit of the collector; undefined above it. */
  distinct: number | undefined
  /** One value per sampled row, NaN for a null. Undefined if the data came as a profile. */
  values: Float64Array | undefined
  /** Undefined if the data came as rows. */
  histogram: Histogram | undefined
}

/** Bins [edge, next edge); the last one includes its upper edge. The outer bins include all values beyond the edges. */
export interface Histogram {
  /** Ascending; one more than counts. */
  edges: readonly number[]
  counts: readonly number[]
}

export interface CategoricalColumn extends BaseColumn {
  type: 'categorical'
  /** Rows of each category, over all rows. */
  counts: ReadonlyMap<string, number>
  /** One code per sampled row, an index into `names`; -1 for a null. Undefined if the data came as a profile. */
  codes: Int32Array | undefined
  /** Category of each code. */
  names: readonly string[]
}

/** A column that has no distribution to compare. Its nulls are compared. */
export interface UncomparedColumn extends BaseColumn {
  /** `text`: too many distinct texts. `unsupported`: lists, structs and other nested values. */
  type: 'datetime' | 'id' | 'text' | 'empty' | 'unsupported'
}

export type ColumnType = DatasetColumn['type']
