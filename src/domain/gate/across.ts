import type { Coded, Predictions } from './rows.ts'
import type { Gauge, Sample, Statistic } from './statistic.ts'

/** How far a statistic is apart over a column's groups: the greatest value less the least one. */
export function acrossGauge(
  statistic: Statistic,
  sample: Sample,
  predictions: Predictions,
  column: Coded,
): Gauge {
  const gauges = levelsOf(sample, column).map((level) => statistic.gauge(level, predictions))
  return {
    unseen: 0,
    value(counts) {
      const values = gauges.map((gauge) => gauge.value(counts))
      return Math.max(...values) - Math.min(...values)
    },
    influence(counts) {
      const values = gauges.map((gauge) => gauge.value(counts))
      const at = (extreme: number) => gauges[values.indexOf(extreme)]?.influence(counts)
      const [most, least] = [at(Math.max(...values)), at(Math.min(...values))]
      return Float64Array.from(
        { length: sample.units },
        (_, unit) => (most?.[unit] ?? 0) - (least?.[unit] ?? 0),
      )
    },
  }
}

/** The rows of each of the column's groups, as samples that share their units. Groups without rows are none. */
function levelsOf(sample: Sample, { codes, names }: Coded): Sample[] {
  return names.flatMap((_, code) => {
    const chosen = sample.index.reduce<number[]>((found, row, at) => {
      if (codes[row] === code) found.push(at)
      return found
    }, [])
    if (chosen.length === 0) return []
    const pick = (column: Int32Array) => Int32Array.from(chosen, (at) => column[at] as number)
    return [{ ...sample, index: pick(sample.index), unit: pick(sample.unit), unseen: undefined }]
  })
}
