import { figure } from '../metric-value.ts'
import type { Check } from './check.ts'
import { decoy, oracle } from './decoy.ts'
import { checkLimits, minValueLimits } from './limits.ts'
import { measure, type Question } from './measure.ts'
import { compareOnRows, primaryDemand } from './on-rows.ts'
import type { Predictions } from './rows.ts'
import { leastUnits, options, type RowsContest } from './rows-contest.ts'
import { anchorOnRows, guardrailsOnRows, slicesOnRows, unmeasured } from './rows-demands.ts'
import { type SelfTest, testLimits, testOnRows } from './self-test.ts'
import { problemWith, statisticNamed } from './statistics.ts'
import type { Trial } from './trial.ts'

/** Judges both models on the same rows, after the gate was tried on them with models whose answers are known. */
export function rowsTrial(contest: RowsContest): Trial {
  const { policy, scored } = contest
  const { primary } = policy
  const statistic = statisticNamed(primary.statistic ?? primary.metric)
  if (!statistic) throw new Error(`no statistic for ${primary.metric}: the policy should have been refused`)
  // What even the labels themselves cannot be measured by is the holdout's fault; the models' was told before.
  const problem = problemWith(statistic, scored.rows, oracle(scored.rows))
  if (problem !== undefined) return { ...nothing, checks: [unmeasured('primary', primary.metric, problem)] }
  const question: Question = { statistic, direction: primary.direction }
  const trial = scored.champion
    ? againstChampion(contest, question, scored.champion)
    : byItself(contest, question)
  const { units, ...told } = trial
  return {
    ...told,
    checks: [
      ...fixedLimits(contest, trial.candidateValue, units),
      ...trial.checks,
      ...anchorOnRows(contest, statistic),
      ...guardrailsOnRows(contest),
      ...slicesOnRows(contest, statistic),
    ],
  }
}

/** Limits are held against the value itself, which a few rows do not make. */
function fixedLimits(contest: RowsContest, value: number | undefined, units: number): Check[] {
  const { primary } = contest.policy
  const { least, unit } = leastUnits(contest)
  if (!Number.isFinite(value))
    return [unmeasured('primary', primary.metric, `it is ${value} on these rows, which is no value`)]
  if (units < least)
    return [
      unmeasured(
        'limit',
        primary.metric,
        `${units} ${unit} are fewer than the ${least} below which nothing is decided`,
      ),
    ]
  return checkLimits('limit', primary.metric, value, minValueLimits(primary))
}

const nothing: Trial & { units: number } = {
  units: 0,
  judgedOn: 'same-rows',
  checks: [],
  selfTests: [],
  notes: [],
  candidateValue: undefined,
  championValue: undefined,
}

function againstChampion(contest: RowsContest, question: Question, champion: Predictions): typeof nothing {
  const { policy, scored } = contest
  const { rows, candidate, seed } = scored
  const asked = primaryDemand(policy.comparison)
  if (!asked) return byItself(contest, question)
  const duel = {
    ...asked,
    ...leastUnits(contest),
    kind: 'primary' as const,
    subject: policy.primary.metric,
    measured: measure(rows, { candidate, champion }, question, options(contest)),
    first: 'candidate' as const,
    second: 'champion' as const,
    rival: contest.champion?.name ?? 'champion',
  }
  const { values } = duel.measured
  const gain = asked.boundary.boundary + asked.boundary.relative * Math.abs(values.champion)
  const target = values.champion + (question.direction === 'higher' ? gain : -gain)
  const bait = decoy(rows, candidate, question, target, seed)
  const known = {
    candidate,
    champion,
    // Another name for the same predictions, so that nothing is taken for granted of them.
    twin: { ...champion, digest: `twin of ${champion.digest}` },
    decoy: bait ?? champion,
    labels: oracle(rows),
  }
  const tried = { ...duel, measured: measure(rows, known, question, options(contest, 'self-test')) }
  const perfect = compareOnRows({ ...tried, first: 'labels' as const })
  return {
    ...nothing,
    checks: [compareOnRows(duel)],
    selfTests: [
      ...testOnRows(tried, bait !== undefined),
      ...limitTests(contest, tried.measured.values.labels),
    ],
    notes: [
      ...(bait ? [] : ['No decoy could be made: the predictions cannot be worsened any further.']),
      ...(perfect.result === 'undecided'
        ? [`With these rows not even perfect predictions could be let through: ${perfect.why}.`]
        : []),
      ...(bait ? blindLimits(contest, tried.measured.values.decoy) : []),
    ],
    units: duel.measured.units,
    candidateValue: values.candidate,
    championValue: values.champion,
  }
}

/** A first model, or one that is judged by fixed limits alone. */
function byItself(contest: RowsContest, question: Question): typeof nothing {
  const { rows, candidate } = contest.scored
  const systems = { candidate, labels: oracle(rows) }
  const { values, units } = measure(rows, systems, question, options(contest))
  return {
    ...nothing,
    units,
    selfTests: limitTests(contest, values.labels),
    notes: ['Only fixed limits were asked for: no champion is compared on these rows.'],
    candidateValue: values.candidate,
  }
}

function limitTests({ policy }: RowsContest, labels: number): SelfTest[] {
  const { minValue } = policy.primary
  return minValue === undefined ? [] : testLimits(policy.primary, minValue, labels)
}

/** A limit that a model passes although the gate would refuse it says nothing. */
function blindLimits({ policy: { primary } }: RowsContest, decoyed: number): string[] {
  const { minValue } = primary
  if (minValue === undefined) return []
  const [met] = checkLimits('limit', primary.metric, decoyed, minValueLimits(primary))
  return met?.result === 'holds'
    ? [
        `The limit ${minValue} cannot say no: a decoy that this gate refuses, ${primary.metric} ${figure(decoyed)}, is within it.`,
      ]
    : []
}
