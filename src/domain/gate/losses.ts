import { additiveGauge, columnSums } from './additive.ts'
import { numberProblem, probabilityProblem } from './problems.ts'
import type { Predictions, Rows } from './rows.ts'
import { type Sample, type Statistic, weightOf } from './statistic.ts'

/** The smallest probability that is told from 0, as scikit-learn clips it: the distance of 1 to the next double. */
const CLIP = Number.EPSILON

/** Mean negative logarithm of the probability that was given to the class that it was; natural, clipped. */
export const logLoss: Statistic = {
  name: 'log_loss',
  direction: 'lower',
  bounded: false,
  proportion: false,
  ranked: false,
  labels: 'classes',
  reads: 'probabilities',
  problem: (rows, predictions) => probabilityProblem(rows, predictions),
  gauge(sample, predictions) {
    const loss = (row: number) => {
      const probability = Math.min(
        1 - CLIP,
        Math.max(CLIP, probabilityOfTruth(sample.rows, predictions, row)),
      )
      return -Math.log(probability)
    }
    const [losses, weights] = unitSums(sample, [loss, () => 1])
    return additiveGauge(
      columnSums([losses as Float64Array, weights as Float64Array], ([sum, weight]) => ratio(sum, weight)),
    )
  },
}

/** Statistics of a predicted number. */
export const regression: readonly Statistic[] = [
  numberStatistic('mae', 'lower', (sample, predictions) => {
    const error = errorOf(sample, predictions)
    return meanGauge(sample, (row) => Math.abs(error(row)))
  }),
  numberStatistic('rmse', 'lower', (sample, predictions) => {
    const error = errorOf(sample, predictions)
    return meanGauge(sample, (row) => error(row) ** 2, Math.sqrt)
  }),
  numberStatistic('r2', 'higher', (sample, predictions) => {
    const error = errorOf(sample, predictions)
    const label = labelOf(sample.rows)
    const center = sample.index.reduce((sum, row) => sum + label(row), 0) / sample.index.length
    // Around the mean, so that large labels of small spread keep their digits.
    const columns = unitSums(sample, [
      () => 1,
      (row) => label(row) - center,
      (row) => (label(row) - center) ** 2,
      (row) => error(row) ** 2,
    ])
    return additiveGauge(
      columnSums(columns, ([weight, sum, squares, errors]) => {
        const spread = (squares as number) - (sum as number) ** 2 / (weight as number)
        return spread > 0 ? 1 - (errors as number) / spread : Number.NaN
      }),
    )
  }),
]

function numberStatistic(
  name: string,
  direction: Statistic['direction'],
  gauge: Statistic['gauge'],
): Statistic {
  return {
    name,
    direction,
    bounded: false,
    proportion: false,
    ranked: false,
    labels: 'numbers',
    reads: 'scores',
    problem: numberProblem,
    gauge,
  }
}

function meanGauge(sample: Sample, of: (row: number) => number, after = (mean: number) => mean) {
  return additiveGauge(
    columnSums(unitSums(sample, [of, () => 1]), ([sum, weight]) => after(ratio(sum, weight))),
  )
}

function ratio(sum: number | undefined, weight: number | undefined): number {
  return (sum as number) / (weight as number)
}

/** Weighted sums per unit of values that each row has. */
function unitSums({ rows, index, unit, units }: Sample, values: readonly ((row: number) => number)[]) {
  return values.map((value) => {
    const sums = new Float64Array(units)
    for (let at = 0; at < index.length; at += 1) {
      const [row, whose] = [index[at] as number, unit[at] as number]
      sums[whose] = (sums[whose] as number) + weightOf(rows, row) * value(row)
    }
    return sums
  })
}

function labelOf({ labels }: Rows): (row: number) => number {
  return labels.kind === 'numbers' ? (row) => labels.values[row] as number : () => Number.NaN
}

function errorOf({ rows }: Sample, { scores }: Predictions): (row: number) => number {
  const label = labelOf(rows)
  return (row) => label(row) - (scores?.[row] ?? Number.NaN)
}

/** The probability that the predictions gave to what the row is. */
function probabilityOfTruth({ labels }: Rows, { scores, probabilities }: Predictions, row: number): number {
  if (labels.kind !== 'classes') return Number.NaN
  const code = labels.codes[row] as number
  if (probabilities) return probabilities[code]?.[row] ?? Number.NaN
  const score = scores?.[row] ?? Number.NaN
  return code === labels.positive ? score : 1 - score
}
