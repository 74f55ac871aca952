import { ascending } from './order.ts'
import { queryCodes } from './ranking.ts'
import type { Predictions, Rows } from './rows.ts'
import type { Counts, Question, Sample } from './statistic.ts'

/** What is drawn with replacement: units, that may be kept as cells of many that are alike. */
export interface Population {
  sample: Sample
  /** Independent units: rows, queries or groups. */
  size: number
  /** What the units are, for people. */
  kind: 'rows' | 'queries' | 'groups'
  /** Of each of the `size` units its cell; undefined where each is its own. */
  cells: Int32Array | undefined
}

/** From so many units on, the time that memory takes counts for more than the arithmetic. */
export const MANY = 20_000

/** The most cells that are worth a table. */
const MOST_CELLS = 2 ** 20

/** Groups are units where the holdout has them, else queries of a ranking, else rows. */
export function populationOf(
  rows: Rows,
  { statistic, subset, across }: Question,
  models: readonly Predictions[],
): Population {
  const index = subset ?? new Int32Array(rows.count).map((_, row) => row)
  const codes = rows.groups ? rows.groups.codes : statistic.ranked ? queryCodes(rows) : undefined
  if (codes) {
    const { unit, units } = renumbered(index.map((row) => codes[row] as number))
    const kind = rows.groups ? 'groups' : 'queries'
    return { sample: { rows, index, unit, units, unseen: undefined }, size: units, kind, cells: undefined }
  }
  const alike = statistic.reads === 'classes' && !rows.weights && !across && alikeRows(rows, index, models)
  if (alike) {
    const { unit: cells, units, first } = alike
    const chosen = first.map((at) => index[at] as number)
    const unit = chosen.map((_, at) => at)
    return {
      sample: { rows, index: chosen, unit, units, unseen: undefined },
      size: index.length,
      kind: 'rows',
      cells,
    }
  }
  const unit = index.map((_, at) => at)
  const [model] = models
  const near = statistic.reads === 'scores' && index.length >= MANY ? alongside(index, model?.scores) : index
  return {
    sample: { rows, index: near, unit, units: index.length, unseen: undefined },
    size: index.length,
    kind: 'rows',
    cells: undefined,
  }
}

/** The rows in the order of one model's scores: other models' are much alike, so that memory is read nearly in order. */
function alongside(index: Int32Array, scores: Float64Array | undefined): Int32Array {
  const mine = new Float64Array(index.length).map((_, at) => scores?.[index[at] as number] ?? 0)
  return ascending(mine).map((at) => index[at] as number)
}

/** How often each unit, or cell, is there when each of the units is drawn once. */
export function onceEach({ cells, size }: Population, length: number): Counts {
  if (!cells) return new Uint8Array(length).fill(1, 0, size)
  const counts = new Uint32Array(length)
  for (const cell of cells) counts[cell] = (counts[cell] as number) + 1
  return counts
}

/** Rows of one label that every model calls by the same class; undefined where there may be too many kinds. */
function alikeRows({ labels }: Rows, index: Int32Array, models: readonly Predictions[]) {
  if (labels.kind !== 'classes') return undefined
  const radix = labels.names.length + 1
  if (radix ** (models.length + 1) > MOST_CELLS) return undefined
  return renumbered(
    index.map((row) =>
      models.reduce(
        (key, { classes }) => key * radix + (classes?.[row] ?? -1) + 1,
        (labels.codes[row] as number) + 1,
      ),
    ),
  )
}

/** The same codes as numbers from 0 in order of their first appearance, and where each appears first. */
function renumbered(codes: Int32Array): { unit: Int32Array; units: number; first: Int32Array } {
  const most = codes.reduce((largest, code) => Math.max(largest, code), 0)
  const known = new Int32Array(most + 1).fill(-1)
  const first: number[] = []
  const unit = codes.map((code, at) => {
    if ((known[code] as number) < 0) known[code] = first.push(at) - 1
    return known[code] as number
  })
  return { unit, units: first.length, first: Int32Array.from(first) }
}
