/** Data that a run says it was evaluated on. */
export interface EvaluationData {
  /** The user's own sha256. */
  sha256: string | undefined
  /** MLflow's digests of the datasets that were logged for evaluation, as "name digest". */
  datasets: readonly string[]
  /** Number of rows, where the run says so. */
  rows: string | undefined
}

export type SameData =
  | { kind: 'same'; how: string }
  | { kind: 'different'; why: string }
  | { kind: 'unknown'; why: string }

/**
 * Whether two stored values were measured on the same data. The user's own sha256 decides; MLflow's digest is 8 hex
 * digits over the first 10,000 rows, so that a different one proves a difference, and an equal one little.
 */
export function sameData(candidate: EvaluationData, champion: EvaluationData): SameData {
  const [ours, theirs] = [candidate, champion]
  if (ours.rows !== undefined && theirs.rows !== undefined && ours.rows !== theirs.rows)
    return different(`on ${ours.rows} rows, the champion on ${theirs.rows}`)
  if (ours.sha256 !== undefined && theirs.sha256 !== undefined)
    return ours.sha256 === theirs.sha256
      ? { kind: 'same', how: 'by their own sha256' }
      : different(
          `on data of sha256 ${ours.sha256.slice(0, 12)}…, the champion on ${theirs.sha256.slice(0, 12)}…`,
        )
  if (ours.datasets.length > 0 && theirs.datasets.length > 0)
    return ours.datasets.some((one) => theirs.datasets.includes(one))
      ? { kind: 'same', how: "by MLflow's digest, which sees no more than the first 10,000 rows" }
      : different(`on ${ours.datasets.join(', ')}, the champion on ${theirs.datasets.join(', ')}`)
  const silent = ours.sha256 === undefined && ours.datasets.length === 0 ? 'candidate' : 'champion'
  return {
    kind: 'unknown',
    why: `the ${silent}'s run does not say what data it was evaluated on (log_input with context "test", or a sha256 of your own)`,
  }
}

function different(how: string): SameData {
  return {
    kind: 'different',
    why: `the two were evaluated on different data: the candidate ${how}; evaluate both on the same rows, or log the champion's value on these`,
  }
}
