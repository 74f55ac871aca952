import { measured } from '../metric-value.ts'
import type { Check } from './check.ts'
import { against } from './interval.ts'
import { checkLimits, minValueLimits } from './limits.ts'
import { primaryBoundary } from './margin.ts'
import { inWords } from './on-rows.ts'
import type { Guardrail } from './policy.ts'
import { statisticNamed } from './statistics.ts'
import { compareStored, type Rival } from './stored.ts'
import { testStored } from './stored-self-test.ts'
import type { Contest, Model, Trial } from './trial.ts'
import { unpairedProportions } from './unpaired.ts'

/** Judges by the values that the runs logged. They say nothing of chance, unless it is known how many rows are behind them. */
export function storedTrial(contest: Contest): Trial {
  const { policy, candidate, champion } = contest
  const { metric } = policy.primary
  const primary = comparePrimary(contest)
  return {
    judgedOn: 'stored-values',
    checks: [
      ...checkLimits('limit', metric, candidate.metrics.get(metric), minValueLimits(policy.primary)),
      ...(primary ? [primary] : []),
      ...storedAnchor(contest),
      ...policy.guardrails.flatMap((rule) => storedGuardrail(rule, candidate, champion)),
    ],
    selfTests: testStored(contest, (own, theirs) => comparePrimary(withValues(contest, own, theirs))?.result),
    notes: [
      primary?.change
        ? 'The two were not tested on the same rows. The interval is one for two samples of their own, which is weaker than a paired one.'
        : 'Judged by the values that the runs logged: not tested on the same rows, so chance is not accounted for.',
    ],
    candidateValue: candidate.metrics.get(metric),
    championValue: champion?.metrics.get(metric),
  }
}

/** Limits, and how far from the champion, by what the two runs logged. */
export function storedGuardrail(rule: Guardrail, candidate: Model, champion: Model | undefined): Check[] {
  const own = candidate.metrics.get(rule.metric)
  const { maxRegression: most } = rule
  return [
    ...checkLimits('guardrail', rule.metric, own, rule),
    ...(champion && most
      ? [compareStored('guardrail', rule, own, rivalOf(champion, rule.metric), { most })]
      : []),
  ]
}

function storedAnchor({ policy: { primary, comparison }, candidate, anchor }: Contest): Check[] {
  if (!anchor || comparison.kind !== 'refresh' || !comparison.anchor) return []
  const own = candidate.metrics.get(primary.metric)
  const asked = { most: comparison.anchor.margin }
  return [compareStored('anchor', primary, own, rivalOf(anchor, primary.metric), asked)]
}

function comparePrimary(contest: Contest): Check | undefined {
  const { primary, comparison } = contest.policy
  if (!contest.champion || comparison.kind === 'threshold') return undefined
  const own = contest.candidate.metrics.get(primary.metric)
  const check = compareStored('primary', primary, own, rivalOf(contest.champion, primary.metric), {
    comparison,
  })
  return withInterval(check, contest)
}

/** A proportion of a known number of rows has an interval, also where nobody has the rows. */
function withInterval(check: Check, { policy, storedRows: rows }: Contest): Check {
  const { primary, comparison, statistics } = policy
  const asked = primaryBoundary(comparison)
  const [own, theirs] = [measured(check.candidate), measured(check.rival)]
  const isProportion = statisticNamed(primary.statistic ?? '')?.proportion === true
  if (rows === undefined || asked?.relative !== 0 || !isProportion) return check
  if (!isShare(own) || !isShare(theirs)) return check
  const [better, worse] = primary.direction === 'higher' ? [own, theirs] : [theirs, own]
  const change = unpairedProportions({ value: better, rows }, { value: worse, rows }, statistics.confidence)
  const state = against(change, asked.boundary)
  return {
    ...check,
    change,
    boundary: asked.boundary,
    result: state === 'above' ? 'holds' : state === 'below' ? 'fails' : 'undecided',
    why: `${check.why} (${inWords(change)}, by two samples of ${rows} rows that may not be the same); asked for: ${check.limit}`,
  }
}

/** The same question about other values. */
function withValues(contest: Contest, own: number, theirs: number): Contest {
  const { metric } = contest.policy.primary
  const valued = (model: Model, value: number) => ({ ...model, metrics: new Map([[metric, value]]) })
  const { candidate, champion } = contest
  return {
    ...contest,
    candidate: valued(candidate, own),
    champion: champion && valued(champion, theirs),
  }
}

function isShare(value: number | string): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1
}

function rivalOf({ name, metrics }: Model, metric: string): Rival {
  return { name, value: metrics.get(metric) }
}
