import { type Cell, textOf } from './join-cells.ts'
import { type Codes, type Column, Numbers } from './join-columns.ts'
import { bytes, type Holdout, type Sha256 } from './join-holdout.ts'
import { columnList, examples, quoted, rowCount } from './join-words.ts'
import type { Coded, Predictions, Rows } from './rows.ts'

const NONE = 0xffffffff

/** Finds the holdout's rows while the ids of a model's predictions go by. */
export class Places implements Column {
  readonly keeps = false
  readonly trouble = undefined
  /** For each row of the holdout, the row of its prediction, or NONE. */
  readonly order: Uint32Array
  /** Rows of the holdout that have several. */
  readonly twice = new Set<number>()
  /** Predictions of nothing that is in the holdout. */
  surplus = 0
  readonly #rowOf: Holdout['rowOf']
  #at = 0

  constructor({ rowOf }: Pick<Holdout, 'rowOf'>) {
    this.#rowOf = rowOf
    this.order = new Uint32Array(rowOf.size).fill(NONE)
  }

  take(cell: Cell): void {
    const row = this.#rowOf.get(textOf(cell) ?? '')
    if (row === undefined) this.surplus += 1
    else if (this.order[row] === NONE) this.order[row] = this.#at
    else this.twice.add(row)
    this.#at += 1
  }
}

/** The columns of a model's predictions, as they were read. */
export interface PredictionColumns {
  places: Places
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
export function joinPredictions(holdout: Holdout, read: PredictionColumns, sha256: Sha256): Joined {
  const { rows, ids } = holdout
  const failure = unplaced(read.places, ids)
  if (failure) return { failure }
  try {
    const { order, surplus } = read.places
    const numbers = (column: Numbers, what: string) => finite(column.ordered(order), what, ids)
    const of = read.prediction
    const predicted = of instanceof Numbers ? numbers(of, 'prediction') : undefined
    const classes = of && !(of instanceof Numbers) ? codesOf(of.coded(order), rows, ids) : undefined
    const probabilities = probabilitiesOf(rows, read.probabilities, numbers)
    const positive = rows.labels.kind === 'classes' ? rows.labels.positive : undefined
    const score = read.score && numbers(read.score, 'score')
    const scores = predicted ?? score ?? (positive === undefined ? undefined : probabilities?.[positive])
    const said = { classes, scores, probabilities }
    const notes =
      surplus === 0
        ? []
        : [
            `${rowCount(surplus)} of the predictions with ids that the holdout lacks or leaves out: not counted`,
          ]
    return { predictions: { ...said, digest: sha256(canonical(said)) }, notes }
  } catch (error) {
    if (error instanceof Unjoinable) return { failure: error.message }
    throw error
  }
}

/** Why not every row of the holdout has exactly one prediction; undefined where it has. */
export function unplaced({ order, twice }: Places, ids: Holdout['ids']): string | undefined {
  const named = (rows: Iterable<number>) => examples([...rows].map((row) => ids[row] ?? ''))
  if (twice.size > 0)
    return `ids with several predictions: ${twice.size} (${named(twice)}); each needs exactly one`
  if (!order.includes(NONE)) return undefined
  const missing = [...order.keys()].filter((row) => order[row] === NONE)
  return `${missing.length} of the holdout's ${rowCount(ids.length)} have no prediction (${named(missing)})`
}

/** Codes of the labels' names. */
function codesOf({ codes, names }: Coded, { labels }: Rows, ids: Holdout['ids']): Int32Array {
  const known = labels.kind === 'classes' ? labels.names : []
  const labelOf = names.map((name) => known.indexOf(name))
  const empty = names.indexOf('')
  const gaps = empty < 0 ? [] : [...codes.keys()].filter((row) => codes[row] === empty)
  if (gaps.length > 0)
    throw new Unjoinable(`the prediction is empty for ${rowCount(gaps.length)} (${idsOf(gaps, ids)})`)
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

function finite(values: Float64Array, what: string, ids: Holdout['ids']): Float64Array {
  if (values.every(Number.isFinite)) return values
  const gaps = [...values.keys()].filter((row) => !Number.isFinite(values[row]))
  throw new Unjoinable(
    `column ${quoted(what)}: no finite number for ${rowCount(gaps.length)} (${idsOf(gaps, ids)})`,
  )
}

function idsOf(rows: readonly number[], ids: Holdout['ids']): string {
  return `ids ${examples(rows.slice(0, 4).map((row) => ids[row] ?? ''))}`
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
