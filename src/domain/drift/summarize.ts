import { quantile } from '../statistics/quantiles.ts'
import type { DatasetColumn } from './dataset.ts'
import { alignCounts, type Sides, sortValues } from './measure.ts'
import type { ColumnResult, ColumnSummary } from './result.ts'

const BINS = 16
const CATEGORIES = 9
const QUANTILES = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1]
/** The outer bins hold what lies beyond these quantiles, so that one outlier does not hide the rest. */
const TAIL = 0.005

/** What a person sees of a column: histograms on common bins, and quantiles. */
export function summarizeColumn(
  reference: DatasetColumn | undefined,
  current: DatasetColumn | undefined,
  rows: Sides<number>,
): Pick<ColumnResult, 'histogram' | 'reference' | 'current'> {
  const sorted = { reference: sortNumbers(reference), current: sortNumbers(current) }
  const base = (column: DatasetColumn | undefined, side: keyof Sides<unknown>, shares: number[]) =>
    column && { rows: rows[side], nulls: column.nulls, shares, ...summarizeNumbers(column, sorted[side]) }
  const { histogram, shares } = drawHistogram(reference, current, sorted)
  return {
    histogram,
    reference: base(reference, 'reference', shares.reference),
    current: base(current, 'current', shares.current),
  }
}

function sortNumbers(column: DatasetColumn | undefined): Float64Array | undefined {
  return column?.type === 'numeric' ? sortValues(column) : undefined
}

function summarizeNumbers(
  column: DatasetColumn,
  sorted: Float64Array | undefined,
): Pick<ColumnSummary, 'numeric'> {
  if (column.type !== 'numeric') return {}
  const quantiles = sorted && sorted.length > 0 ? QUANTILES.map((share) => quantile(sorted, share)) : []
  return { numeric: { mean: column.mean, standardDeviation: column.standardDeviation, quantiles } }
}

interface Drawing {
  histogram: ColumnResult['histogram']
  shares: Sides<number[]>
}

const EMPTY: Drawing = { histogram: undefined, shares: { reference: [], current: [] } }

function drawHistogram(
  reference: DatasetColumn | undefined,
  current: DatasetColumn | undefined,
  sorted: Sides<Float64Array | undefined>,
): Drawing {
  const main = reference ?? current
  if (main?.type === 'numeric') return drawNumbers(sorted)
  if (main?.type !== 'categorical') return EMPTY
  const none = { ...main, counts: new Map<string, number>() }
  const sides = {
    reference: reference?.type === 'categorical' ? reference : none,
    current: current?.type === 'categorical' ? current : none,
  }
  const { names, counts } = alignCounts(sides)
  const weight = (index: number) => (counts.reference[index] ?? 0) + (counts.current[index] ?? 0)
  const order = names
    .map((_, index) => index)
    .sort((one, other) => weight(other) - weight(one) || one - other)
  const shown = order.slice(0, CATEGORIES)
  const others = order.length > shown.length
  const toShares = (of: readonly number[]) => {
    const total = Math.max(
      1,
      of.reduce((sum, count) => sum + count, 0),
    )
    const shares = shown.map((index) => (of[index] ?? 0) / total)
    return others ? [...shares, Math.max(0, 1 - shares.reduce((sum, share) => sum + share, 0))] : shares
  }
  const categories = shown.map((index) => names[index] ?? '')
  return {
    histogram: { categories: others ? [...categories, 'others'] : categories, others },
    shares: { reference: toShares(counts.reference), current: toShares(counts.current) },
  }
}

function drawNumbers(sorted: Sides<Float64Array | undefined>): Drawing {
  const all = [sorted.reference, sorted.current].filter((values) => values !== undefined && values.length > 0)
  if (all.length === 0) return EMPTY
  const low = Math.min(...all.map((values) => quantile(values as Float64Array, TAIL)))
  const high = Math.max(...all.map((values) => quantile(values as Float64Array, 1 - TAIL)))
  const width = (high - low) / BINS
  const edges = width > 0 ? Array.from({ length: BINS + 1 }, (_, bin) => low + bin * width) : [low, low]
  const count = (values: Float64Array | undefined) => {
    const counts = new Array<number>(edges.length - 1).fill(0)
    for (const value of values ?? []) {
      const bin = width > 0 ? Math.min(BINS - 1, Math.max(0, Math.floor((value - low) / width))) : 0
      counts[bin] = (counts[bin] ?? 0) + 1
    }
    return counts.map((rows) => rows / Math.max(1, values?.length ?? 0))
  }
  return {
    histogram: { edges },
    shares: { reference: count(sorted.reference), current: count(sorted.current) },
  }
}
