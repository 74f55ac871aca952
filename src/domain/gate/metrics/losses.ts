import type { Predictions, Rows } from '../dataset/rows.ts'
import { argsort } from './argsort.ts'
import { createSumsEstimator } from './estimators.ts'
import { findNumberProblem, findProbabilityProblem } from './prediction-problems.ts'
import { type Estimator, getWeight, type Sample, type Statistic } from './statistic.ts'

/** Probabilities are clipped to this, as scikit-learn does: the distance of 1 to the next double. */
const MIN_PROBABILITY = Number.EPSILON

/** Mean negative natural logarithm of the clipped probability of the true class. */
export const logLoss: Statistic = {
  name: 'log_loss',
  direction: 'lower',
  isRanking: false,
  labelKind: 'classes',
  predictionKind: 'probabilities',
  findProblem: findProbabilityProblem,
  chance: computeEntropy,
  createEstimator: (sample, predictions) =>
    createMeanEstimator(sample, (row) => {
      const probability = trueClassProbability(sample.rows, predictions, row)
      return -Math.log(Math.min(1 - MIN_PROBABILITY, Math.max(MIN_PROBABILITY, probability)))
    }),
}

/** The log loss of the shares of the label classes as probabilities, alike on every row. NaN if there is one class only. */
function computeEntropy(rows: Rows, _: Predictions, index: Int32Array): number {
  const { labels } = rows
  if (labels.kind !== 'classes') return Number.NaN
  const weights = new Float64Array(labels.names.length)
  for (const row of index) {
    const code = labels.codes[row] as number
    weights[code] = (weights[code] as number) + getWeight(rows, row)
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const shares = weights.filter((weight) => weight > 0).map((weight) => weight / total)
  return shares.length < 2 ? Number.NaN : -shares.reduce((sum, share) => sum + share * Math.log(share), 0)
}

/**
 * By how much the probability of each row's true class is lower than that of a class drawn by the shares of the labels: a
 * mean above 0 contradicts the labels.
 */
export function computeContradiction(rows: Rows, predictions: Predictions): Float64Array {
  const { labels, count } = rows
  if (labels.kind !== 'classes') return new Float64Array()
  const shares = labels.names.map(() => 0)
  for (const code of labels.codes) shares[code] = (shares[code] as number) + 1 / count
  return new Float64Array(count).map((_, row) => {
    const ofDrawn = shares.reduce(
      (sum, share, code) => sum + (share && share * classProbability(rows, predictions, code, row)),
      0,
    )
    return ofDrawn - trueClassProbability(rows, predictions, row)
  })
}

type RowValue = (row: number) => number

/** The loss of one row by its error, and the constant that has the least loss on all rows. */
interface RowLoss {
  ofError(error: number): number
  /** @returns a number that no other one beats */
  bestConstant(values: Float64Array, weights: Float64Array): number
}

const squared: RowLoss = { ofError: (error) => error ** 2, bestConstant: weightedMean }
const absolute: RowLoss = { ofError: Math.abs, bestConstant: weightedMedian }

/** Statistics of predicted numbers, by the error of each row. */
export const regressionStatistics: readonly Statistic[] = [
  createNumberStatistic(
    'mae',
    'lower',
    absolute,
    (loss) => loss,
    (sample, error) => createMeanEstimator(sample, (row) => Math.abs(error(row))),
  ),
  createNumberStatistic('rmse', 'lower', squared, Math.sqrt, (sample, error) =>
    createMeanEstimator(sample, (row) => error(row) ** 2, Math.sqrt),
  ),
  createNumberStatistic(
    'r2',
    'higher',
    squared,
    () => 0,
    (sample, error, label) => {
      const center = sample.index.reduce((sum, row) => sum + label(row), 0) / sample.index.length
      // Centered, so that large labels of small spread keep their digits.
      const columns = sumPerUnit(sample, [
        () => 1,
        (row) => label(row) - center,
        (row) => (label(row) - center) ** 2,
        (row) => error(row) ** 2,
      ])
      return createSumsEstimator(columns, ([weight = 0, sum = 0, squares = 0, errors = 0]) => {
        const spread = squares - sum ** 2 / weight
        return spread > 0 ? 1 - errors / spread : Number.NaN
      })
    },
  ),
]

/** @param ofMeanLoss the value of the statistic for the mean loss of the best constant */
function createNumberStatistic(
  name: string,
  direction: Statistic['direction'],
  loss: RowLoss,
  ofMeanLoss: (loss: number) => number,
  create: (sample: Sample, error: RowValue, label: RowValue) => Estimator,
): Statistic {
  return {
    name,
    direction,
    isRanking: false,
    labelKind: 'numbers',
    predictionKind: 'scores',
    findProblem: findNumberProblem,
    chance(rows, _, index) {
      const { losses, weights } = computeConstantLosses(rows, index, loss)
      return ofMeanLoss(weightedMean(losses, weights))
    },
    excessLosses: (rows, { scores }, index) =>
      [squared, absolute].map((each) => {
        const { losses, labels, weights } = computeConstantLosses(rows, index, each)
        const errors = labels.map((label, at) => label - (scores?.[index[at] as number] ?? Number.NaN))
        // The constant has the level of these labels, which no model knows if it has moved. So the model gets it, too.
        const level = each.bestConstant(errors, weights)
        return losses.map(
          (constant, at) =>
            (weights[at] as number) * (each.ofError((errors[at] as number) - level) - constant),
        )
      }),
    createEstimator(sample, { scores }) {
      const { labels } = sample.rows
      const label = (row: number) => (labels.kind === 'numbers' ? (labels.values[row] as number) : Number.NaN)
      return create(sample, (row) => label(row) - (scores?.[row] ?? Number.NaN), label)
    },
  }
}

function computeConstantLosses(rows: Rows, index: Int32Array, { bestConstant, ofError }: RowLoss) {
  const values = rows.labels.kind === 'numbers' ? rows.labels.values : new Float64Array(rows.count)
  const labels = Float64Array.from(index, (row) => values[row] as number)
  const weights = Float64Array.from(index, (row) => getWeight(rows, row))
  const constant = bestConstant(labels, weights)
  return { labels, weights, losses: labels.map((label) => ofError(label - constant)) }
}

function weightedMean(values: Float64Array, weights: Float64Array): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return values.reduce((sum, value, at) => sum + value * (weights[at] as number), 0) / total
}

function weightedMedian(values: Float64Array, weights: Float64Array): number {
  const order = argsort(values)
  let rest = weights.reduce((sum, weight) => sum + weight, 0) / 2
  const middle = order.find((at) => {
    rest -= weights[at] as number
    return rest <= 0
  })
  return values[middle ?? 0] as number
}

function createMeanEstimator(sample: Sample, of: RowValue, after = (mean: number) => mean): Estimator {
  const columns = sumPerUnit(sample, [of, () => 1])
  return createSumsEstimator(columns, ([sum = 0, weight = 0]) => after(sum / weight))
}

/** Weighted sums of row values, per unit. */
function sumPerUnit({ rows, index, unit, units }: Sample, values: readonly RowValue[]): Float64Array[] {
  return values.map((value) => {
    const sums = new Float64Array(units)
    for (let at = 0; at < index.length; at += 1) {
      const [row, owner] = [index[at] as number, unit[at] as number]
      sums[owner] = (sums[owner] as number) + getWeight(rows, row) * value(row)
    }
    return sums
  })
}

/** The predicted probability of the row's true class. */
function trueClassProbability(rows: Rows, predictions: Predictions, row: number): number {
  const { labels } = rows
  return labels.kind === 'classes'
    ? classProbability(rows, predictions, labels.codes[row] as number, row)
    : Number.NaN
}

/** The predicted probability of a class. */
function classProbability(
  { labels }: Rows,
  { scores, probabilities }: Predictions,
  code: number,
  row: number,
): number {
  if (labels.kind !== 'classes') return Number.NaN
  if (probabilities) return probabilities[code]?.[row] ?? Number.NaN
  const score = scores?.[row] ?? Number.NaN
  return code === labels.positive ? score : 1 - score
}
