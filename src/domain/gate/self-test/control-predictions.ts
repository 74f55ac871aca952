import { createRandom, shuffle } from '../../statistics/random.ts'
import type { Predictions, Rows } from '../dataset/rows.ts'
import { measure } from '../inference/paired-measurement.ts'
import { getRelevance } from '../metrics/prediction-problems.ts'
import { getQueryCodes } from '../metrics/ranking.ts'
import type { MeasurementSpec, Statistic } from '../metrics/statistic.ts'

/** Sizes of the perturbation of one row. Only losses, which have no bound, need more than the first. */
const STRENGTHS = [1, 10, 100, 10_000]

/**
 * Predictions that are known to be too bad: the base predictions, perturbed on as few rows as needed for the value to be
 * just worse than `target`. A perturbed row has a wrong class, the mirrored probability, the lowest (or highest) score,
 * or a larger error, by more if all rows of a lesser size do not reach the target. The seed decides the order of the rows.
 * @returns undefined if the value is better than `target` even with all rows perturbed
 */
export function createNegativeControl(
  rows: Rows,
  base: Predictions,
  spec: MeasurementSpec,
  target: number,
  seed: string,
): Predictions | undefined {
  const order = orderForPerturbation(rows, spec.statistic, seed)
  for (const strength of isUnbounded(spec.statistic) ? STRENGTHS : STRENGTHS.slice(0, 1)) {
    const control = perturbJustEnough(rows, base, spec, target, order, strength)
    if (control) return control
  }
  return undefined
}

function isUnbounded({ predictionKind, labelKind, isRanking }: Statistic): boolean {
  return predictionKind === 'probabilities' || (labelKind === 'numbers' && !isRanking)
}

function perturbJustEnough(
  rows: Rows,
  base: Predictions,
  spec: MeasurementSpec,
  target: number,
  order: Int32Array,
  strength: number,
): Predictions | undefined {
  const perturbed = (count: number): Predictions => ({
    ...perturb(rows, base, spec.statistic, order.subarray(0, count), strength),
    digest: `${base.digest} with ${count} rows perturbed`,
  })
  const sign = spec.direction === 'higher' ? 1 : -1
  /** Distance beyond the target; grows nearly linearly with the count. */
  const excess = (count: number) => sign * (target - measureValue(rows, perturbed(count), spec))
  let [short, enough] = [0, order.length]
  let [shortExcess, enoughExcess] = [excess(short), excess(enough)]
  if (shortExcess > 0) return base
  // The worst possible value, such as an F1 of 0, may be the champion's: to equal it is to miss it.
  if (enoughExcess === 0) return perturbed(enough)
  if (!(enoughExcess > 0)) return undefined
  // Exact to the row, or to a small share of many rows, since each step may sort all of them. Every third step bisects.
  const precision = Math.max(1, order.length >> 14)
  for (let step = 1; enough - short > precision; step += 1) {
    const share = step % 3 === 0 ? 0.5 : shortExcess / (shortExcess - enoughExcess)
    const guess = Math.round(short + share * (enough - short))
    const count = Math.max(short + 1, Math.min(enough - precision, Math.max(short + precision, guess)))
    const measured = excess(count)
    if (measured > 0) [enough, enoughExcess] = [count, measured]
    else [short, shortExcess] = [count, measured]
  }
  return perturbed(enough)
}

/** The labels as predictions: no model can be better. */
export function createPositiveControl({ labels, digest }: Rows): Predictions {
  const none = {
    classes: undefined,
    scores: undefined,
    probabilities: undefined,
    digest: `labels of ${digest}`,
  }
  if (labels.kind === 'numbers') return { ...none, scores: labels.values }
  const { codes, names, positive } = labels
  const certain = (code: number) => Float64Array.from(codes, (one) => (one === code ? 1 : 0))
  const scores = positive === undefined ? undefined : certain(positive)
  // Two classes need only the score, which saves memory.
  const needsProbabilities = names.length !== 2 || !scores
  let probabilities: readonly Float64Array[] | undefined
  return {
    ...none,
    classes: codes,
    scores,
    // Created when a statistic reads them: 5,000 classes of 50,000 rows take 2 GB.
    get probabilities() {
      if (needsProbabilities) probabilities ??= names.map((_, code) => certain(code))
      return probabilities
    },
  }
}

function measureValue(rows: Rows, predictions: Predictions, spec: MeasurementSpec): number {
  const unused = { confidence: 0.95, resamples: 0, seed: '' }
  return measure(rows, { one: predictions }, spec, unused).values.one
}

/** All rows in random order. */
function orderForPerturbation(rows: Rows, statistic: Statistic, seed: string): Int32Array {
  const order = shuffle(rows.count, createRandom(seed))
  if (!statistic.isRanking) return order
  // Query by query: a half perturbed query is often as good as before.
  const queries = getQueryCodes(rows)
  const inOrder = [...new Set(order.map((row) => queries[row] as number))]
  const ranks = new Map(inOrder.map((query, rank) => [query, rank]))
  const rank = (row: number) => ranks.get(queries[row] as number) as number
  return order.sort((a, b) => rank(a) - rank(b))
}

function perturb(
  rows: Rows,
  base: Predictions,
  statistic: Statistic,
  chosen: Int32Array,
  strength: number,
): Predictions {
  switch (statistic.predictionKind) {
    case 'classes':
      return { ...base, classes: misclassify(rows, base, chosen) }
    case 'probabilities':
      return mirrorProbabilities(rows, base, chosen, strength)
    case 'scores':
      return { ...base, scores: worsenScores(rows, base, chosen, statistic.isRanking, strength) }
  }
}

/** Gives the chosen rows a wrong class. */
function misclassify({ labels }: Rows, { classes }: Predictions, chosen: Int32Array): Int32Array {
  const worse = classes?.slice() ?? new Int32Array()
  if (labels.kind !== 'classes') return worse
  for (const row of chosen) {
    const code = labels.codes[row] as number
    if (worse[row] === code) worse[row] = labels.names.length > 1 ? (code + 1) % labels.names.length : -1
  }
  return worse
}

/** Mirrors the probability of the true class of the chosen rows if it is above 0.5, and divides it by the strength. */
function mirrorProbabilities(
  { labels }: Rows,
  base: Predictions,
  chosen: Int32Array,
  strength: number,
): Predictions {
  const { scores, probabilities } = base
  if (labels.kind !== 'classes') return base
  if (!probabilities) {
    const worse = scores?.slice() ?? new Float64Array()
    for (const row of chosen) {
      const score = worse[row] as number
      const isPositive = labels.codes[row] === labels.positive
      const truth = Math.min(score, 1 - score) / strength
      worse[row] = isPositive ? Math.min(score, truth) : Math.max(score, 1 - truth)
    }
    return { ...base, scores: worse }
  }
  const worse = probabilities.map((column) => column.slice())
  for (const row of chosen) {
    const truth = worse[labels.codes[row] as number]
    const probability = truth?.[row] as number
    if (truth) truth[row] = Math.min(probability, 1 - probability) / strength
  }
  return { ...base, probabilities: worse }
}

/**
 * Gives the chosen rows harmful scores: a larger error for numbers, the other end of the scores for classes, the lowest
 * rank for relevant rows of a ranking.
 */
function worsenScores(
  rows: Rows,
  base: Predictions,
  chosen: Int32Array,
  isRanking: boolean,
  strength: number,
) {
  const { labels } = rows
  const worse = base.scores?.slice() ?? new Float64Array()
  const [least, most] = minMax(worse)
  if (labels.kind === 'numbers' && !isRanking) {
    const [low, high] = minMax(labels.values)
    const error = strength * ((high - low) / 4 || 1)
    for (const row of chosen) {
      const score = worse[row] as number
      worse[row] = score < (labels.values[row] as number) ? score - error : score + error
    }
    return worse
  }
  for (const row of chosen) {
    if (getRelevance(rows, row) > 0) worse[row] = least - 1
    else if (!isRanking) worse[row] = most
  }
  return worse
}

function minMax(values: Float64Array): [number, number] {
  let [least, most] = [Infinity, -Infinity]
  for (const value of values) {
    if (value < least) least = value
    if (value > most) most = value
  }
  return [least, most]
}
