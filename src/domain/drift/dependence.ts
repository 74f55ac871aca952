import type { Dataset, DatasetColumn } from './dataset.ts'
import type { DependenceResult } from './result.ts'
import { estimateAutocorrelationTime, MIN_ROWS } from './series/autocorrelation.ts'
import { listWindows } from './windows.ts'

/** How many rows count as one, for each column of the reference and of the current data. */
export interface Dependence {
  result: Omit<DependenceResult, 'windows' | 'dependentColumns'>
  /** Rows of the sample of the reference, in windows as long as the current data. Empty if there is no order of time. */
  windows: readonly Int32Array[]
  /** @param series values of the sampled rows of the reference: a column or its nulls; NaN for a missing one */
  estimate(series: readonly Float64Array[]): { reference: number; current: number }
}

/**
 * Estimates the dependence of rows on the reference alone, since the current data may have drifted. A group has a design
 * effect of 1 + (m - 1) rho, with the intraclass correlation rho of a one-way analysis of variance (Kish 1965). Rows in
 * the order of time have the integrated autocorrelation time 1 + 2 (rho_1 + rho_2 + ...), by Geyer's initial positive
 * sequence (Statistical Science 7, 1992), if they show any autocorrelation.
 */
export function analyzeDependence(reference: Dataset, current: Dataset): Dependence {
  const none: Dependence = {
    result: { method: 'independent', sortedBy: [] },
    windows: [],
    estimate: () => ({ reference: 1, current: 1 }),
  }
  const { sample } = reference
  if (!sample) return none
  if (sample.groups) {
    const groups = sample.groups
    const [before, now] = [meanGroupSize(groups), meanGroupSize(current.sample?.groups ?? groups)]
    return {
      result: { method: 'group', sortedBy: [] },
      windows: [],
      estimate: (series) => {
        const correlation = Math.max(0, ...series.map((values) => intraclassCorrelation(values, groups)))
        const effect = (size: number) => 1 + (size - 1) * correlation
        return { reference: effect(before), current: effect(now) }
      },
    }
  }
  const order = sample.times ? sortByTime(sample.times) : undefined
  const sortedBy = order ? [] : reference.columns.filter(isSorted).map(({ name }) => name)
  if (sortedBy.length > 0) return { ...none, result: { method: 'independent', sortedBy } }
  const rows = sample.positions.length
  const [thinning, currentThinning] = [
    reference.rows / Math.max(1, rows),
    current.rows / Math.max(1, current.sample?.positions.length ?? current.rows),
  ]
  return {
    result: { method: order ? 'time-column' : 'row-order', sortedBy: [] },
    windows: listWindows(reference, current, order ?? Int32Array.from(sample.positions, (_, index) => index)),
    estimate: (series) => {
      const time = Math.max(1, ...series.map((values) => estimateAutocorrelationTime(reorder(values, order))))
      // A thinned sample has the memory of fewer of its own rows.
      return { reference: time, current: 1 + ((time - 1) * thinning) / currentThinning }
    },
  }
}

/** Weighted by rows, so that large groups count. */
function meanGroupSize(groups: Int32Array): number {
  const sizes = new Map<number, number>()
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1)
  let squares = 0
  for (const size of sizes.values()) squares += size * size
  return squares / Math.max(1, groups.length)
}

function intraclassCorrelation(values: Float64Array, groups: Int32Array): number {
  const sums = new Map<number, { count: number; sum: number }>()
  let [count, total, squares] = [0, 0, 0]
  for (const [index, value] of values.entries()) {
    if (Number.isNaN(value)) continue
    const group = groups[index] as number
    const known = sums.get(group) ?? { count: 0, sum: 0 }
    sums.set(group, { count: known.count + 1, sum: known.sum + value })
    count += 1
    total += value
    squares += value * value
  }
  const k = sums.size
  if (k < 2 || count <= k) return 0
  let [between, sizes] = [0, 0]
  for (const group of sums.values()) {
    between += group.sum ** 2 / group.count
    sizes += group.count ** 2
  }
  const within = (squares - between) / (count - k)
  const among = (between - total ** 2 / count) / (k - 1)
  const size = (count - sizes / count) / (k - 1)
  const correlation = (among - within) / (among + (size - 1) * within)
  return Number.isFinite(correlation) ? Math.min(1, Math.max(0, correlation)) : 0
}

function reorder(values: Float64Array, order: Int32Array | undefined): Float64Array {
  return order ? Float64Array.from(order, (row) => values[row] as number) : values
}

function sortByTime(times: Float64Array): Int32Array {
  const rows = Int32Array.from(times, (_, row) => row)
  return rows.sort((one, other) => (times[one] as number) - (times[other] as number) || one - other)
}

/** Whether the rows are in the order of this column, which several values and a long run must show. */
function isSorted(column: DatasetColumn): boolean {
  const values =
    column.type === 'numeric' ? column.values : column.type === 'categorical' ? column.codes : undefined
  if (!values || values.length < MIN_ROWS) return false
  const seen = new Set<number>()
  let [changes, rising, falling] = [0, true, true]
  for (let row = 1; row < values.length; row += 1) {
    const [before, now] = [values[row - 1] as number, values[row] as number]
    if (now === before || Number.isNaN(now) || Number.isNaN(before)) continue
    changes += 1
    if (now < before) rising = false
    if (now > before) falling = false
    seen.add(before)
    // Rows of one category may stand together in any order.
    if (seen.has(now) && column.type === 'categorical') return false
  }
  if (changes === 0) return false
  return column.type === 'categorical' || rising || falling
}
