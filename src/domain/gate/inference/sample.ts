import type { Predictions, Rows } from '../dataset/rows.ts'
import { argsort } from '../metrics/argsort.ts'
import { countClasses, toClassIndex } from '../metrics/confusion.ts'
import { getQueryCodes } from '../metrics/ranking.ts'
import type { MeasurementSpec, ResampleCounts, Sample } from '../metrics/statistic.ts'

/** The units that are drawn with replacement. Identical units may share a cell. */
export interface Population {
  sample: Sample
  /** Independent units: rows, queries or groups. */
  size: number
  kind: 'rows' | 'queries' | 'groups'
  /** The cell of each of the `size` units; undefined if each has its own. */
  cells: Int32Array | undefined
}

/** From so many units on, memory access costs more than arithmetic. */
export const LARGE_SAMPLE = 20_000

/** Largest table of cells. */
const MAX_CELLS = 2 ** 20

/** Units are groups if the holdout has them, else queries of a ranking, else rows. */
export function createPopulation(
  rows: Rows,
  { statistic, subset, groupDisparity }: MeasurementSpec,
  models: readonly Predictions[],
): Population {
  const all = subset ?? new Int32Array(rows.count).map((_, row) => row)
  const createSample = (index: Int32Array, unit: Int32Array, units: number): Sample => {
    return { rows, all, index, unit, units, unseen: undefined }
  }
  const codes = rows.groups ? rows.groups.codes : statistic.isRanking ? getQueryCodes(rows) : undefined
  if (codes) {
    const { unit, units } = renumber(all.map((row) => codes[row] as number))
    const kind = rows.groups ? 'groups' : 'queries'
    return { sample: createSample(all, unit, units), size: units, kind, cells: undefined }
  }
  const singleRows = { size: all.length, kind: 'rows' as const }
  const isGroupable = statistic.predictionKind === 'classes' && !rows.weights && !groupDisparity
  const identical = isGroupable ? groupIdenticalRows(rows, all, models) : undefined
  if (identical) {
    const chosen = identical.first.map((at) => all[at] as number)
    const unit = chosen.map((_, at) => at)
    return { ...singleRows, sample: createSample(chosen, unit, identical.units), cells: identical.unit }
  }
  const isLarge = statistic.isMannWhitney && all.length >= LARGE_SAMPLE
  const sorted = isLarge ? sortByScores(all, models[0]?.scores) : all
  const unit = all.map((_, at) => at)
  return { ...singleRows, sample: createSample(sorted, unit, all.length), cells: undefined }
}

/** Orders rows by one model's scores. Other models' are similar, so memory is then read nearly in order. */
function sortByScores(index: Int32Array, scores: Float64Array | undefined): Int32Array {
  const values = new Float64Array(index.length).map((_, at) => scores?.[index[at] as number] ?? 0)
  return argsort(values).map((at) => index[at] as number)
}

/** Counts of the units, or cells, of the original sample. */
export function countOriginalUnits({ cells, size }: Population, length: number): ResampleCounts {
  if (!cells) return new Uint8Array(length).fill(1, 0, size)
  const counts = new Uint32Array(length)
  for (const cell of cells) counts[cell] = (counts[cell] as number) + 1
  return counts
}

/** Groups rows of one label to which every model gives the same class; undefined if there are too many combinations. */
function groupIdenticalRows(rows: Rows, index: Int32Array, models: readonly Predictions[]) {
  const { labels } = rows
  if (labels.kind !== 'classes') return undefined
  const radix = Math.max(...models.map((model) => countClasses(rows, model)))
  if (radix ** (models.length + 1) > MAX_CELLS) return undefined
  const addClass = (key: number, code = -1) => key * radix + toClassIndex(code, labels.names.length)
  return renumber(
    index.map((row) =>
      models.reduce((key, { classes }) => addClass(key, classes?.[row]), labels.codes[row] as number),
    ),
  )
}

/** Renumbers codes from 0 in order of first appearance; `first` has the position of each. */
function renumber(codes: Int32Array): { unit: Int32Array; units: number; first: Int32Array } {
  const largest = codes.reduce((most, code) => Math.max(most, code), 0)
  const known = new Int32Array(largest + 1).fill(-1)
  const first: number[] = []
  const unit = codes.map((code, at) => {
    if ((known[code] as number) < 0) known[code] = first.push(at) - 1
    return known[code] as number
  })
  return { unit, units: first.length, first: Int32Array.from(first) }
}
