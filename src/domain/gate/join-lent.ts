import { UserError } from '../failure.ts'
import { type Extra, type Placed, placed, UNUSABLE } from './join-extras.ts'
import { type Places, unplaced } from './join-predictions.ts'
import { quoted } from './join-words.ts'

/** What a predictions file says of the holdout's rows, where the holdout does not. */
export interface Lent {
  /** How a message calls the file. */
  called: string
  extras: readonly Placed[]
}

/**
 * A predictions file's columns in the order of the holdout's rows.
 * @returns why it lends none, where it does not have each row once: its model is not judged then
 * @throws UserError where a cell cannot be used; those of rows that the holdout lacks do not matter
 */
export function lentBy(
  called: string,
  places: Places,
  extras: readonly Extra[],
  ids: readonly string[],
): Lent | string {
  const failure = unplaced(places, ids)
  if (failure) return `${called}: ${failure}`
  const inOrder = extras.map((extra) => placed(extra, places.order, ids, called))
  for (const { use, name, values } of inOrder) {
    const bad = UNUSABLE[use] === undefined ? -1 : unusableRow(values)
    if (bad >= 0)
      throw new UserError(
        `${called}: column ${quoted(name)}: the cell of the id ${quoted(ids[bad] ?? '')} is ${UNUSABLE[use]}; mend or leave out such rows.`,
      )
  }
  return { called, extras: inOrder }
}

/**
 * What two files say, which must be the same: neither is more to be believed than the other.
 * @throws UserError where one lacks a column that the other has, or a row differs
 */
export function agreed(one: Lent, other: Lent, ids: readonly string[]): Lent {
  for (const [has, lacks] of [
    [one, other],
    [other, one],
  ] as const) {
    const lost = has.extras.find((extra) => !sameColumn(extra, lacks))
    if (lost)
      throw new UserError(
        `${lacks.called}: there is no column ${quoted(lost.name)}, and the holdout lacks it, too (${has.called} has it); write it into the holdout, or into each file of predictions.`,
      )
  }
  for (const extra of one.extras) {
    const same = sameColumn(extra, other)
    const row = same ? ids.findIndex((_, at) => cellOf(extra, at) !== cellOf(same, at)) : -1
    if (same && row >= 0)
      throw new UserError(
        `${other.called}: column ${quoted(extra.name)} has ${said(same, row)} for the id ${quoted(ids[row] ?? '')}, and ${one.called} has ${said(extra, row)}; they must agree, or the holdout must have the column.`,
      )
  }
  return one
}

function sameColumn({ use, name }: Placed, { extras }: Lent): Placed | undefined {
  return extras.find((extra) => extra.use === use && extra.name === name)
}

function unusableRow(values: Placed['values']): number {
  if (values instanceof Float64Array) return values.findIndex((value) => !Number.isFinite(value))
  return values.codes.indexOf(values.names.indexOf(''))
}

function cellOf({ values }: Placed, row: number): string | number | undefined {
  return values instanceof Float64Array ? values[row] : values.names[values.codes[row] ?? 0]
}

function said(extra: Placed, row: number): string {
  return quoted(String(cellOf(extra, row)))
}
