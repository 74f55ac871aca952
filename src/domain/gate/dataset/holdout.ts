import { UserError } from '../../core/errors.ts'
import { toClassText, toName, toNonNegative, toQuantity } from '../../table/cells.ts'
import type { Categorical } from '../../table/columns.ts'
import { CategoricalColumn, type Column, NumberColumn, TextColumn } from '../../table/columns.ts'
import {
  describeInvalidCells,
  describeTimeLookalike,
  listColumns,
  listExamples,
  quote,
  type TableLabel,
} from '../../table/messages.ts'
import { createMissingTest, explainMissingWord } from '../../table/missing-words.ts'
import { createTimeReader, findTimeLookalike } from '../../table/times.ts'
import type { GatePolicy, HoldoutPolicy } from '../criteria/gate-policy.ts'
import { createClassNaming } from './class-names.ts'
import type { Labels, Rows } from './rows.ts'

/** sha256, in hex, of the concatenated parts. */
export type Sha256 = (parts: Iterable<string | Uint8Array>) => string

/** Labeled rows, and the row of each id. */
export interface Holdout {
  rows: Rows
  /** In the order of the rows: ascending by id (UTF-16 code units). */
  ids: readonly string[]
  rowOf: ReadonlyMap<string, number>
  /** The class of each text of the label column; empty if the labels are numbers. */
  classNames: ReadonlyMap<string, string>
}

export interface NamedColumn<C extends Column = Column> {
  name: string
  column: C
  /** What makes a cell invalid. Undefined: any cell is valid. */
  invalidText?: string | undefined
  /** More about the first invalid cell, as a clause. */
  explain?: ((cell: string) => string | undefined) | undefined
}

/** How labels are read. Relevances are numbers of at least 0. */
export type LabelKind = Labels['kind'] | 'relevances'

/** The columns of a holdout that the policy names. */
export interface HoldoutColumns {
  ids: NamedColumn<TextColumn>
  labels: NamedColumn<CategoricalColumn | NumberColumn>
  group: NamedColumn<CategoricalColumn> | undefined
  query: NamedColumn<CategoricalColumn> | undefined
  weight: NamedColumn<NumberColumn> | undefined
  time: NamedColumn<NumberColumn> | undefined
  slices: readonly NamedColumn<CategoricalColumn>[]
}

/**
 * Empty columns to read the holdout into, one for each use that the policy has.
 * @param now milliseconds since 1970: no labeled row is from later than tomorrow
 */
export function createHoldoutColumns(
  { slices, guardrails }: Pick<GatePolicy, 'slices' | 'guardrails'>,
  policy: HoldoutPolicy,
  kind: LabelKind,
  now: number,
): HoldoutColumns {
  const { id, label, group, query, weight, time } = policy
  const named = <C extends Column>(name: string | undefined, column: C, about: Partial<NamedColumn> = {}) =>
    name === undefined ? undefined : { ...about, name, column }
  const isMissing = createMissingTest(policy)
  const required = { invalidText: 'empty', explain: explainMissingWord }
  const sliceNames = new Set([
    ...slices.map(({ column }) => column),
    ...guardrails.flatMap(({ groupDisparity }) => groupDisparity ?? []),
  ])
  return {
    ids: { ...required, name: id, column: new TextColumn(isMissing) },
    labels: createLabelColumn(label, kind, { ...required, isMissing }),
    group: named(group, new CategoricalColumn(toName, isMissing), required),
    query: named(query, new CategoricalColumn(toName, isMissing), required),
    weight: named(weight, new NumberColumn(toNonNegative), { invalidText: NOT_NON_NEGATIVE }),
    time: named(time, new NumberColumn(createTimeReader(now)), {
      invalidText: 'neither an ISO time nor an epoch, from 1990 to tomorrow',
      explain: (cell) => {
        const lookalike = findTimeLookalike(cell, now)
        return lookalike && describeTimeLookalike(cell, lookalike)
      },
    }),
    slices: [...sliceNames].map((name) => ({ name, column: new CategoricalColumn() })),
  }
}

const NOT_NON_NEGATIVE = 'not a finite number of at least 0'

function createLabelColumn(
  name: string,
  kind: LabelKind,
  { isMissing, ...required }: Partial<NamedColumn> & { isMissing: (text: string) => boolean },
): HoldoutColumns['labels'] {
  switch (kind) {
    case 'classes':
      return { ...required, name, column: new CategoricalColumn(toClassText, isMissing) }
    case 'numbers':
      return { name, column: new NumberColumn(toQuantity), invalidText: 'not a number' }
    case 'relevances':
      return { name, column: new NumberColumn(toNonNegative), invalidText: NOT_NON_NEGATIVE }
  }
}

/** The columns besides the id and the label. */
export function listAuxiliaryColumns({ group, query, weight, time, slices }: HoldoutColumns): NamedColumn[] {
  return [group, query, weight, time, ...slices].filter((column) => column !== undefined)
}

/**
 * Builds the rows of a holdout. Rows of weight 0 are dropped: they are no evidence, and must not count as rows.
 * @throws UserError if there are no rows, an id is not unique, or a cell that the policy needs is invalid
 */
export function buildHoldout(
  columns: HoldoutColumns,
  policy: HoldoutPolicy,
  file: TableLabel,
  sha256: Sha256,
): Holdout {
  for (const column of [columns.ids, columns.labels, ...listAuxiliaryColumns(columns)])
    assertValidCells(column, file)
  const { ids, order } = orderRows(columns, file)
  const { labels, classNames } = readLabels(columns.labels.column, order, policy.positive, file)
  const rows = {
    count: ids.length,
    labels,
    groups: columns.group?.column.toCategorical(order),
    queries: columns.query?.column.toCategorical(order),
    weights: columns.weight?.column.valuesInOrder(order),
    times: columns.time?.column.valuesInOrder(order),
    columns: new Map(columns.slices.map(({ name, column }) => [name, column.toCategorical(order)])),
  }
  const digest = sha256(serializeHoldout(rows, ids))
  return { ids, rowOf: indexRows(ids), classNames, rows: { ...rows, digest } }
}

function assertValidCells(
  { name, column: { invalidCells }, invalidText, explain }: NamedColumn,
  { displayName, locate }: TableLabel,
) {
  if (!invalidCells || invalidText === undefined) return
  const invalid = describeInvalidCells(name, invalidText, invalidCells, locate)
  const explanation = explain?.(invalidCells.firstCell)
  throw new UserError(
    `${displayName}: ${invalid}. ${explanation === undefined ? '' : `${explanation}. `}Fix or remove these rows.`,
  )
}

/** The ids in ascending order, without those of weight 0, and for each its row in the file. */
function orderRows({ ids: { name, column }, weight }: HoldoutColumns, { displayName }: TableLabel) {
  if (column.values.length === 0)
    throw new UserError(`${displayName}: has no rows. The gate needs labeled rows.`)
  const ids = column.values.toSorted()
  const rowOf = indexRows(ids)
  if (rowOf.size < ids.length) {
    const duplicates = [...new Set(ids.filter((id, row) => id === ids[row + 1]))]
    const examples = `${duplicates.length} (${listExamples(duplicates)})`
    throw new UserError(
      `${displayName}: column ${quote(name)}: duplicate ids: ${examples}. Give each row its own id.`,
    )
  }
  const order = new Uint32Array(ids.length)
  for (const [at, id] of column.values.entries()) order[rowOf.get(id) ?? 0] = at
  const weights = weight?.column.valuesInOrder(order)
  if (!weight || !weights) return { ids, order }
  if (weights.every((value) => value === 0))
    throw new UserError(`${displayName}: column ${quote(weight.name)}: all weights are 0.`)
  const isCounted = (_: unknown, row: number) => weights[row] !== 0
  return { ids: ids.filter(isCounted), order: order.filter(isCounted) }
}

function indexRows(ids: readonly string[]): Map<string, number> {
  const rowOf = new Map<string, number>()
  for (const [row, id] of ids.entries()) rowOf.set(id, row)
  return rowOf
}

/** Label classes of which 1 is the positive one by convention; false and true are 0 and 1. In 1/2 or 1/yes it may not be. */
const CONVENTIONS = ['0 1', '-1 1']

/** The positive class is the policy's; by default that of the convention. */
function readLabels(
  column: CategoricalColumn | NumberColumn,
  order: Uint32Array,
  positiveName: string | undefined,
  { displayName }: TableLabel,
): { labels: Labels; classNames: Holdout['classNames'] } {
  if (column instanceof NumberColumn)
    return { labels: { kind: 'numbers', values: column.valuesInOrder(order) }, classNames: new Map() }
  const texts = column.listTexts(order)
  const nameOf = createClassNaming(texts)
  const { codes, names } = column.toCategorical(order, nameOf)
  const isConvention = CONVENTIONS.includes(names.join(' '))
  const wanted = nameOf(toClassText(positiveName) ?? '') || (isConvention ? '1' : '')
  const positive = names.indexOf(wanted)
  if (positiveName !== undefined && positive < 0)
    throw new UserError(
      `${displayName}: no label is the positive class ${quote(positiveName)}. The labels are ${listColumns(names)}.`,
    )
  return {
    labels: { kind: 'classes', codes, names, positive: positive < 0 ? undefined : positive },
    classNames: new Map(texts.map((text) => [text, nameOf(text)])),
  }
}

type Serialized = Generator<string | Uint8Array>

/** The same bytes for the same data, whatever the order and format of the file. */
function* serializeHoldout(rows: Omit<Rows, 'digest'>, ids: readonly string[]): Serialized {
  for (let at = 0; at < ids.length; at += 10_000) yield `${JSON.stringify(ids.slice(at, at + 10_000))}\n`
  const { labels } = rows
  if (labels.kind === 'numbers') yield* serializeNumbers('label', labels.values)
  else {
    yield* serializeCategorical('label', labels)
    yield `positive ${labels.positive}\n`
  }
  yield* serializeCategorical('group', rows.groups)
  yield* serializeCategorical('query', rows.queries)
  yield* serializeNumbers('weight', rows.weights)
  yield* serializeNumbers('time', rows.times)
  for (const name of [...rows.columns.keys()].sort())
    yield* serializeCategorical(`column ${name}`, rows.columns.get(name))
}

function* serializeCategorical(what: string, column: Categorical | undefined): Serialized {
  if (!column) return
  yield `${JSON.stringify([what, column.names])}\n`
  yield toBytes(column.codes)
}

function* serializeNumbers(what: string, values: Float64Array | undefined): Serialized {
  if (!values) return
  yield `${JSON.stringify([what])}\n`
  yield toBytes(values)
}

/** Little-endian: every runner's architecture is. */
export function toBytes(values: Int32Array | Float64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}
