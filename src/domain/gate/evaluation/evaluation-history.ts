/** One evaluation against a champion, as the champion's version tags record it. */
export interface EvaluationRecord {
  /** The id of its run, or "version 7". A candidate counts once, however often its job is re-run. */
  candidate: string
  verdict: 'promote' | 'reject' | 'inconclusive'
  /** The first 16 hex digits of the holdout's digest; empty if logged metrics decided. */
  holdout: string
  /** ISO time. */
  at: string
}

/** Covers a quarter of daily retraining, and keeps the tag readable in MLflow's UI. */
const MAX_RECORDS = 100

/** Parses the tag. Drops invalid entries, since anyone can write tags. */
export function parseEvaluationHistory(tag: string | undefined): EvaluationRecord[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(tag ?? '[]')
  } catch {
    return []
  }
  return Array.isArray(parsed) ? parsed.filter(isEvaluationRecord).map(truncateRecord) : []
}

/** Adds a record, or replaces the verdict of the same candidate and keeps its time. */
export function addEvaluation(
  history: readonly EvaluationRecord[],
  record: EvaluationRecord,
): EvaluationRecord[] {
  const at = history.findIndex(({ candidate }) => candidate === record.candidate)
  const known = history[at]
  if (known) return history.map((each, index) => (index === at ? { ...record, at: known.at } : each))
  return [...history, record].slice(-MAX_RECORDS)
}

export interface EvaluationCounts {
  /** Candidates rejected, or inconclusive, since the last promotion. */
  consecutiveRejections: number
  /** Candidates that this holdout evaluated against this champion. */
  holdoutReuse: number
}

/** @param holdout as in EvaluationRecord */
export function countEvaluations(history: readonly EvaluationRecord[], holdout: string): EvaluationCounts {
  const inOrder = [...history].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
  const lastPromotion = inOrder.findLastIndex(({ verdict }) => verdict === 'promote')
  return {
    consecutiveRejections: inOrder.length - 1 - lastPromotion,
    holdoutReuse: holdout === '' ? 0 : history.filter((each) => each.holdout === holdout).length,
  }
}

function isEvaluationRecord(value: unknown): value is EvaluationRecord {
  if (typeof value !== 'object' || value === null) return false
  const { candidate, verdict, holdout, at } = value as Record<string, unknown>
  return (
    typeof candidate === 'string' &&
    typeof holdout === 'string' &&
    typeof at === 'string' &&
    !Number.isNaN(Date.parse(at)) &&
    ['promote', 'reject', 'inconclusive'].includes(String(verdict))
  )
}

/** Bounds and known keys only, so that a hostile tag cannot grow with each update. */
function truncateRecord({ candidate, verdict, holdout, at }: EvaluationRecord): EvaluationRecord {
  return { candidate: candidate.slice(0, 64), verdict, holdout: holdout.slice(0, 64), at }
}
