import type { Rows } from '../dataset/rows.ts'
import { createSumsEstimator } from './estimators.ts'
import { findRankingProblem, getRelevance } from './prediction-problems.ts'
import { type Estimator, getWeight, type Sample, type Statistic } from './statistic.ts'

const MAX_K = 1000

/** Value of a query, from the relevances and scores of its rows in descending order of the scores. */
type QueryScorer = (relevant: Float64Array, scores: Float64Array) => number

/** Finds hit@K or ndcg@K, K from 1 to 1000, also written hit_at_K. */
export function findRankingStatistic(name: string): Statistic | undefined {
  const [, family, digits] = /^(hit|ndcg)(?:@|_at_)([1-9][0-9]{0,3})$/.exec(name) ?? []
  const k = Number(digits)
  if (family === undefined || k > MAX_K) return undefined
  return family === 'hit'
    ? createRankingStatistic(
        `hit@${k}`,
        true,
        (relevant, scores) => hitAtK(relevant, scores, k),
        (relevant) => randomHitAtK(relevant, k),
      )
    : createRankingStatistic(
        `ndcg@${k}`,
        false,
        (relevant, scores) => ndcgAtK(relevant, scores, k),
        // Tied rows share the mean gain of their ranks, which is that of a random order.
        (relevant) => ndcgAtK(relevant, new Float64Array(relevant.length), k),
      )
}

/** Ignores queries without a relevant row. A query's weight is its rows' mean weight. */
function createRankingStatistic(
  name: string,
  isProportion: boolean,
  scoreQuery: QueryScorer,
  scoreRandomOrder: QueryScorer,
): Statistic {
  return {
    name,
    direction: 'higher',
    isRanking: true,
    labelKind: 'numbers',
    predictionKind: 'scores',
    findProblem: findRankingProblem,
    createEstimator: (sample, { scores = new Float64Array() }) =>
      createQueryEstimator(sample, scores, scoreQuery, isProportion),
    chance(rows, { scores = new Float64Array() }, index) {
      const unit = new Int32Array(index.length)
      const sample = { rows, all: index, index, unit, units: 1, unseen: undefined }
      return createQueryEstimator(sample, scores, scoreRandomOrder, false).value(Uint8Array.of(1))
    },
    ...(isProportion && {
      successes(sample, { scores = new Float64Array() }) {
        const hits = new Float64Array(sample.units).fill(Number.NaN)
        for (const { unit, value } of scoreQueries(sample, scores, scoreQuery)) hits[unit] = value
        return hits
      },
    }),
  }
}

/** Whether a relevant row is among the top k. Ties count in the worst order, so that a constant score hits nothing. */
function hitAtK(relevant: Float64Array, scores: Float64Array, k: number): number {
  const first = relevant.findIndex((value) => value > 0)
  if (first < 0 || first >= k) return 0
  let [end, better, tied] = [0, 0, 0]
  const score = scores[first] as number
  for (; end < scores.length && (scores[end] as number) >= score; end += 1) {
    if ((scores[end] as number) > score) better += 1
    else if ((relevant[end] as number) <= 0) tied += 1
  }
  return better + tied < k ? 1 : 0
}

/** Probability that a random order has a relevant row among the top k (hypergeometric). */
function randomHitAtK(relevant: Float64Array, k: number): number {
  const rows = relevant.length
  let miss = 1
  // Each relevant row in turn must be among the rows - k others.
  for (let placed = 0; placed < relevant.filter((value) => value > 0).length; placed += 1)
    miss *= Math.max(0, rows - k - placed) / (rows - placed)
  return 1 - miss
}

/** Discounts relevances by log2 of the rank plus 1; tied rows share the mean gain of their ranks. */
function ndcgAtK(relevant: Float64Array, scores: Float64Array, k: number): number {
  const discount = (rank: number) => (rank < k ? 1 / Math.log2(rank + 2) : 0)
  let gained = 0
  for (let start = 0; start < Math.min(k, scores.length); ) {
    let [end, gain, discounts] = [start, 0, 0]
    for (; end < scores.length && scores[end] === scores[start]; end += 1) {
      gain += relevant[end] as number
      discounts += discount(end)
    }
    gained += (gain / (end - start)) * discounts
    start = end
  }
  const ideal = relevant.toSorted().reverse()
  return gained / ideal.reduce((sum, gain, rank) => sum + gain * discount(rank), 0)
}

function createQueryEstimator(
  sample: Sample,
  scores: Float64Array,
  scoreQuery: QueryScorer,
  isProportion: boolean,
): Estimator {
  const { units, unseen } = sample
  const length = units + (isProportion ? (unseen?.models ?? 0) : 0)
  const [sums, weights] = [new Float64Array(length), new Float64Array(length)]
  const queries = scoreQueries(sample, scores, scoreQuery)
  const mean = queries.reduce((sum, { weight }) => sum + weight, 0) / queries.length
  for (const { unit, value, weight } of queries) {
    sums[unit] = (sums[unit] as number) + weight * value
    weights[unit] = (weights[unit] as number) + weight
  }
  for (let model = 0; units + model < length; model += 1) {
    weights[units + model] = mean
    sums[units + model] = model === unseen?.model ? 0 : mean
  }
  const unseenUnits = length > units ? 1 : 0
  return createSumsEstimator([sums, weights], ([sum = 0, weight = 0]) => sum / weight, unseenUnits)
}

function scoreQueries(sample: Sample, scores: Float64Array, scoreQuery: QueryScorer) {
  const { rows } = sample
  return groupByQuery(sample).map(({ members, unit }) => {
    const ordered = members.toSorted((a, b) => (scores[b] as number) - (scores[a] as number))
    const relevant = Float64Array.from(ordered, (row) => getRelevance(rows, row))
    const ranks = Float64Array.from(ordered, (row) => scores[row] as number)
    const weight = members.reduce((sum, row) => sum + getWeight(rows, row), 0) / members.length
    return { unit, value: scoreQuery(relevant, ranks), weight }
  })
}

/** The queries with a relevant row. */
function groupByQuery({ rows, index, unit }: Sample): { members: number[]; unit: number }[] {
  const codes = getQueryCodes(rows)
  const queries = Map.groupBy(index.keys(), (at) => codes[index[at] as number] as number)
  return [...queries.values()].flatMap((positions) => {
    const members = positions.map((at) => index[at] as number)
    const isRelevant = members.some((row) => getRelevance(rows, row) > 0)
    return isRelevant ? [{ members, unit: unit[positions[0] as number] as number }] : []
  })
}

/** The query of each row. */
export function getQueryCodes({ queries, groups, count }: Rows): Int32Array {
  return (queries ?? groups)?.codes ?? new Int32Array(count)
}
