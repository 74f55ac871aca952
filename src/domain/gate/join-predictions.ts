import { type Codes, Numbers, type Texts } from './join-columns.ts'
import { bytes, type Holdout, type Sha256 } from './join-holdout.ts'
import { columnList, examples, quoted, rowCount } from './join-words.ts'
import type { Coded, Predictions, Rows } from './rows.ts'

/** The columns of a model's predictions, as they were read. */
export interface PredictionColumns {
  ids: Texts
  /** The class, or the number where labels are numbers. */
  prediction: Codes | Numbers | undefined
  score: Numbers | undefined
  /** By class. */
  probabilities: ReadonlyMap<string, Numbers>
}

export type Joined = { predictions: Predictions; notes: readonly string[] } | { failure: string }

/** What cannot be joined, in a few words; it never leaves this file. */
class Unjoinable extends Error {}

/**
 * Brings what a model says into the order of the holdout's rows. Every row must have exactly one prediction; others are
 * not counted. A lone probability of two classes tells the other's; the positive class's is the score where there is none.
 */
export function joinPredictions({ rows, rowOf }: Holdout, read: PredictionColumns, sha256: Sha256): Joined {
  try {
    const { order, surplus } = rowsOf(read.ids, rows.count, rowOf)
    const numbers = (column: Numbers, what: string) => finite(column.ordered(order), what, order, read.ids)
    const of = read.prediction
    const predicted = of instanceof Numbers ? numbers(of, 'prediction') : undefined
    const classes =
      of && !(of instanceof Numbers) ? codesOf(of.coded(order), rows, order, read.ids) : undefined
    const probabilities = probabilitiesOf(rows, read.probabilities, numbers)
    const positive = rows.labels.kind === 'classes' ? rows.labels.positive : undefined
    const score = read.score && numbers(read.score, 'score')
    const scores = predicted ?? score ?? (positive === undefined ? undefined : probabilities?.[positive])
    const said = { classes, scores, probabilities }
    const notes =
      surplus === 0
        ? []
        : [`${rowCount(surplus)} of the predictions with ids that the holdout lacks: not counted`]
    return { predictions: { ...said, digest: sha256(canonical(said)) }, notes }
  } catch (error) {
    if (error instanceof Unjoinable) return { failure: error.message }
    throw error
  }
}

/** For each row of the holdout, the row of its prediction. */
function rowsOf(
  { values }: Texts,
  count: number,
  rowOf: ReadonlyMap<string, number>,
): { order: Uint32Array; surplus: number } {
  const NONE = 0xffffffff
  const order = new Uint32Array(count).fill(NONE)
  const twice = new Set<string>()
  let surplus = 0
  for (const [at, id] of values.entries()) {
    const row = rowOf.get(id)
    if (row === undefined) surplus += 1
    else if (order[row] === NONE) order[row] = at
    else twice.add(id)
  }
  if (twice.size > 0)
    throw new Unjoinable(
      `ids with several predictions: ${twice.size} (${examples([...twice])}); each needs exactly one`,
    )
  const missing = [...rowOf].flatMap(([id, row]) => (order[row] === NONE ? [id] : []))
  if (missing.length > 0)
    throw new Unjoinable(
      `${missing.length} of the holdout's ${rowCount(count)} have no prediction (${examples(missing)})`,
    )
  return { order, surplus }
}

/** Codes of the labels' names. */
function codesOf({ codes, names }: Coded, { labels }: Rows, order: Uint32Array, ids: Texts): Int32Array {
  const known = labels.kind === 'classes' ? labels.names : []
  const labelOf = names.map((name) => known.indexOf(name))
  const empty = names.indexOf('')
  const gaps = [...codes.keys()].filter((row) => codes[row] === empty)
  if (gaps.length > 0)
    throw new Unjoinable(`the prediction is empty for ${rowCount(gaps.length)} (${idsOf(gaps, order, ids)})`)
  return codes.map((code) => labelOf[code] ?? -1)
}

function probabilitiesOf(
  { labels }: Rows,
  read: PredictionColumns['probabilities'],
  numbers: (column: Numbers, what: string) => Float64Array,
): Float64Array[] | undefined {
  if (labels.kind !== 'classes' || read.size === 0) return undefined
  const known = labels.names.map((name) => {
    const column = read.get(name)
    return column && shares(numbers(column, `proba_${name}`), name)
  })
  const missing = labels.names.filter((_, code) => !known[code])
  if (labels.names.length === 2 && missing.length === 1) {
    const [one] = known.filter((values) => values !== undefined)
    return known.map((values) => values ?? (one ?? new Float64Array()).map((share) => 1 - share))
  }
  if (missing.length > 0)
    throw new Unjoinable(
      `there are columns proba_<class>, but none for ${columnList(missing)}, which the labels have`,
    )
  return known.filter((values) => values !== undefined)
}

function shares(values: Float64Array, name: string): Float64Array {
  const wrong = values.find((value) => value < 0 || value > 1)
  if (wrong === undefined) return values
  throw new Unjoinable(`column ${quoted(`proba_${name}`)} has ${wrong}, which is no probability`)
}

function finite(values: Float64Array, what: string, order: Uint32Array, ids: Texts): Float64Array {
  if (values.every(Number.isFinite)) return values
  const gaps = [...values.keys()].filter((row) => !Number.isFinite(values[row]))
  throw new Unjoinable(
    `column ${quoted(what)}: no finite number for ${rowCount(gaps.length)} (${idsOf(gaps, order, ids)})`,
  )
}

function idsOf(rows: Iterable<number>, order: Uint32Array, ids: Texts): string {
  return `ids ${examples([...rows].slice(0, 4).map((row) => ids.values[order[row] ?? 0] ?? ''))}`
}

function* canonical({
  classes,
  scores,
  probabilities,
}: Omit<Predictions, 'digest'>): Generator<string | Uint8Array> {
  if (classes) yield* ['classes\n', bytes(classes)]
  if (scores) yield* ['scores\n', bytes(scores)]
  for (const values of probabilities ?? []) yield* ['probabilities\n', bytes(values)]
}
