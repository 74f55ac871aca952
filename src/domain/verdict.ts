import type { Check } from './gate/check.ts'
import type { GatePolicy } from './gate/policy.ts'
import type { Trial } from './gate/trial.ts'
import { measured } from './metric-value.ts'
import { oneLine } from './one-line.ts'

/** A run of MLflow as evidence: its status, or that it is gone. */
export type RunState =
  | 'FINISHED'
  | 'RUNNING'
  | 'SCHEDULED'
  | 'FAILED'
  | 'KILLED'
  | 'deleted'
  | 'missing'
  | (string & {})

export interface Candidate {
  run: RunState
  /** What stands against loading its model; undefined where it can be loaded. */
  modelProblem: string | undefined
  /** That problem is not the model's: nobody here can look at its files. */
  modelUnseen?: boolean
  /** Why these files, under whatever number, may not serve. */
  quarantined: string | undefined
  /** What its run logged. */
  metrics: ReadonlyMap<string, number>
}

export type Champion =
  | { kind: 'none' }
  | { kind: 'unclear'; why: string }
  | {
      kind: 'version'
      number: string
      run: RunState
      metrics: ReadonlyMap<string, number>
      /** Whether its files are the candidate's, byte for byte. */
      sameFiles: boolean
    }

/** Everything that a verdict rests on. */
export interface Evidence {
  policy: GatePolicy
  candidate: Candidate
  champion: Champion
  /** Why the policy itself counts for nothing; undefined where it counts. */
  voidPolicy: string | undefined
  /** Why the candidate could not be scored on the rows, where it was to be. */
  unscored: string | undefined
  /** Why what was measured proves nothing, whatever the values. */
  doubts: readonly string[]
  /** Undefined where nothing was measured, since something else stands against the candidate. */
  trial: Trial | undefined
}

export interface Verdict {
  verdict: 'promote' | 'reject' | 'inconclusive'
  /** One line. */
  reason: string
  /** Nobody may override it: there is nothing fit to serve. */
  final: boolean
  /** The gate failed a question whose answer is known, and so judged nothing. */
  broken?: boolean
}

/**
 * Whether a candidate may replace the champion. Total: whatever is missing, NaN, infinite or not comparable never means
 * yes. Reject where the candidate is at fault or shown not to meet a demand, inconclusive where nothing is shown.
 */
export function judge(evidence: Evidence): Verdict {
  const { policy, candidate, champion, voidPolicy, unscored, doubts, trial } = evidence
  const unfit = unfitness(candidate)
  if (unfit) return unfit
  if (voidPolicy !== undefined) return { ...inconclusive(voidPolicy), final: true }
  const failed = trial?.selfTests.filter(({ passed }) => !passed) ?? []
  if (failed.length > 0) {
    const said = failed.map((test) => `asked whether ${test.name}: ${test.said}`).join('; ')
    return { ...inconclusive(`the gate is broken and judged nothing: ${said}`), final: true, broken: true }
  }
  if (unscored !== undefined) return reject(`the candidate cannot be scored: ${unscored}`)
  const { metric } = policy.primary
  if (trial?.judgedOn === 'stored-values') {
    const value = measured(candidate.metrics.get(metric))
    if (typeof value === 'string')
      return reject(`the candidate's ${metric} is ${value}${value === 'missing' ? logged(candidate) : ''}`)
  }
  const beyond = trial?.checks.find(({ kind, result }) => kind === 'limit' && result === 'fails')
  if (beyond) return reject(beyond.why)
  if (champion.kind === 'unclear')
    return inconclusive(`there is a champion to beat, but which one is unclear: ${champion.why}`)
  if (champion.kind === 'version') {
    const unusable = unfitChampion(champion, evidence)
    if (unusable) return unusable
  }
  if (!trial || doubts.length > 0) return inconclusive(doubts.join('; ') || 'nothing could be measured')
  return byChecks(evidence, trial)
}

/** Every demand must hold: one that is shown to fail rejects, and one that nobody can tell leaves it open. */
function byChecks({ policy, champion }: Evidence, { checks, candidateValue }: Trial): Verdict {
  const failing = checks.filter(({ result }) => result === 'fails')
  if (failing.length > 0) return reject(whys(failing))
  const open = checks.filter(({ result }) => result === 'undecided')
  if (open.length > 0) return inconclusive(whys(open))
  const { metric, minValue } = policy.primary
  if (champion.kind === 'none') {
    const floor = minValue === undefined ? ' (no min-value asked for)' : `, within ${minValue}`
    return promote(`first model: nothing is in production, and ${metric} is ${candidateValue}${floor}`)
  }
  const [decisive] = [...checks].sort((a, b) => rank(a) - rank(b))
  // Without a single demand anything would pass.
  if (!decisive) return inconclusive('the policy asks nothing that could be answered here')
  const others = checks.length - 1
  const also = others === 0 ? '' : `; ${others} more ${others === 1 ? 'demand holds' : 'demands hold'}`
  return promote(`${decisive.why}${also}`)
}

/** What no measurement can mend, and force cannot override: there is nothing fit to serve. */
export function unfitness({ run, modelProblem, modelUnseen, quarantined }: Candidate): Verdict | undefined {
  if (run === 'missing') return { ...reject('the candidate has no run, or it is gone'), final: true }
  if (run === 'deleted') return { ...reject("the candidate's run is deleted"), final: true }
  if (run === 'RUNNING' || run === 'SCHEDULED')
    return {
      ...inconclusive(`the candidate's run is still ${run}: judge it when it is FINISHED`),
      final: true,
    }
  if (run !== 'FINISHED') return { ...reject(`the candidate's run is ${run}, not FINISHED`), final: true }
  if (modelProblem !== undefined && !modelUnseen) return { ...reject(modelProblem), final: true }
  if (quarantined !== undefined) return { ...reject(`quarantined: ${quarantined}`), final: true }
  if (modelProblem !== undefined) return { ...inconclusive(modelProblem), final: true }
  return undefined
}

function unfitChampion(champion: Champion & { kind: 'version' }, evidence: Evidence): Verdict | undefined {
  const { policy, trial } = evidence
  const name = `champion ${champion.number}`
  if (champion.sameFiles && policy.comparison.kind === 'challenger')
    return reject(`the files are those of ${name}, byte for byte: equal, which is no improvement`)
  // Rows need no run, and fixed limits no champion.
  if (trial?.judgedOn !== 'stored-values' || policy.comparison.kind === 'threshold') return undefined
  if (champion.run === 'missing' || champion.run === 'deleted')
    return inconclusive(
      `the run of ${name} is ${champion.run === 'deleted' ? 'deleted' : 'gone'}: restore it, or promote with force and a reason`,
    )
  if (champion.run !== 'FINISHED')
    return inconclusive(`the run of ${name} is ${champion.run}, so its metrics prove nothing`)
  return undefined
}

/** The demand that is about the champion tells most, and a slice least. */
function rank({ kind }: Check): number {
  return ['primary', 'limit', 'anchor', 'guardrail', 'slice'].indexOf(kind)
}

function whys(checks: readonly Check[]): string {
  return [...checks]
    .sort((a, b) => rank(a) - rank(b))
    .map(({ why }) => why)
    .join('; ')
}

function logged({ metrics }: Candidate): string {
  const names = [...metrics.keys()]
  if (names.length === 0) return ' (the run logged no metric)'
  return ` (the run logged ${names.slice(0, 10).join(', ')}${names.length > 10 ? ', …' : ''})`
}

const decided =
  (verdict: Verdict['verdict']) =>
  (reason: string): Verdict => ({ verdict, reason: oneLine(reason), final: false })
const promote = decided('promote')
const reject = decided('reject')
const inconclusive = decided('inconclusive')

/** A person's override: turns a verdict that is not final into a promotion that says who, why, and what the gate said. */
export function overridden(
  verdict: Verdict,
  by: { actor: string; reason: string },
): Verdict & { forced?: string } {
  if (verdict.verdict === 'promote') return verdict
  if (verdict.final) return { ...verdict, reason: `${verdict.reason} (force does not override this)` }
  const forced = oneLine(`${by.actor || 'unknown'}: ${by.reason}`)
  const reason = `forced by ${forced}; the gate said ${verdict.verdict}: ${verdict.reason}`
  return { verdict: 'promote', reason, final: false, forced }
}
