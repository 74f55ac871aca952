import type { Predictions, Rows } from '../dataset/rows.ts'
import type { NumberSpan, OtherRangeProblem } from './types.ts'

/**
 * Whether predicted numbers look like another unit than the labels: more than half of them are outside of 98 % of the
 * labels, and their squared errors are larger than those of the labels' mean. A stale model of a moved target looks the
 * same, so this proves nothing about one model alone. Around 0, predictions in thousands of the labels are inside of them:
 * they follow the labels, with a far smaller spread.
 */
export function isOtherRange({ labels }: Rows, { scores }: Predictions): boolean {
  if (labels.kind !== 'numbers' || !scores) return false
  const { values } = labels
  const { mean, spread, slope, determination } = fitLine(values, scores)
  const isAroundZero = mean ** 2 <= spread / values.length
  if (isAroundZero && slope >= MIN_SLOPE && determination >= MIN_DETERMINATION) return true
  const errors = values.reduce((sum, value, row) => sum + (value - (scores[row] as number)) ** 2, 0)
  if (!(errors > spread && spread > 0)) return false
  const [low, high] = [quantile(values, 0.01), quantile(values, 0.99)]
  const median = quantile(scores, 0.5)
  return median < low || median > high
}

/** Minutes are 60 times hours. Cautious predictions are ten times too small at most. */
const MIN_SLOPE = 30
/** The share of the labels' spread that predictions in another unit explain; those of a weak model explain less. */
const MIN_DETERMINATION = 0.25

/** Miles are 1.6 kilometres. A model that predicts in the unit of the labels has a slope near 1. */
const SLOPES = { least: 2 / 3, greatest: 3 / 2 }

/**
 * Whether the labels follow the predicted numbers one to one: the predictions are in the unit of the labels, but at another
 * level, as after a target has moved.
 */
export function isMovedLevel({ labels }: Rows, { scores }: Predictions): boolean {
  if (labels.kind !== 'numbers' || !scores) return false
  const { slope } = fitLine(labels.values, scores)
  return slope >= SLOPES.least && slope <= SLOPES.greatest
}

/** Standard errors of a correlation that chance does not explain. */
const STANDARD_ERRORS = 2

/** Whether the labels follow the predicted numbers at all, on whatever scale: the larger one, the larger the other. */
export function isFollowed({ labels }: Rows, { scores }: Predictions): boolean {
  if (labels.kind !== 'numbers' || !scores) return false
  const { slope, determination } = fitLine(labels.values, scores)
  return slope > 0 && determination * scores.length > STANDARD_ERRORS ** 2
}

/** The labels as a line of the predictions: mean and spread (sum of squares) of the labels, the slope, and R² of the line. */
function fitLine(labels: Float64Array, scores: Float64Array) {
  const average = (of: Float64Array) => of.reduce((sum, value) => sum + value, 0) / of.length
  const [mean, center] = [average(labels), average(scores)]
  let [spread, product, square] = [0, 0, 0]
  for (const [row, label] of labels.entries()) {
    const deviation = (scores[row] as number) - center
    spread += (label - mean) ** 2
    product += deviation * (label - mean)
    square += deviation ** 2
  }
  return { mean, spread, slope: product / square, determination: product ** 2 / (square * spread) }
}

/** Factor in size that another unit explains, and the age of a model hardly does. */
const OTHER_MAGNITUDE = 10

/**
 * Whether only another unit explains the predicted numbers: they are much larger or smaller than the labels, or have the other
 * sign than all of them, unless the level has moved across 0, as that of temperatures does. Numbers that are mostly 0 have no
 * size to compare with.
 */
export function isOtherUnit(rows: Rows, predictions: Predictions): boolean {
  const { labels } = rows
  const { scores } = predictions
  if (labels.kind !== 'numbers' || !scores) return false
  const [small = 0, large = 0] = [medianSize(labels.values), medianSize(scores)].sort((a, b) => a - b)
  const signs = [0.01, 0.5, 0.99].map((share) => Math.sign(quantile(labels.values, share)))
  const isOtherSign = signs.every((sign) => sign !== 0 && sign === -Math.sign(quantile(scores, 0.5)))
  if (isOtherSign && !isMovedLevel(rows, predictions)) return true
  return small > 0 && large >= OTHER_MAGNITUDE * small
}

function medianSize(values: Float64Array): number {
  return quantile(values.map(Math.abs), 0.5)
}

function quantile(values: Float64Array, share: number): number {
  return values.toSorted()[Math.round(share * (values.length - 1))] as number
}

/** Without the predictions of a model that has the range of the labels. */
export function describeOtherRange(
  { labels }: Rows,
  candidate: Predictions | undefined,
  champion: Predictions | undefined,
): OtherRangeProblem {
  const values = labels.kind === 'numbers' ? labels.values : new Float64Array()
  return {
    kind: 'other-range',
    labels: spanOf(values),
    candidate: candidate?.scores && spanOf(candidate.scores),
    champion: champion?.scores && spanOf(champion.scores),
  }
}

function spanOf(values: Float64Array): NumberSpan {
  let [least, greatest] = [Infinity, -Infinity]
  for (const value of values) {
    if (value < least) least = value
    if (value > greatest) greatest = value
  }
  return [least, greatest]
}
