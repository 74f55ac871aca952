import { UserError } from '../failure.ts'
import { classOf } from './join-cells.ts'
import { type Codes, type Column, Numbers, type Texts } from './join-columns.ts'
import { type Extra, knownOf, type Placed, placed, UNUSABLE } from './join-extras.ts'
import { type Whole, withoutWeightless } from './join-weightless.ts'
import { columnList, examples, type Named, quoted, troubleIn } from './join-words.ts'
import type { HoldoutPolicy } from './policy.ts'
import type { Coded, Labels, Rows } from './rows.ts'

/** sha256 in hex over all the parts, one after the other. */
export type Sha256 = (parts: Iterable<string | Uint8Array>) => string

/** Rows, and where each id is among them. */
export interface Holdout {
  rows: Rows
  /** In the order of the rows. */
  ids: readonly string[]
  rowOf: ReadonlyMap<string, number>
}

/** A holdout of which only the ids are known. */
export interface Index extends Omit<Holdout, 'rows'> {
  /** For each row, which one of the file it is. */
  order: Uint32Array
}

/**
 * Rows are in ascending order of their ids (by UTF-16 code units).
 * @throws UserError where there are none, or an id is empty or stands twice
 */
export function indexed(ids: Texts, { id: name }: HoldoutPolicy, file: Named): Index {
  if (ids.values.length === 0)
    throw new UserError(`${file.called}: it has no rows; a gate without rows can decide nothing.`)
  checkCells(ids, name, 'empty', file)
  const sorted = ids.values.toSorted()
  const rowOf = rowsOf(sorted)
  if (rowOf.size < sorted.length) {
    const twice = [...new Set(sorted.filter((id, row) => id === sorted[row + 1]))]
    throw new UserError(
      `${file.called}: column ${quoted(name)}: ids that stand on several rows: ${twice.length} (${examples(twice)}); each row needs its own.`,
    )
  }
  const order = new Uint32Array(sorted.length)
  for (const [at, id] of ids.values.entries()) order[rowOf.get(id) ?? 0] = at
  return { ids: sorted, rowOf, order }
}

/**
 * The rows of a holdout that have a weight, with all that the policy names.
 * @param read its own columns
 * @param lent those that it lacks, from elsewhere
 * @throws UserError where a cell that is needed cannot be used
 */
export function holdoutRows(
  index: Index,
  read: { labels: Codes | Numbers; extras: readonly Extra[] },
  lent: readonly Placed[],
  policy: HoldoutPolicy,
  file: Named,
  sha256: Sha256,
): Holdout {
  const { order } = index
  checkCells(read.labels, policy.label, read.labels instanceof Numbers ? 'no number' : 'empty', file)
  for (const { use, name, column } of read.extras) checkCells(column, name, UNUSABLE[use], file)
  const said: Whole['labels'] =
    read.labels instanceof Numbers
      ? { kind: 'numbers', values: read.labels.ordered(order) }
      : { kind: 'classes', ...read.labels.coded(order) }
  const own = read.extras.map((extra) => placed(extra, order, index.ids, file.called))
  const { ids, labels, extras } = withoutWeightless({
    ids: index.ids,
    labels: said,
    extras: [...own, ...lent],
  })
  const rows = {
    count: ids.length,
    labels: labels.kind === 'numbers' ? labels : classes(labels, policy.positive, file),
    ...knownOf(extras),
  }
  const rowOf = ids === index.ids ? index.rowOf : rowsOf(ids)
  return { ids, rowOf, rows: { ...rows, digest: sha256(canonical(rows, ids)) } }
}

function rowsOf(ids: readonly string[]): Map<string, number> {
  const rowOf = new Map<string, number>()
  for (const [row, id] of ids.entries()) rowOf.set(id, row)
  return rowOf
}

function checkCells({ trouble }: Column, name: string, what: string | undefined, file: Named): void {
  if (!trouble || what === undefined) return
  throw new UserError(
    `${file.called}: ${troubleIn(name, what, trouble, file.unit)}; mend or leave out such rows.`,
  )
}

/** The positive class is the named one; of two, without a name, the one that is 1 or true. */
function classes({ codes, names }: Coded, named: string | undefined, { called }: Named): Labels {
  const wanted = classOf(named) ?? (names.length === 2 ? '1' : undefined)
  const positive = names.indexOf(wanted ?? '')
  if (named !== undefined && positive < 0)
    throw new UserError(
      `${called}: no label is the positive class ${quoted(named)}; there are ${columnList(names)}.`,
    )
  return { kind: 'classes', codes, names, positive: positive < 0 ? undefined : positive }
}

/** The same bytes for the same data, in whatever order and format they came. */
function* canonical(rows: Omit<Rows, 'digest'>, ids: readonly string[]): Generator<string | Uint8Array> {
  for (let at = 0; at < ids.length; at += 10_000) yield `${JSON.stringify(ids.slice(at, at + 10_000))}\n`
  const { labels } = rows
  if (labels.kind === 'numbers') yield* numbers('label', labels.values)
  else {
    yield* coded('label', labels)
    yield `positive ${labels.positive}\n`
  }
  yield* coded('group', rows.groups)
  yield* coded('query', rows.queries)
  yield* numbers('weight', rows.weights)
  yield* numbers('time', rows.times)
  for (const name of [...rows.columns.keys()].sort()) yield* coded(`column ${name}`, rows.columns.get(name))
}

function* coded(what: string, column: Coded | undefined): Generator<string | Uint8Array> {
  if (!column) return
  yield `${JSON.stringify([what, column.names])}\n`
  yield bytes(column.codes)
}

function* numbers(what: string, values: Float64Array | undefined): Generator<string | Uint8Array> {
  if (!values) return
  yield `${JSON.stringify([what])}\n`
  yield bytes(values)
}

/** Little-endian, as every machine that runs this has them. */
export function bytes(values: Int32Array | Float64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}
