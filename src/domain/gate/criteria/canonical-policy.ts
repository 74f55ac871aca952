import { formatDecimal, parseDecimal } from '../../core/decimal.ts'
import type { GatePolicy } from './gate-policy.ts'

/** Keys with a decimal text. */
const DECIMAL_KEYS = ['absolute', 'relative', 'minValue', 'floor', 'ceiling']

/** The same text for equal policies, whatever the notation of numbers and the order of keys and lists. */
export function canonicalizePolicy(policy: object): string {
  return JSON.stringify(sortDeep(policy))
}

/** The same for the criteria only. Policies that differ in sources, champion age or decision have the same text. */
export function canonicalizeCriteria({
  primary,
  comparison,
  guardrails,
  slices,
  statistics,
}: GatePolicy): string {
  return canonicalizePolicy({ primary, comparison, guardrails, slices, statistics })
}

function sortDeep(value: unknown, key = ''): unknown {
  // The order of guardrails, slices and their values has no meaning.
  if (Array.isArray(value)) return value.map((entry) => JSON.stringify(sortDeep(entry))).sort()
  if (typeof value === 'string' && DECIMAL_KEYS.includes(key)) return formatDecimal(parseDecimal(value))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([name, entry]) => [name, sortDeep(entry, name)]))
}
