import { decimal, format } from '../decimal.ts'
import type { GatePolicy } from './policy.ts'

/** Keys that hold a decimal text. */
const DECIMALS = ['absolute', 'relative', 'minValue', 'floor', 'ceiling']

/** One text for all ways to write the same policy: numbers, the order of keys and of lists, defaults written out or not. */
export function canonical(policy: object): string {
  return JSON.stringify(ordered(policy))
}

/**
 * The same for only what decides about rows. Where they come from, the champion's age and what becomes of a verdict ask
 * nothing of them: policies that differ in these alone have one text.
 */
export function asked({ primary, comparison, guardrails, slices, statistics }: GatePolicy): string {
  return canonical({ primary, comparison, guardrails, slices, statistics })
}

function ordered(value: unknown, key = ''): unknown {
  // The order of guardrails, slices and their values says nothing.
  if (Array.isArray(value)) return value.map((entry) => JSON.stringify(ordered(entry))).sort()
  if (typeof value === 'string' && DECIMALS.includes(key)) return format(decimal(value))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([name, entry]) => [name, ordered(entry, name)]))
}
