import { bare, type Check } from './check.ts'
import { checkLimits } from './limits.ts'
import { type Measured, measure, type Question } from './measure.ts'
import { compareOnRows, noWorseDemand } from './on-rows.ts'
import type { Guardrail, SliceRule } from './policy.ts'
import type { Coded, Predictions } from './rows.ts'
import { leastUnits, options, type RowsContest } from './rows-contest.ts'
import { problemWith, type Statistic, statisticNamed } from './statistics.ts'
import { storedGuardrail } from './stored-trial.ts'

/** How much worse the candidate is than the fixed version from which small steps are counted. */
export function anchorOnRows(contest: RowsContest, statistic: Statistic): Check[] {
  const { policy, scored, anchor } = contest
  const { comparison, primary } = policy
  if (comparison.kind !== 'refresh' || !comparison.anchor || !scored.anchor || !anchor) return []
  const systems = { candidate: scored.candidate, anchor: scored.anchor }
  const question = { statistic, direction: primary.direction }
  const measured = measure(scored.rows, systems, question, options(contest))
  return [
    compareOnRows({
      ...noWorseDemand(comparison.anchor.margin, 'anchor'),
      ...leastUnits(contest),
      kind: 'anchor',
      subject: primary.metric,
      measured,
      first: 'candidate',
      second: 'anchor',
      rival: anchor.name,
    }),
  ]
}

/** A guardrail that can be computed from the rows is; one that cannot, such as a latency, is read from the two runs. */
export function guardrailsOnRows(contest: RowsContest): Check[] {
  return contest.policy.guardrails.flatMap((rule) => {
    const statistic = rule.statistic === undefined ? undefined : statisticNamed(rule.statistic)
    return statistic
      ? guardrailOnRows(contest, rule, statistic)
      : storedGuardrail(rule, contest.candidate, contest.champion)
  })
}

function guardrailOnRows(contest: RowsContest, rule: Guardrail, statistic: Statistic): Check[] {
  const { rows, candidate, champion } = contest.scored
  const across = rule.across === undefined ? undefined : rows.columns.get(rule.across)
  const subject = rule.across === undefined ? rule.metric : `${rule.metric} gap across ${rule.across}`
  const problem = [candidate, champion]
    .map((each) => each && problemWith(statistic, rows, each))
    .find(Boolean)
  if (problem !== undefined) return [unmeasured('guardrail', subject, problem)]
  const question: Question = { statistic, direction: rule.direction, ...(across && { across }) }
  const compared = rule.maxRegression && champion
  const systems = { candidate, champion: compared ?? candidate }
  const measured = measure(rows, systems, question, options(contest))
  const value = measured.values.candidate
  if (!Number.isFinite(value)) return [unmeasured('guardrail', subject, `it is ${value} on these rows`)]
  const limits = checkLimits('guardrail', subject, value, rule)
  if (!compared || !contest.champion || !rule.maxRegression) return limits
  return [
    ...limits,
    compareOnRows({
      ...noWorseDemand(rule.maxRegression),
      ...leastUnits(contest),
      kind: 'guardrail',
      subject,
      measured,
      first: 'candidate',
      second: 'champion',
      rival: contest.champion.name,
    }),
  ]
}

/**
 * Every slice must hold, each by itself: a gate that is passed only by passing all of its tests needs no correction for
 * their number (an intersection-union test, Berger 1982).
 */
export function slicesOnRows(contest: RowsContest, statistic: Statistic): Check[] {
  const { champion } = contest.scored
  if (!champion || !contest.champion) return []
  const rivals = { champion, name: contest.champion.name }
  return contest.policy.slices.flatMap((rule) => {
    const column = contest.scored.rows.columns.get(rule.column)
    if (!column) throw new Error(`no column ${rule.column}: the holdout should have been refused`)
    const names = rule.values ?? column.names
    return names.map((name) => sliceOnRows(contest, statistic, rule, column, name, rivals))
  })
}

function sliceOnRows(
  contest: RowsContest,
  statistic: Statistic,
  rule: SliceRule,
  column: Coded,
  name: string,
  rival: { champion: Predictions; name: string },
): Check {
  const { policy, scored } = contest
  const subject = `${policy.primary.metric} where ${rule.column} is ${name}`
  const subset = rowsOf(column, name)
  if (subset.length === 0) return unmeasured('slice', subject, 'the holdout has no such row')
  const question = { statistic, direction: policy.primary.direction, subset }
  const systems = { candidate: scored.candidate, champion: rival.champion }
  const measured = measure(scored.rows, systems, question, options(contest))
  if (!Number.isFinite(measured.values.candidate) || !Number.isFinite(measured.values.champion))
    return tolerated(unmeasured('slice', subject, `${statistic.name} has no value there`), measured, rule)
  const check = compareOnRows({
    ...noWorseDemand(rule.maxRegression),
    ...leastUnits(contest),
    // A plain proportion says what few rows can show; a bootstrap of few rows does not.
    ...(statistic.proportion && !scored.rows.groups && { least: 0 }),
    kind: 'slice',
    subject,
    measured,
    first: 'candidate',
    second: 'champion',
    rival: rival.name,
  })
  return tolerated(check, measured, rule)
}

/** A slice that is too small to show that no harm is done blocks only where harm is shown. */
function tolerated(check: Check, { units }: Measured<string>, { minSamples }: SliceRule): Check {
  if (check.result !== 'undecided' || units >= minSamples) return check
  return {
    ...check,
    result: 'holds',
    why: `${check.subject}: ${units} of the ${minSamples} asked for, too few to tell; no harm is shown`,
  }
}

export function unmeasured(kind: Check['kind'], subject: string, why: string): Check {
  return {
    ...bare,
    kind,
    subject,
    candidate: undefined,
    limit: 'to be measured',
    result: 'undecided',
    why: `${subject} cannot be judged: ${why}`,
  }
}

function rowsOf({ codes, names }: Coded, name: string): Int32Array {
  const code = names.indexOf(name)
  const found: number[] = []
  for (let row = 0; row < codes.length; row += 1) if (codes[row] === code) found.push(row)
  return Int32Array.from(found)
}
