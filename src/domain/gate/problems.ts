import type { Predictions, Rows } from './rows.ts'

/** Why the positive class cannot be ranked by these scores. */
export function scoreProblem({ labels }: Rows, { scores }: Predictions): string | undefined {
  if (labels.kind !== 'classes') return 'the labels are numbers, not classes'
  if (labels.positive === undefined) return 'no label is named as the positive class'
  return (
    missingScore(scores) ??
    (labels.codes.includes(labels.positive) ? undefined : 'no row is of the positive class') ??
    (labels.codes.some((code) => code !== labels.positive) ? undefined : 'every row is of the positive class')
  )
}

export function numberProblem({ labels }: Rows, { scores }: Predictions): string | undefined {
  if (labels.kind !== 'numbers') return 'the labels are classes, not numbers'
  return missingScore(scores)
}

/** Why there is no probability of what each row is. Two classes need only that of the positive one, as scores. */
export function probabilityProblem(
  { labels }: Rows,
  { scores, probabilities }: Predictions,
): string | undefined {
  if (labels.kind !== 'classes') return 'the labels are numbers, not classes'
  if (probabilities) {
    if (probabilities.length < labels.names.length) return 'the predictions lack the probability of a class'
    const bad = probabilities.flatMap((column) => outside(column) ?? [])[0]
    return bad === undefined ? undefined : `a predicted probability is ${bad}`
  }
  if (!scores) return 'the predictions have no probabilities'
  if (labels.names.length > 2)
    return 'the predictions have one score, and each of several classes needs its probability'
  if (labels.positive === undefined) return 'no label is named as the positive class'
  const bad = outside(scores)
  return bad === undefined ? undefined : `a predicted probability is ${bad}`
}

/** A score of a ranking, and labels of which some are relevant. */
export function rankingProblem(rows: Rows, { scores }: Predictions): string | undefined {
  if (!rows.queries && !rows.groups)
    return 'no column says which rows are ranked against each other: name one as query (or group) in the holdout of the policy'
  if (rows.labels.kind === 'classes' && rows.labels.positive === undefined)
    return 'no label is named as the positive class'
  if (rows.labels.kind === 'numbers' && rows.labels.values.some((value) => value < 0))
    return 'a relevance is negative'
  return missingScore(scores) ?? (hasRelevant(rows) ? undefined : 'no row is relevant')
}

/** How relevant a row is: its number, or 1 for the positive class. */
export function relevance({ labels }: Rows, row: number): number {
  if (labels.kind === 'numbers') return labels.values[row] as number
  return labels.codes[row] === labels.positive ? 1 : 0
}

function hasRelevant(rows: Rows): boolean {
  for (let row = 0; row < rows.count; row += 1) if (relevance(rows, row) > 0) return true
  return false
}

function missingScore(scores: Float64Array | undefined): string | undefined {
  if (!scores) return 'the predictions have no scores'
  const bad = scores.find((score) => !Number.isFinite(score))
  return bad === undefined ? undefined : `a prediction is ${bad}`
}

function outside(column: Float64Array): number | undefined {
  return column.find((value) => !(value >= 0 && value <= 1))
}
