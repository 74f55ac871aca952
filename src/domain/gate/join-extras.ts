import { UserError } from '../failure.ts'
import { momentOf } from './join-cells.ts'
import { Codes, Numbers } from './join-columns.ts'
import { quoted } from './join-words.ts'
import type { GatePolicy, HoldoutPolicy } from './policy.ts'
import type { Coded, Rows } from './rows.ts'

type Texts = 'group' | 'query' | 'slice'
type Numeric = 'weight' | 'time'
/** One type for each use, so that the use tells what the values are. */
type Of<Use extends string, Values> = Use extends string ? { use: Use; name: string } & Values : never

/** A column that a policy names besides the id and the label, and what for. */
export type Extra = Of<Texts, { column: Codes }> | Of<Numeric, { column: Numbers }>

/** An extra in the order of the holdout's rows. */
export type Placed = Of<Texts, { values: Coded }> | Of<Numeric, { values: Float64Array }>

/** What is said of a cell that cannot be used. A slice may well be that of the empty cells. */
export const UNUSABLE: Readonly<Record<Extra['use'], string | undefined>> = {
  group: 'empty',
  query: 'empty',
  weight: 'no number',
  time: 'no ISO time and no epoch',
  slice: undefined,
}

/** Columns to be filled, one for each thing that a policy wants to know of a row. */
export function extrasOf(
  { slices, guardrails }: Pick<GatePolicy, 'slices' | 'guardrails'>,
  { group, query, weight, time }: HoldoutPolicy,
): Extra[] {
  const sliced = [...slices.map(({ column }) => column), ...guardrails.flatMap(({ across }) => across ?? [])]
  const texts = (use: Texts, name: string): Extra => ({
    use,
    name,
    column: new Codes(),
  })
  return [
    ...(group === undefined ? [] : [texts('group', group)]),
    ...(query === undefined ? [] : [texts('query', query)]),
    ...(weight === undefined ? [] : [{ use: 'weight', name: weight, column: new Numbers() } as const]),
    ...(time === undefined ? [] : [{ use: 'time', name: time, column: new Numbers(momentOf) } as const]),
    ...[...new Set(sliced)].map((name) => texts('slice', name)),
  ]
}

/**
 * @param order for each row of the holdout, the row of the file that the extra was read from
 * @param called what a message calls that file
 * @throws UserError where no weight is one
 */
export function placed(extra: Extra, order: Uint32Array, called: string): Placed {
  if (extra.use !== 'weight' && extra.use !== 'time')
    return { use: extra.use, name: extra.name, values: extra.column.coded(order) }
  const { use, name } = extra
  const values = extra.column.ordered(order)
  const refuse = (what: string) => new UserError(`${called}: column ${quoted(name)}: ${what}`)
  if (use === 'weight' && values.some((weight) => weight < 0)) throw refuse('a weight is negative.')
  if (use === 'weight' && values.every((weight) => weight === 0)) throw refuse('all weights are 0.')
  return { use, name, values }
}

/** What is known of each row besides its id and its label. */
export function knownOf(
  extras: readonly Placed[],
): Pick<Rows, 'groups' | 'queries' | 'weights' | 'times' | 'columns'> {
  return {
    groups: extras.find((one) => one.use === 'group')?.values,
    queries: extras.find((one) => one.use === 'query')?.values,
    weights: extras.find((one) => one.use === 'weight')?.values,
    times: extras.find((one) => one.use === 'time')?.values,
    columns: new Map(extras.flatMap((one) => (one.use === 'slice' ? [[one.name, one.values]] : []))),
  }
}
