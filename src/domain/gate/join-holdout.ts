import { UserError } from '../failure.ts'
import { classOf } from './join-cells.ts'
import { type Codes, type Column, Numbers, type Texts } from './join-columns.ts'
import { columnList, examples, type Named, quoted, troubleIn } from './join-words.ts'
import type { HoldoutPolicy } from './policy.ts'
import type { Coded, Labels, Rows } from './rows.ts'

/** sha256 in hex over all the parts, one after the other. */
export type Sha256 = (parts: Iterable<string | Uint8Array>) => string

/** The columns of a holdout, as they were read. */
export interface HoldoutColumns {
  ids: Texts
  labels: Codes | Numbers
  groups: Codes | undefined
  queries: Codes | undefined
  weights: Numbers | undefined
  times: Numbers | undefined
  /** By name: what slices and gaps are made of. */
  columns: ReadonlyMap<string, Codes>
}

/** Rows, and where each id is among them. */
export interface Holdout {
  rows: Rows
  /** In the order of the rows. */
  ids: readonly string[]
  rowOf: ReadonlyMap<string, number>
}

/**
 * The rows of a holdout in ascending order of their ids (by UTF-16 code units), with all that the policy names.
 * @throws UserError where there are none, where an id stands twice, where a cell that is needed cannot be used
 */
export function holdoutRows(
  read: HoldoutColumns,
  policy: HoldoutPolicy,
  file: Named,
  sha256: Sha256,
): Holdout {
  const refuse = (what: string): never => {
    throw new UserError(`${file.called}: ${what}`)
  }
  const usable = (column: Column | undefined, name = '', what = 'empty') => {
    if (column?.trouble)
      refuse(`${troubleIn(name, what, column.trouble, file.unit)}; mend or leave out such rows.`)
  }
  const ids = read.ids.values
  if (ids.length === 0) refuse('it has no rows; a gate without rows can decide nothing.')
  usable(read.ids, policy.id)
  usable(read.labels, policy.label, read.labels instanceof Numbers ? 'no number' : 'empty')
  usable(read.groups, policy.group)
  usable(read.queries, policy.query)
  usable(read.weights, policy.weight, 'no number')
  usable(read.times, policy.time, 'no ISO time and no epoch')

  const sorted = ids.toSorted()
  const rowOf = new Map<string, number>()
  for (const [row, id] of sorted.entries()) rowOf.set(id, row)
  if (rowOf.size < sorted.length) {
    const twice = [...new Set(sorted.filter((id, row) => id === sorted[row + 1]))]
    refuse(
      `column ${quoted(policy.id)}: ids that stand on several rows: ${twice.length} (${examples(twice)}); each row needs its own.`,
    )
  }
  const order = new Uint32Array(ids.length)
  for (const [at, id] of ids.entries()) order[rowOf.get(id) ?? 0] = at
  const weights = read.weights?.ordered(order)
  if (weights?.some((weight) => weight < 0))
    refuse(`column ${quoted(policy.weight ?? '')}: a weight is negative.`)
  if (weights?.every((weight) => weight === 0))
    refuse(`column ${quoted(policy.weight ?? '')}: all weights are 0.`)

  const labels: Labels =
    read.labels instanceof Numbers
      ? { kind: 'numbers', values: read.labels.ordered(order) }
      : classes(read.labels.coded(order), policy.positive, refuse)
  const rows = {
    count: sorted.length,
    labels,
    groups: read.groups?.coded(order),
    queries: read.queries?.coded(order),
    weights,
    times: read.times?.ordered(order),
    columns: new Map([...read.columns].map(([name, codes]) => [name, codes.coded(order)])),
  }
  return { rows: { ...rows, digest: sha256(canonical(rows, sorted)) }, ids: sorted, rowOf }
}

/** The positive class is the named one; of two, without a name, the one that is 1 or true. */
function classes(
  { codes, names }: Coded,
  named: string | undefined,
  refuse: (what: string) => never,
): Labels {
  const wanted = classOf(named) ?? (names.length === 2 ? '1' : undefined)
  const positive = names.indexOf(wanted ?? '')
  if (named !== undefined && positive < 0)
    refuse(`no label is the positive class ${quoted(named)}; there are ${columnList(names)}.`)
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
