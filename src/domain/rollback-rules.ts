import { type Mark, validMarks } from './marks.ts'
import type { Found, Order } from './rollback.ts'

/** Why nothing is touched. */
export interface Stay {
  why: string
  /** The cure is a new model, not an older one. */
  retrain?: boolean
  /** The order itself is wrong: an error of the user, not a decision. */
  misuse?: boolean
}

/** Why a version that is live is not taken back all the same; undefined where it may be. */
export function staysBecause(bad: string, order: Order, found: Found): Stay | undefined {
  if (found.live.pods.length === 0)
    return {
      why: `release ${order.release} runs no pod, so nobody is served version ${bad}, and nothing could be proven`,
    }
  const since = liveSince(bad, found)
  if (since === undefined)
    return {
      why: `nobody knows since when version ${bad} is live: it was not promoted, and was never seen good; promote records it, with adopt: true where it was deployed by other means`,
    }
  const fired = order.firedAt ?? order.now
  const age = Date.parse(fired) - Date.parse(since)
  if (age < 0)
    return {
      why: `the alert fired at ${fired}, before version ${bad} was promoted (${since}): it speaks of what was live then`,
    }
  if (age > order.window)
    return {
      why: `version ${bad} has been live for ${inWords(age)} (since ${since}), longer than rollback-window (${inWords(order.window)}): a model that was good for so long has drifted, and the cure is a retrain, not a still older model`,
      retrain: true,
    }
  return undefined
}

/**
 * When a version went live: by the ledger, when it was promoted; where that is not known, when it was first seen good in
 * the row of revisions that leads to now.
 */
function liveSince(bad: string, { history, marks, live, promotedAt }: Found): string | undefined {
  const promoted = promotedAt(bad)
  if (promoted !== undefined && !Number.isNaN(Date.parse(promoted))) return promoted
  const row = validMarks(marks, history)
    .filter(({ revision }) => revision <= live.revision)
    .sort((one, other) => one.revision - other.revision)
  const before = row.findLastIndex(({ version }) => version !== bad)
  const first: Mark | undefined = row[before + 1]
  return first && !Number.isNaN(Date.parse(first.provenAt)) ? first.provenAt : undefined
}

const HOUR = 3_600_000

/** A duration as people say it: 3 days, 26 hours, 5 minutes. */
function inWords(milliseconds: number): string {
  const [amount, unit] =
    milliseconds >= 96 * HOUR
      ? [milliseconds / (24 * HOUR), 'days']
      : milliseconds >= 2 * HOUR
        ? [milliseconds / HOUR, 'hours']
        : [milliseconds / 60_000, 'minutes']
  return `${Math.floor(amount)} ${unit}`
}
