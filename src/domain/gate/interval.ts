/**
 * How much better the first of two models is than the second, in the metric's own unit and in the better direction
 * (positive is better, also where lower values are). `low` and `high` are two one-sided bounds at `confidence` each.
 */
export interface Interval {
  estimate: number
  low: number
  high: number
  confidence: number
  /** In words, for the report: "paired bootstrap over 40 groups, 2000 resamples". */
  method: string
  /** Whether both were judged on the same rows. */
  paired: boolean
  /** Independent units behind it: rows, or groups. */
  units: number
}

/** What an interval says about a boundary. A bound that is not a number says nothing. */
export function against({ low, high }: Interval, boundary: number): 'above' | 'below' | 'undecided' {
  if (low > boundary) return 'above'
  return high < boundary ? 'below' : 'undecided'
}
