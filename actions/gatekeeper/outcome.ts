import { UserError } from '../../src/domain/failure.ts'
import type { Outcome } from '../../src/runtime/action.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import type { contract } from './contract.ts'
import { candidateValue, championValue, championVersion, type Decision } from './decision.ts'
import { reportOf, writeReport } from './report.ts'
import { summary } from './summary.ts'

/** Outputs, report and job page of a decision; red only where the user asked for that, or the gate is broken. */
export function conclude(
  inputs: Inputs<typeof contract>,
  context: Context,
  decision: Decision,
  version: string | undefined,
): Outcome<typeof contract> {
  const { verdict, count, policy, tried, dryRun } = decision
  const goes = verdict.verdict === 'promote' && !dryRun
  const isOpen = verdict.verdict === 'inconclusive'
  const open = isOpen ? (tried.trial?.checks.flatMap(({ unitsNeeded }) => unitsNeeded ?? []) ?? []) : []
  const tooMany = count.refusedInARow >= policy.decision.maxRejections
  const outputs = {
    verdict: verdict.verdict,
    promote: goes ? ('true' as const) : ('false' as const),
    'model-version': version ?? '',
    'champion-version': championVersion(decision) ?? '',
    'candidate-value': text(candidateValue(decision)),
    'champion-value': text(championValue(decision)),
    reason: verdict.reason,
    report: writeReport(reportOf(decision, version), context.temp),
    'judged-on': tried.trial?.judgedOn ?? ('nothing' as const),
    'rows-needed': open.length > 0 ? String(Math.ceil(Math.max(...open))) : '',
    'consecutive-rejections': String(count.refusedInARow),
    'max-rejections-reached': tooMany ? ('true' as const) : ('false' as const),
  }
  context.log.info(`${verdict.verdict}: ${verdict.reason}`)
  if (tooMany)
    context.log.warning(
      `${count.refusedInARow} candidates in a row were not let through against champion ${championVersion(decision)}${age(tried.championAge)}. Either the training no longer finds anything better, or the policy asks for too much: look at the reports before the next one.`,
    )
  const page = summary(decision, version)
  const failure = redBecause(inputs, decision)
  return failure ? { outputs, summary: page, failure } : { outputs, summary: page }
}

function redBecause(inputs: Inputs<typeof contract>, { verdict, policy }: Decision): UserError | undefined {
  const said = `The gate says ${verdict.verdict}: ${verdict.reason}.`
  if (verdict.broken) return new UserError(`${said} Mend the policy or the holdout; nothing was decided.`)
  if (verdict.verdict === 'promote') return undefined
  if (inputs['on-reject'] === 'fail')
    return new UserError(`${said} The step is red because on-reject is fail.`)
  return verdict.verdict === 'inconclusive' && policy.decision.onInconclusive === 'fail'
    ? new UserError(`${said} The step is red because the policy says on_inconclusive: fail.`)
    : undefined
}

function age(days: number | undefined): string {
  return days === undefined ? '' : `, which is ${days} days old`
}

function text(value: number | undefined): string {
  return value === undefined ? '' : String(value)
}
