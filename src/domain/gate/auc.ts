import { ascending } from './order.ts'
import { scoreProblem } from './problems.ts'
import type { Counts, Gauge, Sample, Statistic } from './statistic.ts'

/**
 * Area under the ROC curve: how often a positive row has a higher score than a negative one, an equal score counting
 * half (Mann and Whitney), by weight.
 */
export const auc: Statistic = {
  name: 'auc',
  direction: 'higher',
  bounded: true,
  proportion: false,
  ranked: false,
  labels: 'classes',
  reads: 'scores',
  problem: scoreProblem,
  gauge: (sample, predictions) => rankGauge(ranked(sample, predictions.scores ?? new Float64Array())),
}

/** Rows in ascending order of their scores, of one score the negative ones first. */
interface Ranked {
  units: number
  /** Twice the unit, plus 1 for a positive row. */
  place: Int32Array
  weight: Float64Array | undefined
  /** First place, and the one after the last, of each score that rows of both classes have. */
  ties: readonly (readonly [number, number])[]
}

function rankGauge(ranks: Ranked): Gauge {
  const { place, weight } = ranks
  return {
    unseen: 0,
    value(counts) {
      const won = weight
        ? weighted(place, weight, counts)
        : counts instanceof Uint8Array
          ? whole(place, counts)
          : weighted(place, undefined, counts)
      // In their order, positive rows win all of their ties; half of each is not theirs.
      const halves = ranks.ties.reduce((sum, tie) => {
        const { positive, negative } = within(ranks, counts, tie)
        return sum + (positive * negative) / 2
      }, 0)
      return (won.area - halves) / (won.positives * won.negatives)
    },
    influence: (counts) => influence(ranks, counts),
  }
}

interface Won {
  positives: number
  negatives: number
  /** Pairs in which the positive row comes after the negative one. */
  area: number
}

function weighted(place: Int32Array, weight: Float64Array | undefined, counts: Counts): Won {
  let [positives, negatives, area] = [0, 0, 0]
  for (let at = 0; at < place.length; at += 1) {
    const where = place[at] as number
    const worth = (counts[where >> 1] as number) * (weight ? (weight[at] as number) : 1)
    const positive = worth * (where & 1)
    negatives += worth - positive
    positives += positive
    area += positive * negatives
  }
  return { positives, negatives, area }
}

const BLOCK = 256

/** The same without weights, in whole numbers, which are several times as fast; those of a block are below 2^31. */
function whole(place: Int32Array, counts: Uint8Array): Won {
  let [positives, negatives, area] = [0, 0, 0]
  for (let start = 0; start < place.length; start += BLOCK) {
    const end = Math.min(start + BLOCK, place.length)
    let won = 0
    let above = 0
    let below = 0
    for (let at = start; at < end; at += 1) {
      const where = place[at] as number
      const drawn = counts[where >> 1] as number
      // No branch on the class: which comes next cannot be foreseen.
      const positive = drawn & -(where & 1)
      above = (above + positive) | 0
      below = (below + drawn - positive) | 0
      won = (won + Math.imul(positive, below)) | 0
    }
    area += won + above * negatives
    positives += above
    negatives += below
  }
  return { positives, negatives, area }
}

/** What was drawn of either class between two places. */
function within({ place, weight }: Ranked, counts: Counts, [start, end]: readonly [number, number]) {
  let [positive, negative] = [0, 0]
  for (let at = start; at < end; at += 1) {
    const where = place[at] as number
    const worth = (counts[where >> 1] as number) * (weight ? (weight[at] as number) : 1)
    if (where & 1) positive += worth
    else negative += worth
  }
  return { positive, negative }
}

/** A row moves the area by what it wins, or loses, against the other class, less its share of the area as it is. */
function influence(ranks: Ranked, counts: Counts): Float64Array {
  const { units, place, weight, ties } = ranks
  const { positives, negatives, area } = weighted(place, weight, counts)
  const won = new Float64Array(place.length)
  let [below, above] = [0, positives]
  for (let at = 0; at < place.length; at += 1) {
    const where = place[at] as number
    const worth = (counts[where >> 1] as number) * (weight ? (weight[at] as number) : 1)
    won[at] = where & 1 ? below : above
    if (where & 1) above -= worth
    else below += worth
  }
  let halves = 0
  for (const tie of ties) {
    const { positive, negative } = within(ranks, counts, tie)
    halves += (positive * negative) / 2
    for (let at = tie[0]; at < tie[1]; at += 1)
      won[at] = (won[at] as number) - ((place[at] as number) & 1 ? negative : positive) / 2
  }
  const value = (area - halves) / (positives * negatives)
  const moved = new Float64Array(units)
  place.forEach((where, at) => {
    const share = value * (where & 1 ? negatives : positives)
    const slope = ((won[at] as number) - share) / (positives * negatives)
    moved[where >> 1] = (moved[where >> 1] as number) + slope * (weight ? (weight[at] as number) : 1)
  })
  return moved
}

function ranked({ rows, index, unit, units }: Sample, scores: Float64Array): Ranked {
  const { labels, weights } = rows
  const isPositive = (at: number) =>
    labels.kind === 'classes' && labels.codes[index[at] as number] === labels.positive
  const score = (at: number) => scores[index[at] as number] as number
  const byClass = negativesFirst(index.length, isPositive)
  const order = ascending(new Float64Array(index.length).map((_, nth) => score(byClass[nth] as number))).map(
    (nth) => byClass[nth] as number,
  )
  const ties: [number, number][] = []
  for (let start = 0, end = 1; start < order.length; start = end, end += 1) {
    const [first, shared] = [order[start] as number, score(order[start] as number)]
    while (end < order.length && score(order[end] as number) === shared) end += 1
    if (!isPositive(first) && isPositive(order[end - 1] as number)) ties.push([start, end])
  }
  const sorted = new Float64Array(weights ? order.length : 0)
  return {
    units,
    place: order.map((at) => 2 * (unit[at] as number) + (isPositive(at) ? 1 : 0)),
    weight: weights && sorted.map((_, nth) => weights[index[order[nth] as number] as number] as number),
    ties,
  }
}

function negativesFirst(length: number, isPositive: (at: number) => boolean): Int32Array {
  const order = new Int32Array(length)
  let [front, back] = [0, length]
  for (let at = 0; at < length; at += 1) order[isPositive(at) ? --back : front++] = at
  return order
}
