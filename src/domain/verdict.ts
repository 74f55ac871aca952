import { compare, decimal, format, subtract } from './decimal.ts'
import { isInfinite } from './metric-value.ts'
import { oneLine } from './one-line.ts'
import type { Policy } from './policy.ts'

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
  /** The metric's value; undefined where it was not logged. */
  value: number | undefined
  /** Names of the metrics that were logged, to help with a wrong name. */
  metrics: readonly string[]
}

export type Champion =
  | { kind: 'none' }
  | { kind: 'unclear'; why: string }
  | { kind: 'version'; number: string; run: RunState; value: number | undefined }

export interface Verdict {
  verdict: 'promote' | 'reject' | 'inconclusive'
  /** One line. */
  reason: string
  /** Nobody may override it: there is nothing fit to serve. */
  final: boolean
}

/**
 * Whether a candidate may replace the champion. Reject where the candidate is at fault, inconclusive where the two
 * cannot be compared; whatever is missing, NaN or infinite never means yes. The candidate must be strictly better, and
 * by at least `minImprovement`, in exact decimals.
 */
export function judge(candidate: Candidate, champion: Champion, policy: Policy): Verdict {
  const unfit = unfitness(candidate)
  if (unfit) return unfit
  const { metric } = policy
  const value = measured(candidate.value)
  if (typeof value === 'string') {
    const logged = candidate.value === undefined ? ` (${logs(candidate.metrics)})` : ''
    return reject(`the candidate's ${metric} is ${value}${logged}`)
  }
  const floor = policy.minValue
  if (floor !== undefined && isBetter(policy, decimal(floor), decimal(value))) {
    const word = policy.direction === 'higher' ? 'below the minimum' : 'above the maximum'
    return reject(`${metric} ${value} is ${word} of ${floor}`)
  }
  switch (champion.kind) {
    case 'unclear':
      return inconclusive(`there is a champion to beat, but which one is unclear: ${champion.why}`)
    case 'none':
      return promote(`first model: nothing is in production, and ${metric} is ${value}${floorMet(floor)}`)
    case 'version':
      return against(champion, value, policy)
  }
}

function against(champion: Champion & { kind: 'version' }, value: number, policy: Policy): Verdict {
  const { metric, direction, minImprovement } = policy
  const name = `champion ${champion.number}`
  if (champion.run === 'missing' || champion.run === 'deleted')
    return inconclusive(
      `the run of ${name} is ${champion.run === 'deleted' ? 'deleted' : 'gone'}: restore it, or promote with force and a reason`,
    )
  if (champion.run !== 'FINISHED')
    return inconclusive(`the run of ${name} is ${champion.run}, so its metrics prove nothing`)
  const rival = measured(champion.value)
  if (typeof rival === 'string')
    return inconclusive(
      `${metric} of ${name} is ${rival}: log it on the champion's run, or promote with force and a reason`,
    )
  const [high, low] = direction === 'higher' ? [value, rival] : [rival, value]
  const gain = subtract(decimal(high), decimal(low))
  const said = `${metric} ${value} against ${rival} of ${name}`
  if (gain.digits === 0n) return reject(`${said}: equal, which is no improvement`)
  if (gain.digits < 0n) return reject(`${said}: worse by ${format({ ...gain, digits: -gain.digits })}`)
  if (compare(gain, decimal(minImprovement)) < 0)
    return reject(`${said}: better by ${format(gain)}, and at least ${minImprovement} is asked for`)
  return promote(
    `${said}: better by ${format(gain)}${Number(minImprovement) === 0 ? '' : `, at least ${minImprovement} asked for`}`,
  )
}

function unfitness({ run, modelProblem, modelUnseen, quarantined }: Candidate): Verdict | undefined {
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

/** The value as a number that may be compared, or in words why it may not. */
function measured(value: number | undefined): number | string {
  if (value === undefined) return 'missing'
  if (Number.isNaN(value)) return 'NaN'
  return isInfinite(value) ? 'infinite' : value
}

/** Whether a is strictly better than b. */
function isBetter(
  { direction }: Policy,
  a: ReturnType<typeof decimal>,
  b: ReturnType<typeof decimal>,
): boolean {
  return direction === 'higher' ? compare(a, b) > 0 : compare(a, b) < 0
}

function floorMet(floor: string | undefined): string {
  return floor === undefined ? ' (no min-value asked for)' : `, within ${floor}`
}

function logs(metrics: readonly string[]): string {
  const some = metrics.slice(0, 10).join(', ')
  return some === ''
    ? 'the run logged no metric'
    : `the run logged ${some}${metrics.length > 10 ? ', …' : ''}`
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
