import type { Predictions, Rows } from '../dataset/rows.ts'
import { computeContradiction } from '../metrics/losses.ts'
import { getQueryCodes } from '../metrics/ranking.ts'
import type { Statistic } from '../metrics/statistic.ts'
import type { MeasuredValue } from './logged-agreement.ts'
import { isFollowed } from './number-range.ts'
import type { ChanceComparison, ChanceProblem } from './types.ts'

/** A model's predictions, and its value of the statistic on the same rows. */
export interface MeasuredModel {
  predictions: Predictions
  value: number
}

/** How a model's value compares with that of answers that know nothing about the rows. */
export interface ChanceLevel extends ChanceComparison {
  /** Better than chance; also if the statistic has no chance value. */
  isBetter: boolean
  /** Worse by more than chance explains. */
  isWorse: boolean
}

/** Far above the rounding of a double, far below any value of interest. */
const ROUNDING = 1e-9
/** Standard errors of chance itself within which a value is not worse than chance. */
const STANDARD_ERRORS = 2

/** @param index positions of the rows; all by default */
export function compareToChance(
  statistic: Statistic,
  rows: Rows,
  { predictions, value }: MeasuredModel,
  index = listRows(rows),
): ChanceLevel {
  const chance = statistic.chance?.(rows, predictions, index) ?? Number.NaN
  const losses = statistic.excessLosses?.(rows, predictions, index)
  if (losses) {
    // The constant knows the labels, which a model does not: to be no better than it is no fault. Nor is it to be worse in one
    // kind of error: if most labels are 0, the mean that a model predicts has larger absolute errors than their median.
    const units = rows.groups && pickCodes(rows.groups.codes, index)
    const isWorse = losses.every((values) => isAboveZero(values, units))
    return { value, chance, isBetter: !isWorse, isWorse }
  }
  const gain = statistic.direction === 'higher' ? value - chance : chance - value
  // A log loss is no share, and its chance value is exact: the shares of these very rows.
  const isExact = statistic.predictionKind === 'probabilities'
  const error = isExact ? 0 : Math.sqrt((chance * (1 - chance)) / countTrials(statistic, rows, index))
  const noise = Math.max(ROUNDING, STANDARD_ERRORS * error)
  return { value, chance, isBetter: !(gain <= ROUNDING), isWorse: gain < -noise }
}

/**
 * Whether a model knows nothing about the rows: its value is no better than chance by two of its own standard errors. Numbers
 * are worse than a constant, and the labels do not follow them. Probabilities never count, since overconfidence explains a
 * bad log loss as well.
 */
export function isUninformed(
  statistic: Statistic,
  rows: Rows,
  { error, ...model }: MeasuredModel & MeasuredValue,
): boolean {
  if (statistic.predictionKind === 'probabilities') return false
  const { value, chance, isWorse } = compareToChance(statistic, rows, model)
  if (statistic.excessLosses) return isWorse && !isFollowed(rows, model.predictions)
  const gain = statistic.direction === 'higher' ? value - chance : chance - value
  return gain <= Math.max(ROUNDING, STANDARD_ERRORS * error)
}

/** The problem of models that are all worse than chance, or else no better. */
export function createChanceProblem(
  statistic: Statistic,
  { labels }: Rows,
  candidate: ChanceLevel | undefined,
  champion?: ChanceLevel,
): ChanceProblem {
  const isWorse = (candidate?.isWorse ?? true) && (champion?.isWorse ?? true)
  const kind = isWorse ? 'worse-than-chance' : 'no-better-than-chance'
  const positive = labels.kind === 'classes' ? labels.names[labels.positive ?? -1] : undefined
  return { kind, predicts: describePredictions(statistic), candidate, champion, positive }
}

function describePredictions({ isRanking, labelKind, predictionKind }: Statistic): ChanceProblem['predicts'] {
  if (isRanking) return 'ranks'
  return labelKind === 'numbers' ? 'numbers' : predictionKind
}

/**
 * Whether the probabilities contradict the labels by more than chance explains, as those of swapped classes.
 * Overconfidence does not: the class that it is too sure of is the right one more often than by chance.
 */
export function isContrary(rows: Rows, predictions: Predictions): boolean {
  return isAboveZero(computeContradiction(rows, predictions), rows.groups?.codes)
}

/**
 * Whether the mean is above 0 by more than chance explains.
 * @param units the group of each value, since values of a group are not independent; undefined if each is its own
 */
function isAboveZero(values: Float64Array, units: Int32Array | undefined): boolean {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const deviations = values.map((value) => value - mean)
  const sums = units ? sumPerUnit(deviations, units) : deviations
  const squares = sums.reduce((sum, deviation) => sum + deviation ** 2, 0)
  return mean > (STANDARD_ERRORS * Math.sqrt(squares)) / values.length
}

/**
 * The independent units that a value is the mean of: groups, else the queries of a ranking, else rows; those of the rarest label
 * class if each class counts by itself.
 * @param index positions of the rows; all by default
 */
export function countTrials({ successes, isRanking }: Statistic, rows: Rows, index = listRows(rows)): number {
  const { labels, groups } = rows
  const codes = labels.kind === 'classes' && !isRanking && !successes ? labels.codes : undefined
  const units = groups ? groups.codes : isRanking ? getQueryCodes(rows) : undefined
  if (!codes && !units) return index.length
  const counts = new Map<number, number>()
  const seen = new Set<number>()
  for (const row of index) {
    const code = codes ? (codes[row] as number) : 0
    if (units) {
      const unit = code * rows.count + (units[row] as number)
      if (seen.has(unit)) continue
      seen.add(unit)
    }
    counts.set(code, (counts.get(code) ?? 0) + 1)
  }
  return Math.min(...counts.values())
}

function sumPerUnit(values: Float64Array, units: Int32Array): Float64Array {
  const sums = new Float64Array(units.reduce((most, unit) => Math.max(most, unit), 0) + 1)
  for (const [at, unit] of units.entries()) sums[unit] = (sums[unit] as number) + (values[at] as number)
  return sums
}

function pickCodes(codes: Int32Array, index: Int32Array): Int32Array {
  return index.map((row) => codes[row] as number)
}

function listRows({ count }: Rows): Int32Array {
  return new Int32Array(count).map((_, row) => row)
}
