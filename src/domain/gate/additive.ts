import type { Counts, Gauge } from './statistic.ts'

/** A statistic that is a function of sums over rows, which are kept summed per unit. */
export interface Additive {
  /** Number of sums. */
  width: number
  /** Adds what the units are worth that were drawn so often to `totals`, which are zeros. */
  add(counts: Counts, totals: Float64Array): void
  /** For each unit, its sums times these slopes, summed. */
  project(slopes: Float64Array): Float64Array
  value(totals: Float64Array): number
}

export function additiveGauge(additive: Additive, unseen = 0): Gauge {
  const totals = new Float64Array(additive.width)
  const total = (counts: Counts) => {
    totals.fill(0)
    additive.add(counts, totals)
    return totals
  }
  return {
    unseen,
    value: (counts) => additive.value(total(counts)),
    influence: (counts) => additive.project(slopes(total(counts).slice(), additive.value)),
  }
}

/** Partial derivatives by central differences. The values do not change when all totals grow alike, so they are smooth. */
function slopes(totals: Float64Array, value: (totals: Float64Array) => number): Float64Array {
  const scale = totals.reduce((most, total) => Math.max(most, Math.abs(total)), 0)
  return totals.map((total, at) => {
    const step = 1e-6 * (Math.abs(total) || scale)
    const moved = (by: number) => value(totals.with(at, total + by))
    return (moved(step) - moved(-step)) / (2 * step)
  })
}

/** Sums in columns, a number per unit each: `columns[k][unit]`. */
export function columnSums(
  columns: readonly Float64Array[],
  value: (totals: Float64Array) => number,
): Additive {
  const units = columns[0]?.length ?? 0
  return {
    width: columns.length,
    add(counts, totals) {
      // Two columns at a time: reading how often each unit was drawn costs as much as adding.
      for (let at = 0; at < columns.length; at += 2) {
        const one = columns[at] as Float64Array
        const two = columns[at + 1] ?? one
        let [sum, other] = [0, 0]
        for (let unit = 0; unit < units; unit += 1) {
          const drawn = counts[unit] as number
          sum += drawn * (one[unit] as number)
          other += drawn * (two[unit] as number)
        }
        totals[at] = sum
        if (at + 1 < columns.length) totals[at + 1] = other
      }
    },
    project: (slopes) =>
      Float64Array.from({ length: units }, (_, unit) =>
        columns.reduce((sum, column, at) => sum + (slopes[at] as number) * (column[unit] as number), 0),
      ),
    value,
  }
}
