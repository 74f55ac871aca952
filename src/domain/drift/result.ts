import type { ColumnType } from './dataset.ts'

export type DriftPolicy = 'calibrated' | 'two-sigma' | 'evidently'

/** The thresholds of a check. Shares and probabilities are between 0 and 1. */
export interface DriftSettings {
  policy: DriftPolicy
  /** Of two-sigma: allowed distance of the means, in standard deviations of the reference. */
  sigmas: number
  /** Maximum adjusted p-value of a significant difference. */
  alpha: number
  /** Minimum effect of a material difference, by kind. */
  floors: { numeric: number; categorical: number; nulls: number }
  /** Drifted columns that make the data drifted. A critical column or a structural finding suffices alone. */
  minDriftedColumns: number
  criticalColumns: readonly string[]
  extraColumns: 'warn' | 'drift'
}

/** A difference that no test decides: it is always drift, under every policy. */
export type StructuralFinding =
  | { kind: 'missing-column' }
  | { kind: 'type-changed'; from: ColumnType; to: ColumnType }
  | { kind: 'all-null' }
  | { kind: 'constant-changed' }
  /** Most frequent first. */
  | { kind: 'new-categories'; categories: readonly { name: string; rows: number }[] }
  /** Drift only if the settings say so. */
  | { kind: 'extra-column' }

export type EffectMeasure =
  | 'ks-distance'
  | 'scaled-wasserstein'
  | 'jensen-shannon'
  | 'l-infinity'
  | 'null-share'
  /** Of two-sigma: distance of the means in standard deviations. */
  | 'sigmas'
  /** Of evidently, beside those above. */
  | 'p-value'

/** How large a difference is, and from where on it is material. `p-value` is material at or below its floor. */
export interface Effect {
  measure: EffectMeasure
  value: number
  floor: number
  isMaterial: boolean
}

/** One hypothesis test of the family of a check. */
export interface TestResult {
  test: 'kolmogorov-smirnov' | 'chi-square' | 'two-proportion'
  what: 'distribution' | 'nulls'
  statistic: number
  pValue: number
  /** By Benjamini-Hochberg over all tests of the check. */
  adjustedPValue: number
}

/** What a person needs to see of one side of a column. */
export interface ColumnSummary {
  rows: number
  nulls: number
  /** Numeric columns only: mean, standard deviation, and the quantiles 0, 0.05, 0.25, 0.5, 0.75, 0.95 and 1. */
  numeric?: { mean: number; standardDeviation: number; quantiles: readonly number[] }
  /** Share of the rows that are no nulls in each bin or category of the result. */
  shares: readonly number[]
}

export type ColumnVerdict = 'drift' | 'stable' | 'inconclusive' | 'skipped'

export interface ColumnResult {
  name: string
  /** In the reference, or in the current data for an extra column. */
  type: ColumnType
  verdict: ColumnVerdict
  /** Why the column was not compared; only with `skipped`. */
  skippedFor?: 'datetime' | 'id' | 'text' | 'unsupported' | 'empty' | 'too-few-rows'
  findings: readonly StructuralFinding[]
  tests: readonly TestResult[]
  effects: readonly Effect[]
  /** Largest effect relative to its floor, which orders the columns: 1 is at the floor. Infinite for a finding. */
  severity: number
  /** Only with `inconclusive`: the smallest difference that this sample shows with 80 % power, in units of the measure. */
  detectable?: { measure: EffectMeasure; value: number }
  /** Rows that count as independent, of the reference and the current data. */
  effectiveRows?: { reference: number; current: number }
  /** Bins of a numeric column (edges), or categories of the histograms; the last category may stand for all others. */
  histogram: { edges: readonly number[] } | { categories: readonly string[]; others: boolean } | undefined
  reference: ColumnSummary | undefined
  current: ColumnSummary | undefined
}

/** How the rows' dependence was treated. */
export interface DependenceResult {
  method: 'independent' | 'group' | 'time-column' | 'row-order'
  /** Windows of the reference that calibrate the floors; 0 if it is too short for five of them. */
  windows: number
  /** Columns whose rows count as fewer. */
  dependentColumns: readonly string[]
  /** Columns by which the reference is sorted, so that the order of its rows is no time. */
  sortedBy: readonly string[]
}

export interface DataDriftResult {
  verdict: 'drift' | 'stable' | 'inconclusive'
  /** Worst first: drifted, inconclusive, stable, skipped. */
  columns: readonly ColumnResult[]
  /** Drifted columns, worst first. */
  driftedColumns: readonly string[]
  /** Drifted of the compared columns. */
  driftShare: number
  dependence: DependenceResult
  rows: { reference: number; current: number; sampledReference: number; sampledCurrent: number }
}
