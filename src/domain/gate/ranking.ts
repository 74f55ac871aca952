import { additiveGauge, columnSums } from './additive.ts'
import { rankingProblem, relevance } from './problems.ts'
import type { Rows } from './rows.ts'
import { type Gauge, type Sample, type Statistic, weightOf } from './statistic.ts'

const LARGEST = 1000

/** What a query is worth, from the relevance of its rows in descending order of their scores, and those scores. */
type PerQuery = (relevant: Float64Array, scores: Float64Array) => number

/** hit@K or ndcg@K for a K of 1 to 1000; also written hit_at_K. Undefined for any other name. */
export function rankingNamed(name: string): Statistic | undefined {
  const [, family, digits] = /^(hit|ndcg)(?:@|_at_)([1-9][0-9]{0,3})$/.exec(name) ?? []
  const k = Number(digits)
  if (family === undefined || k > LARGEST) return undefined
  return family === 'hit'
    ? rankingStatistic(`hit@${k}`, true, (relevant, scores) => hit(relevant, scores, k))
    : rankingStatistic(`ndcg@${k}`, false, (relevant, scores) => ndcg(relevant, scores, k))
}

/** Queries without a relevant row, which no ranking can serve, do not count. A query's weight is its rows' mean weight. */
function rankingStatistic(name: string, proportion: boolean, perQuery: PerQuery): Statistic {
  return {
    name,
    direction: 'higher',
    bounded: true,
    proportion,
    ranked: true,
    labels: 'numbers',
    reads: 'scores',
    problem: rankingProblem,
    gauge: (sample, { scores = new Float64Array() }) => queryGauge(sample, scores, perQuery, proportion),
    ...(proportion && { successes: hits(perQuery) }),
  }
}

/**
 * Whether a relevant row is among the k best. Rows that tie across the border are thought to be in the worst order, so
 * that a model which gives all rows one score hits nothing.
 */
function hit(relevant: Float64Array, scores: Float64Array, k: number): number {
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

/** Gains are the relevances, discounted by log2 of the rank plus 1; tied rows share the mean gain of their ranks. */
function ndcg(relevant: Float64Array, scores: Float64Array, k: number): number {
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

function queryGauge(sample: Sample, scores: Float64Array, perQuery: PerQuery, proportion: boolean): Gauge {
  const { units, unseen } = sample
  const length = units + (proportion ? (unseen?.models ?? 0) : 0)
  const [sums, weights] = [new Float64Array(length), new Float64Array(length)]
  const queries = valued(sample, scores, perQuery)
  const mean = queries.reduce((sum, { weight }) => sum + weight, 0) / queries.length
  for (const { unit, value, weight } of queries) {
    sums[unit] = (sums[unit] as number) + weight * value
    weights[unit] = (weights[unit] as number) + weight
  }
  for (let model = 0; units + model < length; model += 1) {
    weights[units + model] = mean
    sums[units + model] = model === unseen?.model ? 0 : mean
  }
  const columns = columnSums([sums, weights], ([sum, weight]) => (sum as number) / (weight as number))
  return additiveGauge(columns, length > units ? 1 : 0)
}

function hits(perQuery: PerQuery): NonNullable<Statistic['successes']> {
  return (sample, { scores = new Float64Array() }) => {
    const found = new Float64Array(sample.units).fill(Number.NaN)
    for (const { unit, value } of valued(sample, scores, perQuery)) found[unit] = value
    return found
  }
}

function valued(sample: Sample, scores: Float64Array, perQuery: PerQuery) {
  const { rows } = sample
  return queriesOf(sample).map(({ members, unit }) => {
    const ordered = members.toSorted((a, b) => (scores[b] as number) - (scores[a] as number))
    const relevant = Float64Array.from(ordered, (row) => relevance(rows, row))
    const ranks = Float64Array.from(ordered, (row) => scores[row] as number)
    const weight = members.reduce((sum, row) => sum + weightOf(rows, row), 0) / members.length
    return { unit, value: perQuery(relevant, ranks), weight }
  })
}

/** The queries that have a relevant row, each with its rows. */
function queriesOf({ rows, index, unit }: Sample): { members: number[]; unit: number }[] {
  const queries = new Map<number, { members: number[]; unit: number }>()
  const codes = queryCodes(rows)
  index.forEach((row, at) => {
    const code = codes[row] as number
    const query = queries.get(code)
    if (query) query.members.push(row)
    else queries.set(code, { members: [row], unit: unit[at] as number })
  })
  return [...queries.values()].filter(({ members }) => members.some((row) => relevance(rows, row) > 0))
}

/** Of each row, the query that it belongs to. */
export function queryCodes({ queries, groups, count }: Rows): Int32Array {
  return (queries ?? groups)?.codes ?? new Int32Array(count)
}
