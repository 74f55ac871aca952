import { type Additive, additiveGauge } from './additive.ts'
import type { Predictions } from './rows.ts'
import { type Gauge, type Sample, weightOf } from './statistic.ts'

/** Weighted counts of the rows that were drawn, by class. */
export interface Confusion {
  classes: number
  actual(code: number): number
  /** Code `classes` is for those that no label has. */
  predicted(code: number): number
  right(code: number): number
}

/**
 * A statistic of the confusion matrix.
 * @param unseen the classes that have an unseen unit each, see bootstrap.ts
 */
export function confusionGauge(
  sample: Sample,
  predictions: Predictions,
  statistic: (confusion: Confusion) => number,
  unseen: readonly number[],
): Gauge {
  const { labels } = sample.rows
  const classes = labels.kind === 'classes' ? labels.names.length : 0
  const { unit, actual, predicted, weight } = entriesOf(sample, predictions, classes, unseen)
  const [said, right] = [classes, 2 * classes + 1]
  const additive: Additive = {
    width: 3 * classes + 1,
    add(counts, totals) {
      for (let at = 0; at < unit.length; at += 1) {
        const drawn = (counts[unit[at] as number] as number) * (weight[at] as number)
        const [a, p] = [actual[at] as number, predicted[at] as number]
        totals[a] = (totals[a] as number) + drawn
        totals[said + p] = (totals[said + p] as number) + drawn
        if (a === p) totals[right + a] = (totals[right + a] as number) + drawn
      }
    },
    project(slopes) {
      const moved = new Float64Array(sample.units + unit.length)
      for (let at = 0; at < unit.length; at += 1) {
        const [a, p] = [actual[at] as number, predicted[at] as number]
        const slope =
          (slopes[a] as number) + (slopes[said + p] as number) + (a === p ? (slopes[right + a] as number) : 0)
        const whose = unit[at] as number
        moved[whose] = (moved[whose] as number) + slope * (weight[at] as number)
      }
      return moved.subarray(0, sample.units)
    },
    value: (totals) =>
      statistic({
        classes,
        actual: (code) => totals[code] as number,
        predicted: (code) => totals[said + code] as number,
        right: (code) => totals[right + code] as number,
      }),
  }
  return additiveGauge(additive, sample.unseen ? unseen.length : 0)
}

/** What falls into which cell of the matrix when a unit is drawn once: rows of one unit and one cell are one entry. */
function entriesOf(sample: Sample, predictions: Predictions, classes: number, unseen: readonly number[]) {
  const { rows, index, units, unseen: whose } = sample
  const codes = rows.labels.kind === 'classes' ? rows.labels.codes : new Int32Array()
  const most = index.length + (whose?.models ?? 0) * unseen.length
  const entries = {
    unit: new Int32Array(most),
    actual: new Int32Array(most),
    predicted: new Int32Array(most),
    weight: new Float64Array(most),
  }
  const places = new Map<number, number>()
  let count = 0
  let weights = 0
  const put = (unit: number, actual: number, predicted: number, weight: number) => {
    entries.unit[count] = unit
    entries.actual[count] = actual
    entries.predicted[count] = predicted
    entries.weight[count] = weight
    count += 1
  }
  for (let at = 0; at < index.length; at += 1) {
    const row = index[at] as number
    const [unit, actual] = [sample.unit[at] as number, codes[row] as number]
    const given = predictions.classes?.[row] ?? -1
    const predicted = given < 0 ? classes : given
    const weight = weightOf(rows, row)
    weights += weight
    // Where every row is a unit there is nothing to merge, and a million keys are slow.
    const key = units < index.length ? (unit * classes + actual) * (classes + 1) + predicted : -1
    const place = places.get(key)
    if (place === undefined) {
      if (key >= 0) places.set(key, count)
      put(unit, actual, predicted, weight)
    } else entries.weight[place] = (entries.weight[place] as number) + weight
  }
  for (let model = 0; whose && model < whose.models; model += 1)
    unseen.forEach((code, nth) => {
      const predicted = model === whose.model ? wrongCode(code, classes) : code
      put(units + model * unseen.length + nth, code, predicted, weights / index.length)
    })
  return {
    unit: entries.unit.subarray(0, count),
    actual: entries.actual.subarray(0, count),
    predicted: entries.predicted.subarray(0, count),
    weight: entries.weight.subarray(0, count),
  }
}

function wrongCode(code: number, classes: number): number {
  return classes > 1 ? (code + 1) % classes : classes
}
