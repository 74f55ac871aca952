import { argsort } from './argsort.ts'
import { findScoreProblem } from './prediction-problems.ts'
import type { Estimator, ResampleCounts, Sample, Statistic } from './statistic.ts'

/** Area under the ROC curve: weighted share of positive-negative pairs that are ordered, a tie being half (Mann, Whitney). */
export const auc: Statistic = {
  name: 'auc',
  direction: 'higher',
  isRanking: false,
  labelKind: 'classes',
  predictionKind: 'scores',
  isMannWhitney: true,
  findProblem: findScoreProblem,
  chance: () => 0.5,
  createEstimator: (sample, predictions) =>
    createRankEstimator(rankRows(sample, predictions.scores ?? new Float64Array())),
}

/** Rows in ascending order of their scores; on a tie, negative ones first. */
interface RankedRows {
  units: number
  /** Per row, twice its unit, plus 1 if positive. */
  packedUnits: Int32Array
  weights: Float64Array | undefined
  /** First position, and the one after the last, of each score that both classes share. */
  ties: readonly Range[]
}

type Range = readonly [start: number, end: number]

function createRankEstimator(ranks: RankedRows): Estimator {
  return {
    unseen: 0,
    resampledVariance: 1,
    value(counts) {
      const { positives, negatives, wins } = sumWins(ranks, counts)
      return wins / (positives * negatives)
    },
    influence: (counts) => computeInfluence(ranks, counts),
  }
}

interface PairwiseWins {
  positives: number
  negatives: number
  /** Pairs in which the positive row comes after the negative one; a tie is half of one. */
  wins: number
}

function sumWins(ranks: RankedRows, counts: ResampleCounts): PairwiseWins {
  const { packedUnits, weights, ties } = ranks
  const sums =
    !weights && counts instanceof Uint8Array
      ? sumIntegerWins(packedUnits, counts)
      : sumWeightedWins(packedUnits, weights, counts)
  // By their order, positive rows win every tie; take half of each away.
  for (const range of ties) {
    const { positive, negative } = sumTie(ranks, counts, range)
    sums.wins -= (positive * negative) / 2
  }
  return sums
}

function sumWeightedWins(packedUnits: Int32Array, weights: RankedRows['weights'], counts: ResampleCounts) {
  let [positives, negatives, wins] = [0, 0, 0]
  for (let at = 0; at < packedUnits.length; at += 1) {
    const packed = packedUnits[at] as number
    const weight = (counts[packed >> 1] as number) * (weights ? (weights[at] as number) : 1)
    const positive = weight * (packed & 1)
    negatives += weight - positive
    positives += positive
    wins += positive * negatives
  }
  return { positives, negatives, wins }
}

const BLOCK_SIZE = 256

/** Without weights, in integers, which are several times as fast. The sums of a block stay below 2^31. */
function sumIntegerWins(packedUnits: Int32Array, counts: Uint8Array): PairwiseWins {
  let [positives, negatives, wins] = [0, 0, 0]
  for (let start = 0; start < packedUnits.length; start += BLOCK_SIZE) {
    const end = Math.min(start + BLOCK_SIZE, packedUnits.length)
    let blockWins = 0
    let blockPositives = 0
    let blockNegatives = 0
    for (let at = start; at < end; at += 1) {
      const packed = packedUnits[at] as number
      const count = counts[packed >> 1] as number
      // No branch on the class: the processor could not predict it.
      const positive = count & -(packed & 1)
      blockPositives = (blockPositives + positive) | 0
      blockNegatives = (blockNegatives + count - positive) | 0
      blockWins = (blockWins + Math.imul(positive, blockNegatives)) | 0
    }
    wins += blockWins + blockPositives * negatives
    positives += blockPositives
    negatives += blockNegatives
  }
  return { positives, negatives, wins }
}

/** Weight of either class within one tie. */
function sumTie({ packedUnits, weights }: RankedRows, counts: ResampleCounts, [start, end]: Range) {
  let [positive, negative] = [0, 0]
  for (let at = start; at < end; at += 1) {
    const packed = packedUnits[at] as number
    const weight = (counts[packed >> 1] as number) * (weights ? (weights[at] as number) : 1)
    if (packed & 1) positive += weight
    else negative += weight
  }
  return { positive, negative }
}

/** A row's influence: its wins against the other class, less its share of the current area. */
function computeInfluence(ranks: RankedRows, counts: ResampleCounts): Float64Array {
  const { units, packedUnits, weights, ties } = ranks
  const { positives, negatives, wins } = sumWins(ranks, counts)
  const rowWins = new Float64Array(packedUnits.length)
  let [below, above] = [0, positives]
  for (let at = 0; at < packedUnits.length; at += 1) {
    const packed = packedUnits[at] as number
    const weight = (counts[packed >> 1] as number) * (weights ? (weights[at] as number) : 1)
    rowWins[at] = packed & 1 ? below : above
    if (packed & 1) above -= weight
    else below += weight
  }
  for (const tie of ties) {
    const { positive, negative } = sumTie(ranks, counts, tie)
    for (let at = tie[0]; at < tie[1]; at += 1)
      rowWins[at] = (rowWins[at] as number) - ((packedUnits[at] as number) & 1 ? negative : positive) / 2
  }
  const value = wins / (positives * negatives)
  const influence = new Float64Array(units)
  packedUnits.forEach((packed, at) => {
    const share = value * (packed & 1 ? negatives : positives)
    const slope = ((rowWins[at] as number) - share) / (positives * negatives)
    const weight = weights ? (weights[at] as number) : 1
    influence[packed >> 1] = (influence[packed >> 1] as number) + slope * weight
  })
  return influence
}

function rankRows({ rows, index, unit, units }: Sample, scores: Float64Array): RankedRows {
  const { labels, weights } = rows
  const codes = labels.kind === 'classes' ? labels.codes : new Int32Array()
  const positive = labels.kind === 'classes' ? labels.positive : undefined
  const values = new Float64Array(index.length)
  const isPositive = new Uint8Array(index.length)
  for (let at = 0; at < index.length; at += 1) {
    const row = index[at] as number
    values[at] = scores[row] as number
    isPositive[at] = codes[row] === positive ? 1 : 0
  }
  const byClass = orderNegativesFirst(isPositive)
  const order = argsort(values.map((_, nth) => values[byClass[nth] as number] as number))
  for (let nth = 0; nth < order.length; nth += 1) order[nth] = byClass[order[nth] as number] as number
  const ties: Range[] = []
  for (let start = 0, end = 1; start < order.length; start = end, end += 1) {
    const first = order[start] as number
    while (end < order.length && values[order[end] as number] === values[first]) end += 1
    if (!isPositive[first] && isPositive[order[end - 1] as number]) ties.push([start, end])
  }
  const sorted = new Float64Array(weights ? order.length : 0)
  return {
    units,
    packedUnits: order.map((at) => 2 * (unit[at] as number) + (isPositive[at] as number)),
    weights: weights && sorted.map((_, nth) => weights[index[order[nth] as number] as number] as number),
    ties,
  }
}

function orderNegativesFirst(isPositive: Uint8Array): Int32Array {
  const order = new Int32Array(isPositive.length)
  let [front, back] = [0, isPositive.length]
  for (let at = 0; at < isPositive.length; at += 1) order[isPositive[at] ? --back : front++] = at
  return order
}
