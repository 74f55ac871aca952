import { type Cell, momentOf, textOf } from './join-cells.ts'
import type { Column } from './join-columns.ts'
import type { Holdout } from './join-holdout.ts'
import { examples, quoted, rowCount } from './join-words.ts'
import type { Rows } from './rows.ts'

/** Counts the rows of a holdout that a model was trained on, while the ids of its training go by. */
export class Overlap implements Column {
  readonly keeps = false
  readonly trouble = undefined
  readonly #holdout: Pick<Holdout, 'ids' | 'rowOf'>
  /** 1 for each row that was seen. */
  readonly #seen: Uint8Array
  #any = false

  constructor(holdout: Pick<Holdout, 'ids' | 'rowOf'>) {
    this.#holdout = holdout
    this.#seen = new Uint8Array(holdout.ids.length)
  }

  take(cell: Cell): void {
    const id = textOf(cell)
    if (id === undefined) return
    this.#any = true
    const row = this.#holdout.rowOf.get(id)
    if (row !== undefined) this.#seen[row] = 1
  }

  /**
   * No ids at all prove nothing: every model was trained on something.
   * @param who "candidate"
   */
  reason(who: string): string | undefined {
    if (!this.#any) return `which rows the ${who} was trained on is unknown: the training ids are empty`
    const { ids } = this.#holdout
    const shared = ids.filter((_, row) => this.#seen[row] === 1)
    if (shared.length === 0) return undefined
    return `the ${who} was trained on ${shared.length} of the holdout's ${rowCount(ids.length)} (ids ${examples(shared)}): it may know their answers by heart`
  }
}

/**
 * Why a training that went on into the time of the holdout proves nothing.
 * @param cutoff until when the training data go, as the policy or the run says it; undefined where the run does not
 * @param named what was to say it: `the param "train_until"`
 */
export function cutoffReason(
  who: string,
  cutoff: string | undefined,
  named: string,
  rows: Pick<Rows, 'count' | 'times'>,
): string | undefined {
  if (cutoff === undefined)
    return `until when the data of the ${who}'s training go is unknown: its run lacks ${named}`
  const until = momentOf(cutoff)
  if (Number.isNaN(until))
    return `until when the data of the ${who}'s training go is unknown: ${named} is ${quoted(cutoff)}, which is no ISO time and no epoch`
  if (!rows.times)
    return `until when the ${who} was trained is known, but not when the holdout's rows are from: name its column of time`
  const before = rows.times.reduce((count, time) => (time < until ? count + 1 : count), 0)
  if (before === 0) return undefined
  return `the ${who} was trained on data until ${iso(until)}, and ${before} of the holdout's ${rowCount(rows.count)} are from before that (the first from ${iso(first(rows.times))})`
}

/**
 * Why labels that may still change prove nothing.
 * @param lag milliseconds that a label needs to become final
 */
export function immatureReason(
  rows: Pick<Rows, 'count' | 'times'>,
  lag: number,
  now: number,
): string | undefined {
  if (!rows.times)
    return 'labels need time to become final, but the holdout has no time of its rows: name its column of time'
  const young = rows.times.reduce((count, time) => (now - time < lag ? count + 1 : count), 0)
  if (young === 0) return undefined
  return `${young} of the holdout's ${rowCount(rows.count)} are younger than ${days(lag)}: their labels may still change`
}

function first(times: Float64Array): number {
  return times.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY)
}

function iso(time: number): string {
  const date = new Date(time)
  return Number.isNaN(date.getTime()) ? String(time) : date.toISOString().replace('.000Z', 'Z')
}

function days(milliseconds: number): string {
  const hours = Math.round(milliseconds / 360_000) / 10
  return hours >= 48 ? `${Math.round(hours / 2.4) / 10} days` : `${hours} hours`
}
