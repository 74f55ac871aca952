import { scoreProblem } from './problems.ts'
import { type Counts, type Gauge, type Sample, type Statistic, weightOf } from './statistic.ts'

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

/** Rows in ascending order of their scores. */
interface Ranked {
  units: number
  /** Twice the unit, plus 1 where the row is the last one of its score. */
  place: Int32Array
  /** Weight, of positive rows and of negative ones. */
  positive: Float64Array
  negative: Float64Array
}

function rankGauge(ranks: Ranked): Gauge {
  return {
    unseen: 0,
    value(counts) {
      const { place, positive, negative } = ranks
      let [positives, negatives, tiedPositive, tiedNegative, area] = [0, 0, 0, 0, 0]
      for (let at = 0; at < place.length; at += 1) {
        const where = place[at] as number
        const drawn = counts[where >> 1] as number
        tiedPositive += drawn * (positive[at] as number)
        tiedNegative += drawn * (negative[at] as number)
        if ((where & 1) === 0) continue
        area += tiedPositive * (negatives + tiedNegative / 2)
        positives += tiedPositive
        negatives += tiedNegative
        tiedPositive = 0
        tiedNegative = 0
      }
      return area / (positives * negatives)
    },
    influence: (counts) => influence(ranks, counts),
  }
}

/** A row moves the area by what it wins, or loses, against the other class, less its share of the area as it is. */
function influence({ units, place, positive, negative }: Ranked, counts: Counts): Float64Array {
  const drawn = (at: number) => counts[(place[at] as number) >> 1] as number
  let [positives, negatives, area] = [0, 0, 0]
  for (let at = 0; at < place.length; at += 1) {
    positives += drawn(at) * (positive[at] as number)
    negatives += drawn(at) * (negative[at] as number)
  }
  const won = new Float64Array(place.length)
  let [below, above] = [0, positives]
  for (let start = 0, at = 0; at < place.length; at += 1) {
    if (((place[at] as number) & 1) === 0) continue
    let [tiedPositive, tiedNegative] = [0, 0]
    for (let tied = start; tied <= at; tied += 1) {
      tiedPositive += drawn(tied) * (positive[tied] as number)
      tiedNegative += drawn(tied) * (negative[tied] as number)
    }
    for (let tied = start; tied <= at; tied += 1) {
      const gained = (positive[tied] as number) * (below + tiedNegative / 2)
      won[tied] = gained + (negative[tied] as number) * (above - tiedPositive / 2)
    }
    area += tiedPositive * (below + tiedNegative / 2)
    below += tiedNegative
    above -= tiedPositive
    start = at + 1
  }
  const value = area / (positives * negatives)
  const moved = new Float64Array(units)
  for (let at = 0; at < place.length; at += 1) {
    const whose = (place[at] as number) >> 1
    const share = value * ((positive[at] as number) * negatives + (negative[at] as number) * positives)
    moved[whose] = (moved[whose] as number) + ((won[at] as number) - share) / (positives * negatives)
  }
  return moved
}

function ranked({ rows, index, unit, units }: Sample, scores: Float64Array): Ranked {
  const { labels } = rows
  const mine = Float64Array.from(index, (row) => scores[row] as number)
  const order = ascending(mine)
  const is = (at: number) =>
    labels.kind === 'classes' && labels.codes[index[at] as number] === labels.positive
  const last = (nth: number) => mine[order[nth] as number] !== mine[order[nth + 1] as number]
  return {
    units,
    place: order.map((at, nth) => 2 * (unit[at] as number) + (last(nth) ? 1 : 0)),
    positive: Float64Array.from(order, (at) => (is(at) ? weightOf(rows, index[at] as number) : 0)),
    negative: Float64Array.from(order, (at) => (is(at) ? 0 : weightOf(rows, index[at] as number))),
  }
}

/** Positions in ascending order of the values. Sorting the numbers and then finding each is several times as fast. */
function ascending(values: Float64Array): Int32Array {
  const sorted = values.slice().sort()
  const taken = new Int32Array(values.length)
  const order = new Int32Array(values.length)
  values.forEach((value, at) => {
    let [low, high] = [0, values.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sorted[middle] as number) < value) low = middle + 1
      else high = middle
    }
    order[low + (taken[low] as number)] = at
    taken[low] = (taken[low] as number) + 1
  })
  return order
}
