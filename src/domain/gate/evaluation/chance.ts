import type { Predictions, Rows } from '../dataset/rows.ts'
import { getQueryCodes } from '../metrics/ranking.ts'
import type { Statistic } from '../metrics/statistic.ts'
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
    const isWorse = losses.every(isAboveZero)
    return { value, chance, isBetter: !isWorse, isWorse }
  }
  const gain = statistic.direction === 'higher' ? value - chance : chance - value
  // A log loss is no share, and its chance value is exact: the shares of these very rows.
  const isExact = statistic.predictionKind === 'probabilities'
  const error = isExact ? 0 : Math.sqrt((chance * (1 - chance)) / countTrials(statistic, rows, index))
  return {
    value,
    chance,
    isBetter: !(gain <= ROUNDING),
    isWorse: gain < -Math.max(ROUNDING, STANDARD_ERRORS * error),
  }
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

/** Whether the mean is above 0 by more than chance explains. */
function isAboveZero(values: Float64Array): boolean {
  const average = (of: Float64Array) => of.reduce((sum, value) => sum + value, 0) / of.length
  const mean = average(values)
  const variance = average(values.map((value) => (value - mean) ** 2))
  return mean > STANDARD_ERRORS * Math.sqrt(variance / values.length)
}

/** What a value is the mean of: the queries of a ranking, all rows of a plain share, else rows of the rarest label class. */
function countTrials({ successes, isRanking }: Statistic, rows: Rows, index: Int32Array): number {
  const { labels } = rows
  if (!isRanking && (successes || labels.kind === 'numbers')) return index.length
  const codes = isRanking ? getQueryCodes(rows) : labels.kind === 'classes' ? labels.codes : new Int32Array()
  const counts = new Uint32Array(rows.count + 1)
  for (const row of index) {
    const code = codes[row] as number
    counts[code] = (counts[code] as number) + 1
  }
  const present = counts.filter((count) => count > 0)
  return isRanking ? present.length : present.reduce((least, count) => Math.min(least, count), Infinity)
}

function listRows({ count }: Rows): Int32Array {
  return new Int32Array(count).map((_, row) => row)
}
