import type { Interval } from '../../statistics/interval.ts'

/** A value of the metric, and where it comes from. */
export interface PerformanceValue {
  value: number
  /** Labelled rows behind the value; undefined if unknown. */
  rows: number | undefined
  /** For the report: "metrics.json", "run 0a1b of version 7". */
  from: string
}

/** How large a drop may be: in the unit of the metric, or as a share of the baseline. Decimals as the user wrote them. */
export type DropLimit = { kind: 'absolute' | 'relative'; amount: string }

export interface PerformanceResult {
  /** `inconclusive`: the drop exceeds the limit, but so few rows may show it by chance. */
  kind: 'drift' | 'stable' | 'inconclusive'
  metric: string
  higherIsBetter: boolean
  baseline: PerformanceValue
  current: PerformanceValue
  /** How much worse the current value is, exact and in plain notation; negative if it is better. */
  drop: string
  /** Largest drop that is no drift, in the unit of the metric, exact and in plain notation. */
  limit: string
  /** Of the drop: positive is worse. Undefined if `pointRule` says why. */
  interval: Pick<Interval, 'low' | 'high' | 'confidence' | 'method'> | undefined
  /** Why the values alone decide, without an interval. */
  pointRule: 'rows-unknown' | 'no-proportion' | undefined
}
