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

/** Rows in ascending order of their scores. */
interface Ranked {
  units: number
  /** Four times the unit, plus 2 for a positive row, plus 1 where the row is the last one of its score. */
  place: Int32Array
  weight: Float64Array | undefined
}

function rankGauge(ranks: Ranked): Gauge {
  return {
    unseen: 0,
    value(counts) {
      const { place, weight } = ranks
      let [positives, negatives, tiedPositive, tied, area] = [0, 0, 0, 0, 0]
      for (let at = 0; at < place.length; at += 1) {
        const where = place[at] as number
        const drawn = counts[where >> 2] as number
        const worth = weight ? drawn * (weight[at] as number) : drawn
        // No branch on the class: which comes next cannot be foreseen, and a wrong guess costs more than the product.
        tiedPositive += worth * ((where >> 1) & 1)
        tied += worth
        if ((where & 1) === 0) continue
        area += tiedPositive * (2 * negatives + tied - tiedPositive)
        positives += tiedPositive
        negatives += tied - tiedPositive
        tiedPositive = 0
        tied = 0
      }
      return area / (2 * positives * negatives)
    },
    influence: (counts) => influence(ranks, counts),
  }
}

/** A row moves the area by what it wins, or loses, against the other class, less its share of the area as it is. */
function influence({ units, place, weight }: Ranked, counts: Counts): Float64Array {
  const drawn = (at: number) => counts[(place[at] as number) >> 2] as number
  const worth = (at: number) => (weight ? (weight[at] as number) : 1)
  const positive = new Float64Array(place.length).map((_, at) => ((place[at] as number) & 2 ? worth(at) : 0))
  const negative = positive.map((share, at) => worth(at) - share)
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
    const whose = (place[at] as number) >> 2
    const share = value * ((positive[at] as number) * negatives + (negative[at] as number) * positives)
    moved[whose] = (moved[whose] as number) + ((won[at] as number) - share) / (positives * negatives)
  }
  return moved
}

function ranked({ rows, index, unit, units }: Sample, scores: Float64Array): Ranked {
  const { labels, weights } = rows
  const mine = new Float64Array(index.length).map((_, at) => scores[index[at] as number] as number)
  const order = ascending(mine)
  const place = order.map((at, nth) => {
    const isPositive = labels.kind === 'classes' && labels.codes[index[at] as number] === labels.positive
    const isLast = mine[at] !== mine[order[nth + 1] as number]
    return 4 * (unit[at] as number) + (isPositive ? 2 : 0) + (isLast ? 1 : 0)
  })
  const sorted = new Float64Array(weights ? order.length : 0)
  return {
    units,
    place,
    weight: weights && sorted.map((_, nth) => weights[index[order[nth] as number] as number] as number),
  }
}
