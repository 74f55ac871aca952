import { figure, signed } from '../metric-value.ts'
import { bare, type Check } from './check.ts'
import { against, type Interval } from './interval.ts'
import { type Boundary, boundaryOf, primaryBoundary } from './margin.ts'
import type { Measured } from './measure.ts'
import type { Amount, Comparison } from './policy.ts'
import { rowsNeeded } from './sample-size.ts'
import { demand, notWorse } from './words.ts'

/** Two models that were measured on the same rows, and what is asked of the first. */
export interface Duel<S extends string> {
  kind: Check['kind']
  subject: string
  measured: Measured<S>
  first: S
  second: S
  /** "champion 7" */
  rival: string
  limit: string
  boundary: Boundary
  /** Units below which nothing is decided. */
  least: number
  /** "rows", "groups" */
  unit: string
}

/** What is asked of the primary metric; undefined where the champion is not compared. */
export function primaryDemand(comparison: Comparison): Pick<Duel<never>, 'limit' | 'boundary'> | undefined {
  const boundary = primaryBoundary(comparison)
  return boundary && { limit: demand(comparison), boundary }
}

/** That it be not worse by more than this. */
export function noWorseDemand(most: Amount, rival = 'champion'): Pick<Duel<never>, 'limit' | 'boundary'> {
  return { limit: notWorse(most, rival), boundary: boundaryOf(most, -1) }
}

/** How much better the first is, less the share of the second's value that the policy asks for. */
export function netChange<S extends string>(
  duel: Duel<S>,
  first = duel.first,
  second = duel.second,
): Interval {
  return duel.measured.change(first, second, duel.boundary.relative)
}

/**
 * Whether the first is above the boundary: holds where its lower bound is, fails where its upper bound is below, and
 * is undecided between the two, or with too few rows to say anything at all.
 */
export function compareOnRows<S extends string>(duel: Duel<S>): Check {
  const { kind, subject, measured, first, second, limit, boundary, least, unit } = duel
  const [candidate, rival] = [measured.values[first], measured.values[second]]
  const change = measured.change(first, second)
  const net = netChange(duel)
  const share = boundary.relative * Math.abs(rival)
  const check = {
    ...bare,
    kind,
    subject,
    candidate,
    rival,
    change,
    boundary: boundary.boundary + share,
    limit,
  }
  const said = `${subject} ${figure(candidate)} against ${figure(rival)} of ${duel.rival} on the same ${count(measured.units, unit)}`
  if (measured.units < least)
    return {
      ...check,
      result: 'undecided',
      why: `${said}: fewer than the ${least} below which nothing is decided`,
      unitsNeeded: least,
    }
  const moved = `${change.estimate < 0 ? 'worse' : 'better'} by ${figure(Math.abs(change.estimate))}`
  const range = inWords(change)
  if (boundary.relative !== 0 && rival === 0)
    return { ...check, result: 'undecided', why: `${said}: a share of 0 is no amount; give an absolute one` }
  // The very same answers on every row: nothing that more rows could bring to light.
  if (change.low === 0 && change.high === 0 && boundary.boundary + share >= 0)
    return { ...check, result: 'fails', why: `${said}: they answer every row alike; asked for: ${limit}` }
  const state = against(net, boundary.boundary)
  if (state === 'above')
    return { ...check, result: 'holds', why: `${said}: ${moved} (${range}); asked for: ${limit}` }
  if (state === 'below')
    return { ...check, result: 'fails', why: `${said}: ${moved} (${range}); asked for: ${limit}` }
  const needed = rowsNeeded(net, boundary.boundary, Math.abs(boundary.boundary + share))
  const more = needed === undefined ? '' : `; about ${count(needed, unit)} would`
  return {
    ...check,
    result: 'undecided',
    why: `${said}: ${moved} (${range}), which cannot tell whether it is ${limit}${more}`,
    unitsNeeded: needed,
  }
}

/** "+0.012 to +0.051 at 95 %": both bounds, each at the confidence of the policy. */
export function inWords({ low, high, confidence }: Interval): string {
  return `${signed(low)} to ${signed(high)} at ${figure(100 * confidence)} %`
}

function count(units: number, unit: string): string {
  return `${Math.ceil(units).toLocaleString('en-US')} ${unit}`
}
