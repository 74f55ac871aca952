import { measure, type Question } from './measure.ts'
import { random, shuffled } from './random.ts'
import { queryCodes } from './ranking.ts'
import type { Predictions, Rows } from './rows.ts'
import { mirroredProbabilities, worseScores, wrongClasses } from './spoil.ts'
import type { Statistic } from './statistic.ts'

/** A question about all rows, of one value. */
type Plain = Pick<Question, 'statistic' | 'direction'>

/**
 * Predictions that are known to be too bad: the base ones, made worse on as few rows as needed, in an order that the
 * seed decides, for the value to be just past `target` in the worse direction. A row is made worse by the wrong class,
 * the mirrored probability, the lowest (or highest) score, or an error that is larger by the labels' spread.
 * @returns undefined where even all rows made worse are not past it
 */
export function decoy(
  rows: Rows,
  base: Predictions,
  question: Plain,
  target: number,
  seed: string,
): Predictions | undefined {
  const order = spoilable(rows, question.statistic, seed)
  const spoil = spoiler(rows, base, question.statistic)
  const spoiled = (count: number): Predictions => ({
    ...spoil(order.subarray(0, count)),
    digest: `${base.digest} with ${count} rows made worse`,
  })
  const sign = question.direction === 'higher' ? 1 : -1
  /** How far past the target; it grows with the count, nearly in a line. */
  const past = (count: number) => sign * (target - figureOf(rows, spoiled(count), question))
  let [short, enough] = [0, order.length]
  let [lacking, beyond] = [past(short), past(enough)]
  if (lacking > 0) return base
  if (!(beyond > 0)) return undefined
  // To the row, or of very many to a small part of them: each look may sort all rows. Every third one halves.
  const step = Math.max(1, order.length >> 14)
  for (let look = 1; enough - short > step; look += 1) {
    const share = look % 3 === 0 ? 0.5 : lacking / (lacking - beyond)
    const guess = Math.round(short + share * (enough - short))
    const count = Math.max(short + 1, Math.min(enough - step, Math.max(short + step, guess)))
    const reached = past(count)
    if (reached > 0) [enough, beyond] = [count, reached]
    else [short, lacking] = [count, reached]
  }
  return spoiled(enough)
}

/** The labels themselves as predictions: as good as any model can be. */
export function oracle({ labels, digest }: Rows): Predictions {
  const none = {
    classes: undefined,
    scores: undefined,
    probabilities: undefined,
    digest: `labels of ${digest}`,
  }
  if (labels.kind === 'numbers') return { ...none, scores: labels.values }
  const { codes, names, positive } = labels
  const certain = (code: number) =>
    new Float64Array(codes.length).map((_, row) => (codes[row] === code ? 1 : 0))
  return {
    ...none,
    classes: codes,
    scores: positive === undefined ? undefined : certain(positive),
    // Two classes need only the score, and a million rows less room.
    probabilities:
      names.length === 2 && positive !== undefined ? undefined : names.map((_, code) => certain(code)),
  }
}

function figureOf(rows: Rows, predictions: Predictions, question: Plain): number {
  const unused = { confidence: 0.95, resamples: 0, seed: '' }
  return measure(rows, { one: predictions }, question, unused).values.one
}

/** All rows, in the seed's order. */
function spoilable(rows: Rows, statistic: Statistic, seed: string): Int32Array {
  const order = shuffled(rows.count, random(seed))
  if (!statistic.ranked) return order
  // A query that is half spoiled is often as good as before: one is spoiled after the other.
  const queries = queryCodes(rows)
  const turns = new Map(
    [...new Set(order.map((row) => queries[row] as number))].map((query, turn) => [query, turn]),
  )
  const turn = (row: number) => turns.get(queries[row] as number) as number
  return order.sort((a, b) => turn(a) - turn(b))
}

function spoiler(rows: Rows, base: Predictions, statistic: Statistic): (chosen: Int32Array) => Predictions {
  switch (statistic.reads) {
    case 'classes':
      return (chosen) => ({ ...base, classes: wrongClasses(rows, base, chosen) })
    case 'probabilities':
      return (chosen) => mirroredProbabilities(rows, base, chosen)
    case 'scores':
      return (chosen) => ({ ...base, scores: worseScores(rows, base, chosen, statistic.ranked) })
  }
}
