import { formatCompared } from '../../../src/domain/core/metric-value.ts'
import { oneLine } from '../../../src/domain/core/text.ts'
import { askForSimilarMetric } from '../../../src/domain/gate/evaluation/logged-metrics.ts'
import type { Override, RunState, Verdict, VerdictReason } from '../../../src/domain/gate/verdict.ts'
import { describeCheck } from './criterion.ts'
import { describeEvidenceIssue } from './evidence.ts'
import { describeSelfTest, describeSelfTestFailure } from './self-tests.ts'

/** A verdict with its reason in words, on one line. */
export interface WordedVerdict extends Pick<Verdict, 'verdict' | 'final'> {
  reason: string
  /** Who overrode the gate, and why. */
  forced?: string
  /** The cause for the headline of the summary, as a clause about the candidate; undefined if the policy decided. */
  cause?: string
  /** What to fix if the gate could not evaluate the candidate at all. The step then fails, and nothing is recorded. */
  fix?: string
}

export function wordVerdict({ verdict, reason, final, isOverrideRefused }: Verdict): WordedVerdict {
  const text = describeReason(reason)
  return {
    verdict,
    reason: isOverrideRefused ? `${text} (force does not override this)` : text,
    final,
    ...(CAUSES[reason.kind] && { cause: CAUSES[reason.kind] }),
    ...(FIXES[reason.kind] && { fix: FIXES[reason.kind] }),
    ...(reason.kind === 'forced' && { forced: describeOverride(reason.by) }),
  }
}

const CAUSES: Partial<Record<VerdictReason['kind'], string>> = {
  run: 'its run did not finish',
  'unusable-model': 'its model cannot be loaded',
  quarantined: 'its files are in quarantine',
  'not-scored': 'it cannot be scored',
  'not-comparable': 'it has no value of the decisive metric',
  'same-files': 'its files are those of the champion',
}

const FIXES: Partial<Record<VerdictReason['kind'], string>> = {
  'self-tests': 'Fix the policy or the holdout.',
  'unknown-metrics': 'Fix the name in the policy, or log the metric in the training.',
}

function describeReason(reason: VerdictReason): string {
  if (reason.kind !== 'forced') return oneLine(wordReason(reason))
  const { by, overridden } = reason
  return `forced by ${describeOverride(by)}; overrides ${overridden.verdict}: ${describeReason(overridden.reason)}`
}

function describeOverride({ actor, reason }: Override): string {
  return oneLine(`${actor || 'unknown'}: ${reason}`)
}

function wordReason(reason: Exclude<VerdictReason, { kind: 'forced' }>): string {
  switch (reason.kind) {
    case 'run':
      return `the candidate's run ${describeRun(reason.run)}`
    case 'unusable-model':
      return reason.problem
    case 'quarantined':
      return `quarantined: ${reason.reason}`
    case 'untrusted-policy':
      return reason.reason
    case 'self-tests': {
      const failures = reason.failed.map(
        (test) => `${describeSelfTest(test)} (${describeSelfTestFailure(test)})`,
      )
      return `gate self-test failed: ${failures.join('; ')}`
    }
    case 'not-scored':
      return `the candidate cannot be scored: ${reason.error}`
    case 'unknown-metrics':
      return describeUnknownMetrics(reason.metrics, reason.logged)
    case 'not-comparable':
      return `the candidate's ${reason.metric} is ${reason.value}${reason.logged ? listMetrics(reason.logged) : ''}`
    case 'unclear-champion':
      return `the champion is ambiguous: ${reason.reason}`
    case 'same-files':
      return `the files are identical to those of champion ${reason.champion}: no improvement`
    case 'champion-run':
      return describeChampionRun(reason.champion, reason.run)
    case 'invalid-measurement':
      return reason.issues.join('; ')
    case 'no-evidence':
      return reason.issues.map(describeEvidenceIssue).join('; ')
    case 'not-measured':
      return 'nothing was measured'
    case 'no-criterion':
      return 'no criterion of the policy applies'
    case 'checks':
      return reason.checks.map(describeCheck).join('; ')
    case 'first-model': {
      const { metric, value, minValue } = reason
      const shown = formatCompared(
        value ?? Number.NaN,
        minValue === undefined ? Number.NaN : Number(minValue),
      )
      const limit = minValue === undefined ? 'no minimum is set' : `within the limit of ${minValue}`
      return `first model: nothing is in production; ${metric} is ${shown}, ${limit}`
    }
    case 'passed': {
      const { check, others } = reason
      const more = `; ${others} more ${others === 1 ? 'criterion passes' : 'criteria pass'}`
      return `${describeCheck(check)}${others === 0 ? '' : more}`
    }
  }
}

function describeRun(run: RunState): string {
  if (run === 'missing') return 'does not exist'
  if (run === 'deleted') return 'is deleted'
  if (run === 'RUNNING' || run === 'SCHEDULED') return `is still ${run}; re-run the gate when it is FINISHED`
  return `is ${run}, not FINISHED`
}

function describeChampionRun(champion: string, run: RunState): string {
  const subject = `the run of champion ${champion}`
  if (run !== 'missing' && run !== 'deleted') return `${subject} is ${run}, so its metrics do not count`
  return `${subject} ${describeRun(run)}: restore it, or promote with force and a reason`
}

function describeUnknownMetrics(metrics: readonly string[], logged: readonly string[]): string {
  const subjects = metrics.map((metric) => {
    const question = askForSimilarMetric(metric, logged)
    return question === '' ? metric : `${metric}, ${question}`
  })
  return `no run logged the metric that the policy names: ${subjects.join('; ')}${listMetrics(logged)}`
}

function listMetrics(names: readonly string[]): string {
  if (names.length === 0) return ' (the run logged no metric)'
  return ` (the run logged ${names.slice(0, 10).join(', ')}${names.length > 10 ? ', …' : ''})`
}
