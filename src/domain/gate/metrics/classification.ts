import type { Predictions, Rows } from '../dataset/rows.ts'
import { findClassEncodingProblem } from './class-encoding.ts'
import { computeResampledVariance, countUnitsPerClass } from './class-sizes.ts'
import {
  type ClassMistake,
  type ClassRatio,
  countClasses,
  createConfusionEstimator,
  toClassIndex,
} from './confusion.ts'
import { findClassProblem } from './prediction-problems.ts'
import { getWeight, type Sample, type Statistic } from './statistic.ts'

/** Statistics of predicted classes, as scikit-learn defines them with zero_division=0. */
export const classificationStatistics: readonly Statistic[] = [
  createClassStatistic('accuracy', 'share', {
    numerator: (_actual, _predicted, correct) => correct,
    denominator: (actual) => actual,
  }),
  createClassStatistic('balanced_accuracy', 'every class', {
    numerator: (actual, _, correct) => (actual > 0 ? correct / actual : 0),
    denominator: (actual) => (actual > 0 ? 1 : 0),
  }),
  // Each predicted class that no label has is one more class, with an F1 of 0.
  createClassStatistic('f1_macro', 'every class', {
    numerator: (actual, predicted, correct) =>
      actual + predicted > 0 ? (2 * correct) / (actual + predicted) : 0,
    denominator: (actual, predicted) => (actual + predicted > 0 ? 1 : 0),
  }),
  createClassStatistic('f1', 'positive class', {
    numerator: (_actual, _predicted, correct) => 2 * correct,
    denominator: (actual, predicted) => (actual > 0 ? actual + predicted : 0),
  }),
  createClassStatistic('recall', 'positive class', {
    numerator: (_actual, _predicted, correct) => correct,
    denominator: (actual) => actual,
  }),
  createClassStatistic('precision', 'positive class', {
    numerator: (_actual, _predicted, correct) => correct,
    denominator: (_, predicted) => (predicted > 0 ? predicted : 1),
  }),
]

function createClassStatistic(
  name: string,
  kind: 'share' | 'every class' | 'positive class',
  ratio: ClassRatio,
): Statistic {
  return {
    name,
    direction: 'higher',
    isRanking: false,
    labelKind: 'classes',
    predictionKind: 'classes',
    findProblem: (rows, predictions) =>
      findClassProblem(rows, predictions, kind === 'positive class') ??
      findClassEncodingProblem(rows, predictions),
    chance: (rows, predictions, index) =>
      computeChance(rows, predictions, index, ratio, kind === 'positive class'),
    createEstimator(sample, predictions) {
      const { labels } = sample.rows
      if (labels.kind !== 'classes') throw new Error(`${name} needs classes; findProblem must reject numbers`)
      const isOnePositive = kind === 'positive class'
      const sizes = countUnitsPerClass(sample, labels.names.length, (row) => labels.codes[row] as number)
      return createConfusionEstimator(sample, predictions, {
        ratio,
        only: isOnePositive ? (labels.positive ?? -1) : undefined,
        unseen: isOnePositive ? listPositiveMistakes(sizes, labels.positive) : listGreatestMistake(sizes),
        resampledVariance: kind === 'every class' ? computeResampledVariance(sizes) : 1,
      })
    },
    ...(kind === 'share' && { successes: markCorrectRows }),
  }
}

/** A row of the smallest class: of all rows, its mistake moves a mean over classes most. */
function listGreatestMistake(sizes: Int32Array): ClassMistake[] {
  let smallest = -1
  sizes.forEach((size, code) => {
    if (size > 0 && (smallest < 0 || size < (sizes[smallest] as number))) smallest = code
  })
  if (smallest < 0) return []
  // A class beyond the labels' classes if there is no other.
  return [{ actual: smallest, predicted: sizes.length > 1 ? (smallest + 1) % sizes.length : sizes.length }]
}

/** A positive row that is missed, and another row that is taken for positive. */
function listPositiveMistakes(sizes: Int32Array, positive = -1): ClassMistake[] {
  const other = sizes.findIndex((size, code) => size > 0 && code !== positive)
  const missed = { actual: positive, predicted: other < 0 ? sizes.length : other }
  return other < 0 ? [missed] : [missed, { actual: other, predicted: positive }]
}

/**
 * The value of the same predictions in random order: a class that has the share p of the labels and q of the predictions
 * is then right on p q of the rows, as in Cohen's kappa.
 * @returns NaN if the labels have one class only, where every order is equally good
 */
function computeChance(
  rows: Rows,
  predictions: Predictions,
  index: Int32Array,
  ratio: ClassRatio,
  isOnePositive: boolean,
): number {
  const { labels } = rows
  if (labels.kind !== 'classes') return Number.NaN
  const classes = countClasses(rows, predictions)
  const [actual, predicted] = [new Float64Array(classes), new Float64Array(classes)]
  let total = 0
  for (const row of index) {
    const code = labels.codes[row] as number
    const guess = toClassIndex(predictions.classes?.[row] ?? -1, labels.names.length)
    const weight = getWeight(rows, row)
    actual[code] = (actual[code] as number) + weight
    predicted[guess] = (predicted[guess] as number) + weight
    total += weight
  }
  if (actual.filter((weight) => weight > 0).length < 2) return Number.NaN
  let [numerator, denominator] = [0, 0]
  actual.forEach((a, code) => {
    if (isOnePositive && code !== labels.positive) return
    const p = predicted[code] as number
    numerator += ratio.numerator(a, p, (a * p) / total)
    denominator += ratio.denominator(a, p, (a * p) / total)
  })
  return numerator / denominator
}

function markCorrectRows({ rows: { labels }, index }: Sample, { classes }: Predictions): Float64Array {
  return Float64Array.from(index, (row) =>
    labels.kind === 'classes' && classes?.[row] === labels.codes[row] ? 1 : 0,
  )
}
