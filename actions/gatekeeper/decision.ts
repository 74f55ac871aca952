import type { Count } from '../../src/domain/gate/judgements.ts'
import type { GatePolicy } from '../../src/domain/gate/policy.ts'
import type { Verdict } from '../../src/domain/verdict.ts'
import type { Seen } from './seen.ts'
import type { Tried } from './trying.ts'

/** What was decided, and everything that it rests on. */
export interface Decision {
  model: string
  policy: GatePolicy
  policyHash: string
  /** Nothing is written to MLflow. */
  dryRun: boolean
  seen: Seen
  tried: Tried
  verdict: Verdict & { forced?: string }
  /** What the champion's judgements add up to, with this one. */
  count: Count
  /** ISO time. */
  judgedAt: string
  runUrl: string
  /** Address of the MLflow server, for links. */
  server: string
}

/** Value of the metric that decides, as it was judged, or else as the run logged it. */
export function candidateValue({ policy, seen, tried }: Decision): number | undefined {
  return tried.trial?.candidateValue ?? seen.candidate.metrics.get(policy.primary.metric)
}

export function championValue({ policy, seen, tried }: Decision): number | undefined {
  const stored =
    seen.champion.kind === 'version' ? seen.champion.metrics.get(policy.primary.metric) : undefined
  return tried.trial?.championValue ?? stored
}

/** Number of the version that was judged against; "none" for a first model, undefined where it is unclear. */
export function championVersion({ seen: { champion } }: Decision): string | undefined {
  if (champion.kind === 'none') return 'none'
  return champion.kind === 'version' ? champion.number : undefined
}
