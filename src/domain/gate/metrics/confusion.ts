import type { Predictions, Rows } from '../dataset/rows.ts'
import { type AdditiveStatistic, createAdditiveEstimator } from './estimators.ts'
import { type Estimator, getWeight, type Sample } from './statistic.ts'

/**
 * A ratio of two sums over classes. Both are functions of a class's weights: rows that have it, rows predicted to have it,
 * and rows for which both hold.
 */
export interface ClassRatio {
  numerator(actual: number, predicted: number, correct: number): number
  denominator(actual: number, predicted: number, correct: number): number
}

/** A row of one class that a model takes for another. */
export interface ClassMistake {
  actual: number
  predicted: number
}

interface ConfusionStatistic {
  ratio: ClassRatio
  /** The only class that counts; undefined if all do. */
  only: number | undefined
  /** The unseen rows of each model, see bootstrap.ts. */
  unseen: readonly ClassMistake[]
  resampledVariance: number
}

/** Number of the label classes, and of predicted classes that no label has: at least one, which a perturbed row may get. */
export function countClasses({ labels }: Rows, { unknownClasses = [] }: Predictions): number {
  return (labels.kind === 'classes' ? labels.names.length : 0) + Math.max(1, unknownClasses.length)
}

/** Position of a predicted class: those that no label has follow the label classes. */
export function toClassIndex(code: number, labelClasses: number): number {
  return code < 0 ? labelClasses - 1 - code : code
}

/** An estimator from each class's weights. */
export function createConfusionEstimator(
  sample: Sample,
  predictions: Predictions,
  { ratio, only, unseen, resampledVariance }: ConfusionStatistic,
): Estimator {
  const classes = countClasses(sample.rows, predictions)
  const { unit, actual, predicted, weight } = buildEntries(sample, predictions, classes, unseen)
  // Sums by actual class start at 0, by predicted class and of correct rows here.
  const [predictedAt, correctAt] = [classes, 2 * classes]
  const [first, last] = only === undefined ? [0, classes - 1] : [only, only]
  const sumTerms = (totals: Float64Array, from: number, to: number) => {
    let [numerator, denominator] = [0, 0]
    for (let code = from; code <= to; code += 1) {
      const a = totals[code] as number
      const p = totals[predictedAt + code] as number
      const c = totals[correctAt + code] as number
      numerator += ratio.numerator(a, p, c)
      denominator += ratio.denominator(a, p, c)
    }
    return { numerator, denominator }
  }
  const additive: AdditiveStatistic = {
    columnCount: 3 * classes,
    add(counts, totals) {
      for (let at = 0; at < unit.length; at += 1) {
        const sum = (counts[unit[at] as number] as number) * (weight[at] as number)
        const [a, p] = [actual[at] as number, predicted[at] as number]
        totals[a] = (totals[a] as number) + sum
        totals[predictedAt + p] = (totals[predictedAt + p] as number) + sum
        if (a === p) totals[correctAt + a] = (totals[correctAt + a] as number) + sum
      }
    },
    project(slopes) {
      const projected = new Float64Array(sample.units + unit.length)
      for (let at = 0; at < unit.length; at += 1) {
        const [a, p] = [actual[at] as number, predicted[at] as number]
        const correctSlope = a === p ? (slopes[correctAt + a] as number) : 0
        const slope = (slopes[a] as number) + (slopes[predictedAt + p] as number) + correctSlope
        const owner = unit[at] as number
        projected[owner] = (projected[owner] as number) + slope * (weight[at] as number)
      }
      return projected.subarray(0, sample.units)
    },
    value(totals) {
      const { numerator, denominator } = sumTerms(totals, first, last)
      return numerator / denominator
    },
    // A total is in the terms of its own class only: all slopes take one pass over the classes.
    slopes(totals) {
      const { numerator, denominator } = sumTerms(totals, first, last)
      const moved = totals.slice()
      const excess = (code: number) => {
        const own = sumTerms(moved, code, code)
        return own.numerator - (numerator / denominator) * own.denominator
      }
      return totals.map((total, at) => {
        const code = at % classes
        if (code < first || code > last) return 0
        const step = 1e-6 * (Math.abs(total) || 1)
        const [up = 0, down = 0] = [step, -step].map((by) => {
          moved[at] = total + by
          return excess(code)
        })
        moved[at] = total
        return (up - down) / (2 * step * denominator)
      })
    },
  }
  return createAdditiveEstimator(additive, sample.unseen ? unseen.length : 0, resampledVariance)
}

/** Which cell of the matrix each unit adds to: rows of one unit and one cell are merged into one entry. */
function buildEntries(
  sample: Sample,
  predictions: Predictions,
  classes: number,
  unseen: readonly ClassMistake[],
) {
  const { rows, index, units, unseen: unseenUnits } = sample
  const { codes = new Int32Array(), names = [] } = rows.labels.kind === 'classes' ? rows.labels : {}
  const length = index.length + unseen.length * (unseenUnits?.models ?? 0)
  const entries = {
    unit: new Int32Array(length),
    actual: new Int32Array(length),
    predicted: new Int32Array(length),
    weight: new Float64Array(length),
  }
  let count = 0
  const addEntry = (unit: number, actual: number, predicted: number, weight: number) => {
    entries.unit[count] = unit
    entries.actual[count] = actual
    entries.predicted[count] = predicted
    entries.weight[count] = weight
    count += 1
    return count - 1
  }
  const positions = new Map<number, number>()
  let totalWeight = 0
  for (let at = 0; at < index.length; at += 1) {
    const row = index[at] as number
    const [unit, actual] = [sample.unit[at] as number, codes[row] as number]
    const predicted = toClassIndex(predictions.classes?.[row] ?? -1, names.length)
    const weight = getWeight(rows, row)
    totalWeight += weight
    // If every row is a unit there is nothing to merge, and a million keys are slow.
    const key = units < index.length ? (unit * classes + actual) * classes + predicted : -1
    const position = positions.get(key)
    if (position !== undefined) entries.weight[position] = (entries.weight[position] as number) + weight
    else {
      const added = addEntry(unit, actual, predicted, weight)
      if (key >= 0) positions.set(key, added)
    }
  }
  for (let model = 0; unseenUnits && model < unseenUnits.models; model += 1)
    unseen.forEach(({ actual, predicted }, nth) => {
      const said = model === unseenUnits.model ? predicted : actual
      addEntry(units + model * unseen.length + nth, actual, said, totalWeight / index.length)
    })
  return {
    unit: entries.unit.subarray(0, count),
    actual: entries.actual.subarray(0, count),
    predicted: entries.predicted.subarray(0, count),
    weight: entries.weight.subarray(0, count),
  }
}
