import { type Confusion, confusionGauge } from './confusion.ts'
import type { Predictions, Rows } from './rows.ts'
import type { Sample, Statistic } from './statistic.ts'

type Average = (confusion: Confusion, positive: number) => number

/** Statistics of the predicted classes, as scikit-learn defines them with zero_division=0. */
export const classification: readonly Statistic[] = [
  classStatistic('accuracy', 'share', ({ classes, actual, right }) => {
    let [all, good] = [0, 0]
    for (let code = 0; code < classes; code += 1) {
      all += actual(code)
      good += right(code)
    }
    return good / all
  }),
  classStatistic('balanced_accuracy', 'every class', ({ classes, actual, right }) => {
    let [recalls, present] = [0, 0]
    for (let code = 0; code < classes; code += 1) {
      if (actual(code) === 0) continue
      recalls += right(code) / actual(code)
      present += 1
    }
    return recalls / present
  }),
  classStatistic('f1_macro', 'every class', ({ classes, actual, predicted, right }) => {
    let [scores, present] = [0, 0]
    for (let code = 0; code < classes; code += 1) {
      const both = actual(code) + predicted(code)
      if (both === 0) continue
      scores += (2 * right(code)) / both
      present += 1
    }
    // Classes that no label has are one more class, of which nothing was right.
    return scores / (present + (predicted(classes) > 0 ? 1 : 0))
  }),
  classStatistic('f1', 'positive class', ({ actual, predicted, right }, positive) =>
    actual(positive) > 0 ? (2 * right(positive)) / (actual(positive) + predicted(positive)) : Number.NaN,
  ),
  classStatistic('recall', 'positive class', ({ actual, right }, positive) =>
    actual(positive) > 0 ? right(positive) / actual(positive) : Number.NaN,
  ),
  classStatistic('precision', 'positive class', ({ predicted, right }, positive) =>
    predicted(positive) > 0 ? right(positive) / predicted(positive) : 0,
  ),
]

function classStatistic(
  name: string,
  kind: 'share' | 'every class' | 'positive class',
  average: Average,
): Statistic {
  return {
    name,
    direction: 'higher',
    bounded: true,
    proportion: kind === 'share',
    ranked: false,
    labels: 'classes',
    reads: 'classes',
    problem: (rows, predictions) => classProblem(rows, predictions, kind === 'positive class'),
    gauge(sample, predictions) {
      const { labels } = sample.rows
      const positive = labels.kind === 'classes' ? (labels.positive ?? -1) : -1
      const present = classesOf(sample)
      const unseen = kind === 'share' ? present.slice(0, 1) : present
      return confusionGauge(sample, predictions, (confusion) => average(confusion, positive), unseen)
    },
    ...(kind === 'share' && { successes: rightRows }),
  }
}

function rightRows({ rows: { labels }, index }: Sample, { classes }: Predictions): Float64Array {
  return Float64Array.from(index, (row) =>
    labels.kind === 'classes' && classes?.[row] === labels.codes[row] ? 1 : 0,
  )
}

function classProblem(
  { labels }: Rows,
  { classes }: Predictions,
  needsPositive: boolean,
): string | undefined {
  if (labels.kind !== 'classes') return 'the labels are numbers, not classes'
  if (!classes) return 'the predictions have no classes'
  if (!needsPositive) return undefined
  const { positive } = labels
  if (positive === undefined) return 'no label is named as the positive class'
  return labels.codes.includes(positive) ? undefined : 'no row is of the positive class'
}

/** Codes of the classes that the rows are of. */
function classesOf({ rows: { labels }, index }: Sample): number[] {
  if (labels.kind !== 'classes') return []
  const present = new Set<number>()
  for (const row of index) present.add(labels.codes[row] as number)
  return [...present].sort((a, b) => a - b)
}
