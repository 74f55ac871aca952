import { formatValue } from '../../../src/domain/core/metric-value.ts'
import type { Criterion } from '../../../src/domain/gate/criteria/criterion.ts'
import type {
  ChanceComparison,
  ChanceProblem,
  EvidenceIssue,
  LoggedProblem,
  NoNegativeControlProblem,
  NumberSpan,
  OtherRangeProblem,
  UnreachableProblem,
} from '../../../src/domain/gate/evaluation/types.ts'
import { quote } from '../../../src/domain/table/messages.ts'

/** Why a comparison proves nothing, as a clause. */
export function describeEvidenceIssue({ problem, metric, baselineName }: EvidenceIssue): string {
  switch (problem.kind) {
    case 'no-negative-control':
      return `${metric}: ${describeMissingControl(problem, baselineName)}`
    case 'unreachable-improvement':
      return `${metric}: ${describeUnreachable(problem, baselineName)}`
    case 'identical-predictions':
      return `${metric}: ${IDENTICAL}. ${IDENTICAL_FIX}`
    case 'swapped-predictions':
    case 'lost-champion':
      return `${metric}: ${describeLoggedProblem(problem)}`
    default: {
      const text = `${metric}: ${describeEvidenceProblem(problem)}`
      const fix = 'If the champion is really that bad, promote with force and a reason'
      return problem.candidate === undefined ? `${text}. Until then the two are incomparable. ${fix}` : text
    }
  }
}

/** Two models with the same predictions, as a clause. */
export const IDENTICAL =
  'the predictions of both models are identical on every row. Are they of two models? A script must read the model in MODEL_URI'
const IDENTICAL_FIX =
  'If both models really give the same classes, write columns proba_<class> as well, which differ; otherwise promote with force and a reason'

function describeLoggedProblem(problem: LoggedProblem): string {
  if (problem.kind === 'lost-champion') {
    const { value, logged } = problem.champion
    return `the predictions of the champion know nothing about these rows (${formatValue(value)}), although its run logged ${formatValue(logged)}. They may be those of other rows or of another model: compare the ids. Until then the two are incomparable. If the champion is really that bad now, promote with force and a reason`
  }
  const { candidate, champion } = problem
  return `the predictions of the two models look swapped: they give ${formatValue(candidate.value)} for the candidate and ${formatValue(champion.value)} for the champion, but the run of the candidate logged ${formatValue(candidate.logged)}, and that of the champion ${formatValue(champion.logged)}. Check which file or artifact belongs to which model. If they are right, the runs logged these values on other data: promote with force and a reason`
}

function describeUnreachable(
  { criterion, best, champion }: UnreachableProblem,
  baselineName: string,
): string {
  return `no candidate can pass: ${baselineName} has ${formatValue(champion)}, the best possible value is ${formatValue(best)}, and min_improvement is ${formatSize(criterion)}. Relax it: an absolute amount is in the unit of the metric, such as 0.005 for half a percentage point, and a relative one is a share, such as 0.05 for 5 %`
}

function formatSize({ amount }: Criterion): string {
  return 'absolute' in amount ? amount.absolute : `${amount.relative} of its value`
}

function describeMissingControl(
  { criterion, champion }: NoNegativeControlProblem,
  baselineName: string,
): string {
  const key = criterion.kind === 'min-improvement' ? 'min_improvement' : 'margin'
  return `no negative control can be made, so nothing shows that a bad model would fail: not even predictions with every row perturbed miss ${key} ${formatSize(criterion)} against ${formatValue(champion)} of ${baselineName}`
}

/** Why the values or predictions of the models are no evidence, as a clause. */
export function describeEvidenceProblem(problem: ChanceProblem | OtherRangeProblem): string {
  return problem.kind === 'other-range' ? describeOtherRange(problem) : describeChance(problem)
}

const FIXES: Readonly<Record<ChanceProblem['predicts'], string>> = {
  classes: 'The classes may be swapped, or another encoding: write them as the labels have them',
  scores:
    'The scores may be upside down, those of another class: higher must mean more likely the positive class',
  probabilities:
    'The probabilities may be those of another class, or badly calibrated: write those of the positive class, or a column proba_<class> for each',
  numbers:
    'The signs may be flipped, or the predictions may be in another unit or those of other rows: compare the ids',
  ranks: 'The scores or the relevances may be upside down: higher must mean more relevant',
}

function describeChance({ kind, predicts, candidate, champion, positive }: ChanceProblem): string {
  const baseline = predicts === 'numbers' ? 'a constant' : 'chance'
  const models = [
    ...(candidate ? [`${formatLevel(candidate, baseline)} of the candidate`] : []),
    ...(champion ? [`${formatLevel(champion, baseline)} of the champion`] : []),
  ]
  const values = `${models.join(' and ')} ${models.length > 1 ? 'are' : 'is'}`
  if (kind === 'no-better-than-chance') {
    const level =
      models.length > 1
        ? 'no better than chance, so the comparison is no evidence'
        : 'not clearly better than chance'
    return `${values} ${level}. Check the labels and the predictions`
  }
  const named = positive === undefined ? '' : ` (holdout.positive: ${quote(positive)})`
  return `${values} worse than ${baseline}. ${FIXES[predicts]}${named}`
}

/** "0.25 (chance: 0.5)" */
function formatLevel({ value, chance }: ChanceComparison, baseline: string): string {
  return `${formatValue(value)} (${baseline}: ${formatValue(chance)})`
}

function describeOtherRange({ labels, candidate, champion }: OtherRangeProblem): string {
  const models = [
    ...(candidate ? [`those of the candidate from ${formatSpan(candidate)}`] : []),
    ...(champion ? [`those of the champion from ${formatSpan(champion)}`] : []),
  ]
  return `the labels go from ${formatSpan(labels)}, but the predictions are in another range: ${models.join(', ')}. They may be in another unit, such as thousands or logarithms: write them in the unit of the labels`
}

function formatSpan([least, greatest]: NumberSpan): string {
  return `${formatValue(least)} to ${formatValue(greatest)}`
}
