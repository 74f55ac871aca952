import { relevance } from './problems.ts'
import type { Predictions, Rows } from './rows.ts'

/** The chosen rows called by a class that they are not of. */
export function wrongClasses({ labels }: Rows, { classes }: Predictions, chosen: Int32Array): Int32Array {
  const worse = classes?.slice() ?? new Int32Array()
  if (labels.kind !== 'classes') return worse
  for (const row of chosen) {
    const code = labels.codes[row] as number
    if (worse[row] === code) worse[row] = labels.names.length > 1 ? (code + 1) % labels.names.length : -1
  }
  return worse
}

/** The chosen rows with the probability of what they are mirrored, where it was above a half. */
export function mirroredProbabilities({ labels }: Rows, base: Predictions, chosen: Int32Array): Predictions {
  const { scores, probabilities } = base
  if (labels.kind !== 'classes') return base
  if (!probabilities) {
    const worse = scores?.slice() ?? new Float64Array()
    for (const row of chosen) {
      const score = worse[row] as number
      const unlucky = labels.codes[row] === labels.positive ? score <= 0.5 : score >= 0.5
      if (!unlucky) worse[row] = 1 - score
    }
    return { ...base, scores: worse }
  }
  const worse = probabilities.map((column) => column.slice())
  for (const row of chosen) {
    const truth = worse[labels.codes[row] as number]
    if (truth && (truth[row] as number) > 0.5) truth[row] = 1 - (truth[row] as number)
  }
  return { ...base, probabilities: worse }
}

/**
 * The chosen rows with the scores that harm most: of a number, a larger error; of a class, the other end of the
 * scores. Where rows are ranked, relevant ones go below all others.
 */
export function worseScores(
  rows: Rows,
  base: Predictions,
  chosen: Int32Array,
  ranked: boolean,
): Float64Array {
  const worse = base.scores?.slice() ?? new Float64Array()
  const [least, most] = extremes(worse)
  const { labels } = rows
  if (labels.kind === 'numbers' && !ranked) {
    const [low, high] = extremes(labels.values)
    const more = (high - low) / 4 || 1
    for (const row of chosen) {
      const score = worse[row] as number
      worse[row] = score < (labels.values[row] as number) ? score - more : score + more
    }
    return worse
  }
  for (const row of chosen) {
    if (relevance(rows, row) > 0) worse[row] = least - 1
    else if (!ranked) worse[row] = most
  }
  return worse
}

function extremes(values: Float64Array): [number, number] {
  let [least, most] = [Infinity, -Infinity]
  for (const value of values) {
    if (value < least) least = value
    if (value > most) most = value
  }
  return [least, most]
}
