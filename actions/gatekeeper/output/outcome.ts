import { UserError } from '../../../src/domain/core/errors.ts'
import type { Check } from '../../../src/domain/gate/evaluation/types.ts'
import type { Outcome } from '../../../src/runtime/action.ts'
import type { Context } from '../../../src/runtime/context.ts'
import type { Inputs } from '../../../src/runtime/contract.ts'
import type { contract } from '../contract.ts'
import {
  buildReport,
  candidateValue,
  championValue,
  championVersion,
  type Decision,
  writeReport,
} from './report.ts'
import { renderSummary } from './summary.ts'

/** Builds outputs, report and job summary. The step fails only if the user asked for that or a self-test failed. */
export function buildOutcome(
  inputs: Inputs<typeof contract>,
  context: Context,
  decision: Decision,
  version: string | undefined,
): Outcome<typeof contract> {
  const { verdict, counts, result, dryRun, gateContext } = decision
  const isInconclusive = verdict.verdict === 'inconclusive'
  const required = isInconclusive ? findRequiredSampleSize(result.evaluation?.checks ?? []) : undefined
  const maxReached = counts.consecutiveRejections >= gateContext.policy.decision.maxRejections
  const outputs = {
    verdict: verdict.verdict,
    promote: verdict.verdict === 'promote' && !dryRun ? ('true' as const) : ('false' as const),
    'model-version': version ?? '',
    'champion-version': championVersion(decision) ?? '',
    'candidate-value': String(candidateValue(decision) ?? ''),
    'champion-value': String(championValue(decision) ?? ''),
    reason: verdict.reason,
    report: writeReport(buildReport(decision, version), context.temp),
    'evaluation-basis': result.evaluation?.evaluationBasis ?? ('none' as const),
    'required-sample-size': required ? String(Math.ceil(required.size)) : '',
    'required-sample-size-unit': required?.unit ?? '',
    'consecutive-rejections': String(counts.consecutiveRejections),
    'max-rejections-reached': maxReached ? ('true' as const) : ('false' as const),
  }
  context.log.info(`${verdict.verdict}: ${verdict.reason}`)
  const age = result.championAgeDays === undefined ? '' : ` (${result.championAgeDays} days old)`
  if (maxReached)
    context.log.warning(
      `${counts.consecutiveRejections} consecutive candidates were not promoted against champion ${championVersion(decision)}${age}. Either the training no longer improves, or the policy is too strict. Check the gate reports.`,
    )
  const summary = renderSummary(decision, version)
  const failure = getStepFailure(inputs, decision)
  return failure ? { outputs, summary, failure } : { outputs, summary }
}

/**
 * The size of the holdout that would decide all undecided checks, in the unit of the first of them, the most important one. A
 * slice needs its size of its own share of the holdout.
 */
function findRequiredSampleSize(checks: readonly Check[]): { size: number; unit: string } | undefined {
  const measured = checks.flatMap(({ finding, change, ...check }) =>
    finding.kind === 'same-rows' && change ? [{ ...check, unit: finding.unit, units: change.units }] : [],
  )
  const needed = measured.flatMap(({ result, requiredSampleSize, unit, units, subject }) => {
    if (result !== 'inconclusive' || requiredSampleSize === undefined) return []
    const all = Math.max(...measured.filter((other) => other.unit === unit).map((other) => other.units))
    return [{ unit, size: subject.slice ? (requiredSampleSize * all) / units : requiredSampleSize }]
  })
  const [first] = needed
  if (!first) return undefined
  const sizes = needed.filter(({ unit }) => unit === first.unit).map(({ size }) => size)
  return { unit: first.unit, size: Math.max(...sizes) }
}

function getStepFailure(inputs: Inputs<typeof contract>, { verdict, gateContext: { policy } }: Decision) {
  const text = `Verdict ${verdict.verdict}: ${verdict.reason}.`
  if (verdict.fix !== undefined) return new UserError(`${text} ${verdict.fix} No verdict was recorded.`)
  if (verdict.verdict === 'promote') return undefined
  if (inputs['on-reject'] === 'fail')
    return new UserError(`${text} The step fails because on-reject is fail.`)
  return verdict.verdict === 'inconclusive' && policy.decision.onInconclusive === 'fail'
    ? new UserError(`${text} The step fails because the policy sets on_inconclusive: fail.`)
    : undefined
}
