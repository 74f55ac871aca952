import { type Cell, toText } from '../../table/cells.ts'
import type { Column } from '../../table/columns.ts'
import { isMissingWord } from '../../table/missing-words.ts'
import { createTimeReader, findTimeLookalike, type TimeLookalike } from '../../table/times.ts'
import type { Holdout } from './holdout.ts'
import type { Rows } from './rows.ts'

/** Why a holdout proves nothing about a model. Times and lags are in milliseconds. */
export type HoldoutIssue =
  | { kind: 'no-training-ids' | 'no-cutoff' | 'cutoff-without-times' | 'lag-without-times' }
  /** The model was trained on rows of the holdout. */
  | { kind: 'overlap'; shared: readonly string[]; rows: number }
  | { kind: 'invalid-cutoff'; cutoff: string; lookalike: TimeLookalike | undefined }
  /** No training id is one of the holdout's, but these two may be one in another spelling. */
  | { kind: 'similar-ids'; trainingId: string; holdoutId: string }
  /** Whole numbers on one side, and none on the other: ids of two sources, whose rows cannot be compared. */
  | { kind: 'unlike-ids'; trainingId: string; holdoutId: string }
  /** Rows are older than the end of the training data. */
  | { kind: 'older-rows'; until: number; older: number; first: number; rows: number }
  | { kind: 'immature-labels'; young: number; lag: number; rows: number }

/** Counts the rows of a holdout that a model was trained on, while the file of its training ids is read. */
export class TrainingOverlap implements Column {
  readonly retainsText = false
  readonly invalidCells = undefined
  readonly #holdout: Pick<Holdout, 'ids' | 'rowOf'>
  readonly #isMissing: (text: string) => boolean
  /** The rows that the model was trained on. */
  readonly #trainedOn = new Set<number>()
  /** Ids of the holdout that have another usual spelling, by that one. */
  readonly #respelled = new Map<string, string>()
  #firstId: string | undefined
  /** Whether some training id is a whole number, and some is not. */
  readonly #isWhole = { some: false, every: true }
  #similar: { trainingId: string; holdoutId: string } | undefined

  /** @param isMissing whether an id stands for a missing value */
  constructor(holdout: Pick<Holdout, 'ids' | 'rowOf'>, isMissing = isMissingWord) {
    this.#holdout = holdout
    this.#isMissing = isMissing
    for (const id of holdout.ids) {
      const spelling = toUsualSpelling(id)
      if (spelling !== id) this.#respelled.set(spelling, id)
    }
  }

  add(cell: Cell): void {
    const id = toText(cell)
    if (id === undefined || this.#isMissing(id) || id.trim() === '') return
    this.#firstId ??= id
    const { rowOf, ids } = this.#holdout
    const row = rowOf.get(id)
    if (row !== undefined) {
      this.#trainedOn.add(row)
      return
    }
    if (isWholeNumber(id)) this.#isWhole.some = true
    else this.#isWhole.every = false
    const spelling = toUsualSpelling(id)
    const holdoutId = ids[rowOf.get(spelling) ?? -1] ?? this.#respelled.get(spelling)
    if (holdoutId !== undefined) this.#similar ??= { trainingId: id, holdoutId }
  }

  /** Undefined if the holdout is independent of the training. An empty file proves nothing. */
  findIssue(): HoldoutIssue | undefined {
    const trainingId = this.#firstId
    if (trainingId === undefined) return { kind: 'no-training-ids' }
    const { ids } = this.#holdout
    const shared = ids.filter((_, row) => this.#trainedOn.has(row))
    if (shared.length > 0) return { kind: 'overlap', shared, rows: ids.length }
    if (this.#similar) return { kind: 'similar-ids', ...this.#similar }
    const { some, every } = this.#isWhole
    const isUnlike = (every && !ids.some(isWholeNumber)) || (!some && ids.every(isWholeNumber))
    return isUnlike ? { kind: 'unlike-ids', trainingId, holdoutId: ids[0] ?? '' } : undefined
  }
}

const isWholeNumber = (id: string) => /^-?\d+$/.test(id)

/** Most ids, which have one spelling: whole numbers, and texts with a letter that is not hexadecimal. */
const USUAL_ID = /^([1-9]\d{0,14}|[\w.:-]*[G-Zg-z][\w.:-]*)$/

/** An id without what another tool may have added: blanks, quotes, leading zeros, braces, dashes and case of a hexadecimal id. */
function toUsualSpelling(id: string): string {
  if (USUAL_ID.test(id)) return id
  const text = id.normalize('NFKC').replace(/^[\p{C}\p{Z}"']+|[\p{C}\p{Z}"']+$/gu, '')
  const digits = text.replace(/[{}-]/g, '')
  if (/^[0-9a-f]{16,}$/i.test(digits)) return digits.toLowerCase()
  return text.replace(/^0+(?=\d+$)/, '')
}

/**
 * Whether the training data may reach into the time of the holdout; undefined if they end before it.
 * @param cutoff end of the training data, by the policy or the run; undefined if the run does not record it
 * @param now milliseconds since 1970: a time after tomorrow is no end of training data
 */
export function findTemporalLeakage(
  cutoff: string | undefined,
  { count, times }: Pick<Rows, 'count' | 'times'>,
  now: number,
): HoldoutIssue | undefined {
  if (cutoff === undefined) return { kind: 'no-cutoff' }
  const until = createTimeReader(now)(cutoff)
  if (Number.isNaN(until))
    return { kind: 'invalid-cutoff', cutoff, lookalike: findTimeLookalike(cutoff, now) }
  if (!times) return { kind: 'cutoff-without-times' }
  const older = times.filter((time) => time < until)
  if (older.length === 0) return undefined
  const first = older.reduce((least, time) => Math.min(least, time))
  return { kind: 'older-rows', until, older: older.length, first, rows: count }
}

/**
 * Whether labels may still change; undefined if all are final.
 * @param lag milliseconds until a label is final
 * @param now milliseconds since 1970
 */
export function findImmatureLabels(
  { count, times }: Pick<Rows, 'count' | 'times'>,
  lag: number,
  now: number,
): HoldoutIssue | undefined {
  if (!times) return { kind: 'lag-without-times' }
  const young = times.filter((time) => now - time < lag).length
  return young === 0 ? undefined : { kind: 'immature-labels', young, lag, rows: count }
}
