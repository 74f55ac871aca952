/** One time that somebody was judged against a champion, as the champion's ledger keeps it. */
export interface Judgement {
  /** What was judged: the id of its run, or "version 7". One candidate counts once, however often its job is run again. */
  candidate: string
  verdict: 'promote' | 'reject' | 'inconclusive'
  /** The first 16 hex digits of the holdout's digest; empty where stored values decided. */
  holdout: string
  /** ISO time. */
  at: string
}

/** Enough for a model that is retrained daily for a quarter, and for a tag that a page can show. */
const KEPT = 100

/** Reads what a tag says. Anything that is not a judgement is left out: the tag is written by anybody. */
export function readJudgements(tag: string | undefined): Judgement[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(tag ?? '[]')
  } catch {
    return []
  }
  return Array.isArray(parsed) ? parsed.filter(isJudgement).map(bounded) : []
}

/** With one more, which takes the place of the same candidate's and keeps its time: it was judged once. */
export function withJudgement(before: readonly Judgement[], one: Judgement): Judgement[] {
  const at = before.findIndex(({ candidate }) => candidate === one.candidate)
  const known = before[at]
  if (known) return before.map((each, index) => (index === at ? { ...one, at: known.at } : each))
  return [...before, one].slice(-KEPT)
}

export interface Count {
  /** Candidates that were refused since the last one that was let through. */
  refusedInARow: number
  /** Candidates that this holdout judged against this champion. */
  onThisHoldout: number
  /** Judgements per year at the observed rate; undefined with fewer than two, or all within an hour. */
  perYear: number | undefined
}

const HOUR = 3_600_000
const YEAR = 365.25 * 24 * HOUR

/** What a champion's judgements add up to. */
export function count(judgements: readonly Judgement[], holdout: string): Count {
  const inOrder = [...judgements].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
  const lastPass = inOrder.findLastIndex(({ verdict }) => verdict === 'promote')
  const [first, last] = [inOrder[0], inOrder.at(-1)]
  const span = first && last ? Date.parse(last.at) - Date.parse(first.at) : 0
  return {
    refusedInARow: inOrder.length - 1 - lastPass,
    onThisHoldout: holdout === '' ? 0 : judgements.filter((each) => each.holdout === holdout).length,
    perYear: span < HOUR ? undefined : ((inOrder.length - 1) * YEAR) / span,
  }
}

function isJudgement(value: unknown): value is Judgement {
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

/** Only what is known, so that a hostile tag cannot grow from one reading to the next. */
function bounded({ candidate, verdict, holdout, at }: Judgement): Judgement {
  return { candidate: candidate.slice(0, 64), verdict, holdout: holdout.slice(0, 64), at }
}
