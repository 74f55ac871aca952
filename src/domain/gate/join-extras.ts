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

/** What is said of a cell that cannot be used. A slice may well be that of the empty cells; weights are told by their ids. */
export const UNUSABLE: Readonly<Record<Extra['use'], string | undefined>> = {
  group: 'empty',
  query: 'empty',
  weight: undefined,
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
 * @param ids in the order of the holdout's rows
 * @param called what a message calls that file
 * @throws UserError where a weight is none, or all are 0
 */
export function placed(extra: Extra, order: Uint32Array, ids: readonly string[], called: string): Placed {
  if (extra.use !== 'weight' && extra.use !== 'time')
    return { use: extra.use, name: extra.name, values: extra.column.coded(order) }
  const { use, name } = extra
  const values = extra.column.ordered(order)
  if (use === 'weight') checkWeights(values, ids, `${called}: column ${quoted(name)}`)
  return { use, name, values }
}

function checkWeights(weights: Float64Array, ids: readonly string[], where: string): void {
  const bad = weights.findIndex((weight) => !(weight >= 0 && weight < Number.POSITIVE_INFINITY))
  if (bad >= 0)
    throw new UserError(
      `${where}: the weight of the id ${quoted(ids[bad] ?? '')} is ${Number.isNaN(weights[bad]) ? 'no number' : weights[bad]}; each must be finite, and 0 or more.`,
    )
  if (weights.every((weight) => weight === 0)) throw new UserError(`${where}: all weights are 0.`)
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
