import { clipProbability } from '../dataset/probability.ts'
import type { Predictions, Rows } from '../dataset/rows.ts'
import type { StatisticProblem } from './statistic.ts'

/** Why these classes cannot be compared with the labels. */
export function findClassProblem(
  { labels }: Rows,
  { classes }: Predictions,
  needsPositive: boolean,
): StatisticProblem | undefined {
  if (labels.kind !== 'classes') return { kind: 'labels-are-numbers' }
  if (!classes) return { kind: 'no-classes' }
  if (!needsPositive) return undefined
  if (labels.positive === undefined) return { kind: 'no-positive-class' }
  return labels.codes.includes(labels.positive) ? undefined : { kind: 'no-positive-row' }
}

/** Why these scores cannot rank the positive class. */
export function findScoreProblem({ labels }: Rows, { scores }: Predictions): StatisticProblem | undefined {
  if (labels.kind !== 'classes') return { kind: 'labels-are-numbers' }
  const { positive, codes } = labels
  if (positive === undefined) return { kind: 'no-positive-class' }
  const invalid = findInvalidScore(scores)
  if (invalid) return invalid
  if (!codes.includes(positive)) return { kind: 'no-positive-row' }
  return codes.every((code) => code === positive) ? { kind: 'only-positive-rows' } : undefined
}

export function findNumberProblem({ labels }: Rows, { scores }: Predictions): StatisticProblem | undefined {
  return labels.kind === 'numbers' ? findInvalidScore(scores) : { kind: 'labels-are-classes' }
}

/** Why the true class of a row may lack a probability. Two classes need only the positive one's, as scores. */
export function findProbabilityProblem(
  { labels }: Rows,
  { scores, probabilities, improperSum }: Predictions,
): StatisticProblem | undefined {
  if (labels.kind !== 'classes') return { kind: 'labels-are-numbers' }
  if (probabilities && improperSum) return { kind: 'improper-probabilities', ...improperSum }
  if (probabilities && probabilities.length < labels.names.length)
    return { kind: 'missing-class-probability' }
  if (probabilities) return probabilities.map(findInvalidProbability).find((problem) => problem)
  if (!scores) return { kind: 'no-probabilities' }
  if (labels.names.length > 2) return { kind: 'only-one-score' }
  return labels.positive === undefined ? { kind: 'no-positive-class' } : findInvalidProbability(scores)
}

export function findRankingProblem(rows: Rows, { scores }: Predictions): StatisticProblem | undefined {
  const { labels, queries, groups, count } = rows
  if (!queries && !groups) return { kind: 'no-query-column' }
  if (labels.kind === 'classes' && labels.positive === undefined) return { kind: 'no-positive-class' }
  if (labels.kind === 'numbers' && labels.values.some((value) => value < 0))
    return { kind: 'negative-relevance' }
  const invalid = findInvalidScore(scores)
  if (invalid) return invalid
  for (let row = 0; row < count; row += 1) if (getRelevance(rows, row) > 0) return undefined
  return { kind: 'no-relevant-row' }
}

/** Relevance of a row: its label, or 1 for the positive class. */
export function getRelevance({ labels }: Rows, row: number): number {
  if (labels.kind === 'numbers') return labels.values[row] as number
  return labels.codes[row] === labels.positive ? 1 : 0
}

function findInvalidScore(scores: Float64Array | undefined): StatisticProblem | undefined {
  if (!scores) return { kind: 'no-scores' }
  const value = scores.find((score) => !Number.isFinite(score))
  return value === undefined ? undefined : { kind: 'invalid-score', value }
}

function findInvalidProbability(column: Float64Array): StatisticProblem | undefined {
  const value = column.find((one) => Number.isNaN(clipProbability(one)))
  return value === undefined ? undefined : { kind: 'invalid-probability', value }
}
