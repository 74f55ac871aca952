import { toComparable } from '../core/metric-value.ts'
import type { GatePolicy } from './criteria/gate-policy.ts'
import { listLoggedMetrics } from './evaluation/logged-metrics.ts'
import type { Check, Evaluation, EvidenceIssue } from './evaluation/types.ts'
import type { SelfTest } from './self-test/self-tests.ts'

/** Status of an MLflow run; `deleted` and `missing` are not statuses of MLflow. */
export type RunState = 'FINISHED' | 'RUNNING' | 'SCHEDULED' | 'deleted' | 'missing' | (string & {})

export interface Candidate {
  run: RunState
  /** Why its model cannot be loaded; undefined if it can. */
  modelProblem: string | undefined
  /** The model may be fine: its files cannot be listed from here. */
  isModelUnverifiable?: boolean
  /** Why its files, under any version number, may not serve. */
  quarantineReason: string | undefined
  metrics: ReadonlyMap<string, number>
}

export type Champion =
  | { kind: 'none' }
  | { kind: 'unclear'; reason: string }
  | {
      kind: 'version'
      number: string
      run: RunState
      metrics: ReadonlyMap<string, number>
      sameFiles: boolean
    }

export interface VerdictInput {
  policy: GatePolicy
  candidate: Candidate
  champion: Champion
  /** Why the policy is not trusted; undefined if it is. */
  untrustedPolicyReason: string | undefined
  scoringError?: string | undefined
  /** Why the measurements are not valid, whatever their values. */
  validityIssues: readonly string[]
  evaluation?: Evaluation | undefined
}

export interface Verdict {
  verdict: 'promote' | 'reject' | 'inconclusive'
  reason: VerdictReason
  /** No override: there is nothing fit to serve, or the gate cannot be trusted. */
  final: boolean
  /** An override was asked for, but the verdict is final. */
  isOverrideRefused?: true
}

/** Why the gate decided so. A `problem`, an `error` and a `reason` are clauses of the caller. */
export type VerdictReason =
  /** The candidate's run is not FINISHED. */
  | { kind: 'run'; run: RunState }
  | { kind: 'unusable-model'; problem: string }
  | { kind: 'quarantined' | 'untrusted-policy' | 'unclear-champion'; reason: string }
  /** Self-tests of the gate failed, so no result counts. */
  | { kind: 'self-tests'; failed: readonly SelfTest[] }
  | { kind: 'not-scored'; error: string }
  /** Neither run logged these metrics of the policy, so the policy or the training is at fault, not the model. */
  | { kind: 'unknown-metrics'; metrics: readonly string[]; logged: readonly string[] }
  /** The candidate's metric is missing, NaN or infinite. */
  | { kind: 'not-comparable'; metric: string; value: string; logged: readonly string[] | undefined }
  | { kind: 'same-files'; champion: string }
  | { kind: 'champion-run'; champion: string; run: RunState }
  | { kind: 'invalid-measurement'; issues: readonly string[] }
  /** The comparison proves nothing, whatever its result. */
  | { kind: 'no-evidence'; issues: readonly EvidenceIssue[] }
  | { kind: 'first-model'; metric: string; value: number | undefined; minValue: string | undefined }
  | { kind: 'not-measured' | 'no-criterion' }
  /** The checks that failed or are inconclusive, the most important one first. */
  | { kind: 'checks'; checks: readonly Check[] }
  /** All checks passed: the most important one, and the number of the others. */
  | { kind: 'passed'; check: Check; others: number }
  | { kind: 'forced'; by: Override; overridden: Verdict }

export interface Override {
  actor: string
  reason: string
}

/**
 * Decides whether a candidate may replace the champion. Total: a missing, NaN, infinite or incomparable value never
 * promotes. Rejects if the candidate is at fault or a criterion fails; inconclusive if nothing is shown.
 */
export function decideVerdict(input: VerdictInput): Verdict {
  const { policy, candidate, champion, evaluation, validityIssues } = input
  const ineligible = checkCandidate(candidate)
  if (ineligible) return ineligible
  if (input.untrustedPolicyReason !== undefined)
    return inconclusive({ kind: 'untrusted-policy', reason: input.untrustedPolicyReason })
  const failed = evaluation?.selfTests.filter(({ passed }) => !passed) ?? []
  if (failed.length > 0) return inconclusive({ kind: 'self-tests', failed })
  if (input.scoringError !== undefined) return reject({ kind: 'not-scored', error: input.scoringError })
  const unknown = findUnknownMetrics(input)
  if (unknown.length > 0)
    return inconclusive({ kind: 'unknown-metrics', metrics: unknown, logged: [...candidate.metrics.keys()] })
  if (evaluation?.evaluationBasis === 'logged-metrics') {
    const { metric } = policy.primary
    const value = toComparable(candidate.metrics.get(metric))
    const logged = value === 'missing' ? [...candidate.metrics.keys()] : undefined
    if (typeof value === 'string') return reject({ kind: 'not-comparable', metric, value, logged })
  }
  const undecidable = evaluation?.issues.filter(({ blocks }) => blocks === 'verdict') ?? []
  if (undecidable.length > 0) return inconclusive({ kind: 'no-evidence', issues: undecidable })
  const missedLimit = evaluation?.checks.find(({ kind, result }) => kind === 'limit' && result === 'fail')
  if (missedLimit) return reject({ kind: 'checks', checks: [missedLimit] })
  if (champion.kind === 'unclear') return inconclusive({ kind: 'unclear-champion', reason: champion.reason })
  if (champion.kind === 'version') {
    const unusable = checkChampion(champion, input)
    if (unusable) return unusable
  }
  if (validityIssues.length > 0) return inconclusive({ kind: 'invalid-measurement', issues: validityIssues })
  return evaluation ? decideByChecks(input, evaluation) : inconclusive({ kind: 'not-measured' })
}

/** Metrics that the policy reads from the runs, but that neither the candidate nor the champion logged. */
function findUnknownMetrics({ policy, candidate, champion, evaluation }: VerdictInput): string[] {
  if (!evaluation || champion.kind === 'unclear') return []
  // A run that did not finish may not have logged everything.
  if (champion.kind === 'version' && champion.run !== 'FINISHED') return []
  const championMetrics = champion.kind === 'version' ? champion.metrics : candidate.metrics
  return listLoggedMetrics(policy, evaluation.evaluationBasis === 'paired')
    .map(({ metric }) => metric)
    .filter((metric) => !candidate.metrics.has(metric) && !championMetrics.has(metric))
}

/** All checks must pass: a failed one rejects, an inconclusive one leaves the verdict inconclusive. */
function decideByChecks({ policy, champion }: VerdictInput, evaluation: Evaluation): Verdict {
  const checks = sortByRank(evaluation.checks)
  const failed = checks.filter(({ result }) => result === 'fail')
  if (failed.length > 0) return reject({ kind: 'checks', checks: failed })
  const undecided = checks.filter(({ result }) => result === 'inconclusive')
  if (undecided.length > 0) return inconclusive({ kind: 'checks', checks: undecided })
  if (evaluation.issues.length > 0) return inconclusive({ kind: 'no-evidence', issues: evaluation.issues })
  const { metric, minValue } = policy.primary
  if (champion.kind === 'none')
    return promote({ kind: 'first-model', metric, value: evaluation.candidateValue, minValue })
  const [check, ...others] = checks
  // A policy without checks must not promote everything.
  if (!check) return inconclusive({ kind: 'no-criterion' })
  return promote({ kind: 'passed', check, others: others.length })
}

/** What makes a candidate unfit to serve, whatever is measured. An override does not apply. */
export function checkCandidate(candidate: Candidate): Verdict | undefined {
  const { run, modelProblem: problem, isModelUnverifiable, quarantineReason } = candidate
  if (run === 'RUNNING' || run === 'SCHEDULED') return inconclusive({ kind: 'run', run })
  if (run !== 'FINISHED') return reject({ kind: 'run', run })
  if (problem !== undefined && !isModelUnverifiable) return reject({ kind: 'unusable-model', problem })
  if (quarantineReason !== undefined) return reject({ kind: 'quarantined', reason: quarantineReason })
  return problem === undefined ? undefined : inconclusive({ kind: 'unusable-model', problem })
}

function checkChampion(
  { number, run, sameFiles }: Champion & { kind: 'version' },
  { policy, evaluation }: VerdictInput,
): Verdict | undefined {
  if (sameFiles && policy.comparison.kind === 'challenger')
    return reject({ kind: 'same-files', champion: number })
  // Paired predictions need no run, and fixed limits no champion.
  const needsRun = evaluation?.evaluationBasis === 'logged-metrics' && policy.comparison.kind !== 'threshold'
  if (!needsRun || run === 'FINISHED') return undefined
  return inconclusive({ kind: 'champion-run', champion: number, run })
}

/** The comparison with the champion is the most important check, a slice the least. */
function sortByRank(checks: readonly Check[]): Check[] {
  const ranks = ['primary', 'limit', 'anchor', 'guardrail', 'slice']
  return checks.toSorted((a, b) => ranks.indexOf(a.kind) - ranks.indexOf(b.kind))
}

/** Nothing is fit to serve, or the gate cannot be trusted. */
const FINAL_REASONS = ['run', 'unusable-model', 'quarantined', 'untrusted-policy', 'self-tests']

const createVerdict =
  (verdict: Verdict['verdict']) =>
  (reason: VerdictReason): Verdict => ({ verdict, reason, final: FINAL_REASONS.includes(reason.kind) })
const promote = createVerdict('promote')
const reject = createVerdict('reject')
const inconclusive = createVerdict('inconclusive')

/** Turns a verdict that is not final into a promotion that names the actor, the reason and the overridden verdict. */
export function applyOverride(verdict: Verdict, by: Override): Verdict {
  if (verdict.verdict === 'promote') return verdict
  if (verdict.final) return { ...verdict, isOverrideRefused: true }
  return promote({ kind: 'forced', by, overridden: verdict })
}
