import { type Cell, toText } from '../../table/cells.ts'
import type { CategoricalColumn, Column, NumberColumn } from '../../table/columns.ts'
import { createClassNaming } from './class-names.ts'
import { type Holdout, type Sha256, toBytes } from './holdout.ts'
import { clipProbability, isWholeProbability } from './probability.ts'
import type { Predictions } from './rows.ts'

/** Columns with the probability of a class are named proba_<class>. */
export const PROBABILITY_PREFIX = 'proba_'
const NO_PREDICTION = 0xffffffff
/** One more than a message shows. */
const MAX_KEPT_IDS = 4

/** Matches the ids of a predictions file to the holdout's rows while the file is read. */
export class RowMatcher implements Column {
  readonly retainsText = false
  readonly invalidCells = undefined
  /** For each row of the holdout, the row of its prediction, or NO_PREDICTION. */
  readonly order: Uint32Array
  /** Rows of the holdout with several predictions. */
  readonly duplicates = new Set<number>()
  /** Predictions whose id the holdout does not have. */
  unmatchedCount = 0
  /** The first ids of these. */
  readonly unmatchedIds: string[] = []
  readonly #rowOf: Holdout['rowOf']
  #at = 0

  constructor({ rowOf }: Pick<Holdout, 'rowOf'>) {
    this.#rowOf = rowOf
    this.order = new Uint32Array(rowOf.size).fill(NO_PREDICTION)
  }

  add(cell: Cell): void {
    const id = toText(cell) ?? ''
    const row = this.#rowOf.get(id)
    if (row === undefined) {
      this.unmatchedCount += 1
      if (this.unmatchedIds.length < MAX_KEPT_IDS) this.unmatchedIds.push(id)
    } else if (this.order[row] === NO_PREDICTION) this.order[row] = this.#at
    else this.duplicates.add(row)
    this.#at += 1
  }
}

export interface PredictionColumns {
  rowMatcher: RowMatcher
  /** The predicted class. */
  classes: CategoricalColumn | undefined
  /** By name: `prediction` if the labels are numbers, `score`, and `proba_<class>`. */
  numbers: ReadonlyMap<string, NumberColumn>
  /** Whether the probability of each label class is needed; for a score, that of the positive one is enough. */
  needsEveryClass: boolean
}

/** Why predictions do not fit the holdout. The ids are those of the rows at fault. */
export type JoinFailure =
  | { kind: 'several-predictions'; ids: readonly string[] }
  /** `others`: the predictions whose id the holdout does not have, and the first of these ids. */
  | {
      kind: 'no-predictions'
      ids: readonly string[]
      rows: number
      others: { count: number; ids: readonly string[] }
    }
  /** `cell`: the text of the first one in the file, which may be empty or a word for a missing value. */
  | { kind: 'missing-classes'; ids: readonly string[]; cell: string }
  /** `cell`: the text of the first one, if it is known. */
  | { kind: 'not-finite'; column: string; ids: readonly string[]; cell: string | undefined }
  /** A predicted class that no label has, and that differs from one in case, blanks, quotes, brackets or leading zeros only. */
  | { kind: 'misspelled-class'; ids: readonly string[]; predicted: string; label: string }
  | { kind: 'not-a-probability'; column: string; ids: readonly string[]; value: number }
  | { kind: 'missing-probabilities'; classes: readonly string[] }

export type JoinResult =
  /** `unmatchedCount`: predictions whose id the holdout does not have. */
  { predictions: Predictions; unmatchedCount: number } | { failure: JoinFailure }

/**
 * Joins one model's predictions to the holdout's rows. Each row needs exactly one prediction; predictions for other ids
 * are ignored. Of two classes, one probability gives the other. Without a score, the positive class's probability is it.
 */
export function joinPredictions(
  { rows, ids, classNames }: Holdout,
  read: PredictionColumns,
  sha256: Sha256,
): JoinResult {
  const { order, duplicates, unmatchedCount, unmatchedIds } = read.rowMatcher
  const idsWhere = (isAtFault: (row: number) => boolean) => ids.filter((_, row) => isAtFault(row))
  if (duplicates.size > 0)
    return { failure: { kind: 'several-predictions', ids: idsWhere((row) => duplicates.has(row)) } }
  const missing = idsWhere((row) => order[row] === NO_PREDICTION)
  if (missing.length > 0) {
    const others = { count: unmatchedCount, ids: unmatchedIds }
    return { failure: { kind: 'no-predictions', ids: missing, rows: ids.length, others } }
  }

  const { names = [], positive = -1 } = rows.labels.kind === 'classes' ? rows.labels : {}
  const predicted = read.classes?.toCategorical(
    order,
    createClassNaming(read.classes.listTexts(order), classNames),
  )
  const empty = idsWhere((row) => predicted?.names[predicted.codes[row] ?? -1] === '')
  const cell = read.classes?.invalidCells?.firstCell ?? ''
  if (empty.length > 0) return { failure: { kind: 'missing-classes', ids: empty, cell } }
  const misspelled = findMisspelledClass(predicted?.names ?? [], names)
  if (misspelled) {
    const isMisspelled = (row: number) =>
      predicted?.names[predicted.codes[row] ?? -1] === misspelled.predicted
    return { failure: { kind: 'misspelled-class', ids: idsWhere(isMisspelled), ...misspelled } }
  }
  const numbers = readNumbers(read, names, ids)
  if (!(numbers instanceof Map)) return { failure: numbers }
  const hasProbabilities = [...read.numbers.keys()].some((name) => name.startsWith(PROBABILITY_PREFIX))
  const completed = hasProbabilities ? completeProbabilities(names, numbers) : undefined
  const probabilities = completed && 'kind' in completed ? undefined : completed
  const scores =
    numbers.get('prediction') ??
    numbers.get('score') ??
    probabilities?.[positive] ??
    numbers.get(PROBABILITY_PREFIX + names[positive])
  if (completed && 'kind' in completed && (read.needsEveryClass || !scores)) return { failure: completed }
  const unknownClasses = predicted?.names.filter((name) => !names.includes(name)) ?? []
  const labelOf = predicted?.names.map((name) =>
    names.includes(name) ? names.indexOf(name) : -1 - unknownClasses.indexOf(name),
  )
  const joined = {
    classes: predicted?.codes.map((code) => labelOf?.[code] ?? -1),
    scores,
    probabilities,
  }
  const digest = sha256(serializePredictions(joined))
  const improperSum = findImproperSum(read, names, ids)
  return { predictions: { ...joined, unknownClasses, improperSum, digest }, unmatchedCount }
}

/** The numbers of each column in the order of the rows, or the first problem. Probabilities of unknown classes are ignored. */
function readNumbers(
  { rowMatcher, numbers }: PredictionColumns,
  classes: readonly string[],
  ids: Holdout['ids'],
): Map<string, Float64Array> | JoinFailure {
  const read = new Map<string, Float64Array>()
  const { order } = rowMatcher
  for (const column of ['prediction', 'score', ...classes.map((name) => PROBABILITY_PREFIX + name)]) {
    const values = numbers.get(column)?.valuesInOrder(order)
    if (!values) continue
    const gaps = ids.filter((_, row) => !Number.isFinite(values[row]))
    if (gaps.length > 0) {
      const firstGap = values.findIndex((value) => !Number.isFinite(value))
      const cell = numbers.get(column)?.getInvalidText(order[firstGap] ?? NO_PREDICTION)
      return { kind: 'not-finite', column, ids: gaps, cell }
    }
    if (!column.startsWith(PROBABILITY_PREFIX)) {
      read.set(column, values)
      continue
    }
    const isInvalid = (value: number | undefined) => Number.isNaN(clipProbability(value ?? Number.NaN))
    const value = values.find(isInvalid)
    if (value !== undefined)
      return { kind: 'not-a-probability', column, ids: ids.filter((_, row) => isInvalid(values[row])), value }
    read.set(column, values.map(clipProbability))
  }
  return read
}

/**
 * Finds a class that no label has, but that reads like one, such as `Yes` for `yes` or 1 for 01. If two labels read alike,
 * such as the letters `a` and `A`, the spelling separates classes, and a model may know one that this holdout lacks.
 */
function findMisspelledClass(predicted: readonly string[], labels: readonly string[]) {
  const unknown = predicted.filter((name) => !labels.includes(name))
  if (unknown.length === 0) return undefined
  const labelOf = new Map(labels.map((name) => [toSpelling(name), name]))
  if (labelOf.size < labels.length) return undefined
  for (const name of unknown) {
    const label = labelOf.get(toSpelling(name))
    if (label !== undefined) return { predicted: name, label }
  }
  return undefined
}

function toSpelling(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s"'`[\]()]+/g, '')
    .replace(/^([+-]?)0+(?=\d)/, '$1')
}

/** Sums each row over all classes of the file, also those that no label has, if the file has the class of each label. */
function findImproperSum(
  { rowMatcher: { order }, numbers }: PredictionColumns,
  classes: readonly string[],
  ids: Holdout['ids'],
): Predictions['improperSum'] {
  if (classes.length === 0 || classes.some((name) => !numbers.has(PROBABILITY_PREFIX + name)))
    return undefined
  const columns = [...numbers].filter(([name]) => name.startsWith(PROBABILITY_PREFIX))
  const sums = new Float64Array(order.length)
  for (const [, column] of columns)
    for (const [row, value] of column.valuesInOrder(order).entries()) sums[row] = (sums[row] ?? 0) + value
  const sum = sums.find((value) => !isWholeProbability(value))
  if (sum === undefined) return undefined
  return { sum, ids: ids.filter((_, row) => !isWholeProbability(sums[row] ?? Number.NaN)) }
}

function completeProbabilities(
  classes: readonly string[],
  numbers: ReadonlyMap<string, Float64Array>,
): Float64Array[] | JoinFailure {
  const known = classes.map((name) => numbers.get(PROBABILITY_PREFIX + name))
  const [one, ...others] = known.filter((values) => values !== undefined)
  if (one && classes.length === 2 && others.length === 0)
    return known.map((values) => values ?? one.map((share) => 1 - share))
  const missing = classes.filter((_, code) => !known[code])
  return missing.length > 0
    ? { kind: 'missing-probabilities', classes: missing }
    : known.filter((values) => values !== undefined)
}

function* serializePredictions({
  classes,
  scores,
  probabilities,
}: Omit<Predictions, 'digest'>): Generator<string | Uint8Array> {
  if (classes) yield* ['classes\n', toBytes(classes)]
  if (scores) yield* ['scores\n', toBytes(scores)]
  for (const values of probabilities ?? []) yield* ['probabilities\n', toBytes(values)]
}
