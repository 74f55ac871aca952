import type { Interval } from './interval.ts'

/** One demand of the policy and what became of it: a line of the report, and a part of the verdict. */
export interface Check {
  kind: 'primary' | 'limit' | 'anchor' | 'guardrail' | 'slice'
  /** "accuracy", "accuracy where country is DE", "p95_latency_ms". */
  subject: string
  candidate: number | undefined
  /** The value that it is held against: the champion's, or the anchor's. */
  rival: number | undefined
  /** How much better the candidate is; only where that was more than two numbers to subtract. */
  change: Interval | undefined
  /** Where that change passes from failing to holding, in the same unit and direction. */
  boundary: number | undefined
  /** "better by at least 0.005", "at least 0.8". */
  limit: string
  result: 'holds' | 'fails' | 'undecided'
  /** A clause that a reason can be made of. */
  why: string
  /** Rows (or groups) that would decide an undecided one. */
  unitsNeeded: number | undefined
}

/** Fields of a check that has neither an interval nor a rival, to be spread under the others. */
export const bare = {
  rival: undefined,
  change: undefined,
  boundary: undefined,
  unitsNeeded: undefined,
} as const
