import { toComparable } from '../../core/metric-value.ts'
import type { Predictions, Rows } from '../dataset/rows.ts'
import type { MeasurementSpec, Statistic } from '../metrics/statistic.ts'
import { findStatistic } from '../metrics/statistic-catalog.ts'
import {
  compareToChance,
  countTrials,
  createChanceProblem,
  isContrary,
  isUninformed,
  type MeasuredModel,
} from './chance.ts'
import { areSwapped, compareWithLogged, isUnlikeLogged, type MeasuredValue } from './logged-agreement.ts'
import { describeOtherRange, isMovedLevel, isOtherRange, isOtherUnit } from './number-range.ts'
import type {
  ChanceProblem,
  EvaluationInput,
  EvaluationNote,
  EvidenceIssue,
  EvidenceProblem,
  OtherRangeProblem,
  PairedEvaluationInput,
} from './types.ts'
import { findViolatedRange } from './value-range.ts'

/** A problem, and whether it blocks a verdict, a promotion, or nothing. */
interface Suspicion {
  problem: ChanceProblem | OtherRangeProblem
  blocks: EvidenceIssue['blocks'] | undefined
}

/** The values of the models from their predictions. */
export interface MeasuredModels {
  candidate: MeasuredValue
  champion?: MeasuredValue
}

/** Why the comparison proves nothing, and what looks odd: the models against the labels, each other, and what their runs logged. */
export function findEvidence(
  input: PairedEvaluationInput,
  { statistic }: MeasurementSpec,
  measured: MeasuredModels,
): { issues: EvidenceIssue[]; notes: EvaluationNote[] } {
  const { metric } = input.policy.primary
  const baselineName = input.champion?.name ?? ''
  const toIssue = (problem: EvidenceProblem, blocks: EvidenceIssue['blocks']): EvidenceIssue => {
    return { problem, blocks, metric, baselineName }
  }
  const issues: EvidenceIssue[] = []
  const notes: EvaluationNote[] = []
  const suspicion = suspectPredictions(input, statistic, measured)
  if (suspicion?.blocks) issues.push(toIssue(suspicion.problem, suspicion.blocks))
  else if (suspicion) notes.push({ kind: 'odd-champion', metric, problem: suspicion.problem })
  if (areIdentical(input.scored.candidate, input.scored.champion) && !input.hasSameFiles) {
    notes.push({ kind: 'identical-predictions' })
    issues.push(toIssue({ kind: 'identical-predictions' }, 'promotion'))
  }
  const agreement = compareWithRuns(input, statistic, measured)
  return {
    issues: [...issues, ...agreement.issues.map(({ problem, blocks }) => toIssue(problem, blocks))],
    notes: [...notes, ...agreement.notes],
  }
}

function areIdentical(one: Predictions, other: Predictions | undefined): boolean {
  return one.digest === other?.digest && one.fileDigest === other.fileDigest
}

/**
 * Compares the values with those that the runs logged under the same name. Values that fit much better the other way round
 * are those of swapped files, and a champion that knows nothing about the rows, although its run logged a good value, has
 * the predictions of other rows. Any other difference may come from other data: a note.
 */
function compareWithRuns(
  { policy: { primary }, candidate, champion, scored }: PairedEvaluationInput,
  statistic: Statistic,
  measured: MeasuredModels,
): { issues: Pick<EvidenceIssue, 'problem' | 'blocks'>[]; notes: EvaluationNote[] } {
  const own = compareWithLogged(primary, measured.candidate, candidate)
  const other = measured.champion && compareWithLogged(primary, measured.champion, champion)
  if (own && other && areSwapped(own, other)) {
    const problem = { kind: 'swapped-predictions', candidate: own, champion: other } as const
    return { issues: [{ problem, blocks: 'verdict' }], notes: [] }
  }
  // Rows that are all right, or all wrong, show no error, but one more row may be otherwise.
  const errorOf = ({ error }: MeasuredValue) => error || 1 / countTrials(statistic, scored.rows)
  const unlike = (comparison: typeof own, value: MeasuredValue | undefined) =>
    comparison && value && isUnlikeLogged(primary, errorOf(value), comparison) ? [comparison] : []
  const [odd] = unlike(other, measured.champion)
  const isLost =
    odd &&
    scored.champion &&
    measured.champion &&
    (primary.direction === 'higher') === odd.logged > odd.value &&
    isUninformed(statistic, scored.rows, { predictions: scored.champion, ...measured.champion })
  const { metric } = primary
  const noted = [...unlike(own, measured.candidate), ...(odd && !isLost ? [odd] : [])]
  return {
    issues: isLost ? [{ problem: { kind: 'lost-champion', champion: odd }, blocks: 'promotion' }] : [],
    notes: noted.map((comparison) => ({ kind: 'unlike-logged', metric, comparison }) as const),
  }
}

/**
 * Compares what both models know with the labels, before their values count: classes in the right order, scores the right
 * way round, numbers in the unit of the labels. The same fault on both sides is not the fault of a model: no verdict. One
 * bad candidate is rejected as any other. A champion that only another class or unit explains is incomparable: each
 * candidate would be better; where age explains it as well, the report has a note. A first model that is worse than
 * chance is not promoted.
 */
function suspectPredictions(
  { scored }: PairedEvaluationInput,
  statistic: Statistic,
  measured: MeasuredModels,
): Suspicion | undefined {
  const { rows } = scored
  const candidate = { predictions: scored.candidate, ...measured.candidate }
  if (!scored.champion || !measured.champion) return suspectOne(statistic, rows, candidate)
  const champion = { predictions: scored.champion, ...measured.champion }
  return suspectBoth(statistic, rows, candidate, champion)
}

function suspectOne(statistic: Statistic, rows: Rows, candidate: MeasuredModel): Suspicion | undefined {
  const { predictions } = candidate
  if (isNumeric(statistic, rows) && isOtherRange(rows, predictions) && !isMovedLevel(rows, predictions))
    return { problem: describeOtherRange(rows, predictions, undefined), blocks: 'promotion' }
  const level = compareToChance(statistic, rows, candidate)
  if (!level.isWorse) return undefined
  return { problem: createChanceProblem(statistic, rows, level), blocks: 'promotion' }
}

function suspectBoth(
  statistic: Statistic,
  rows: Rows,
  candidate: MeasuredModel,
  champion: MeasuredModel & MeasuredValue,
): Suspicion | undefined {
  const range = isNumeric(statistic, rows) && suspectRanges(rows, candidate.predictions, champion.predictions)
  if (range) return range
  const own = compareToChance(statistic, rows, candidate)
  const other = compareToChance(statistic, rows, champion)
  if (!own.isBetter && !other.isBetter) {
    const shared = createChanceProblem(statistic, rows, own, other)
    return { problem: shared, blocks: shared.kind === 'worse-than-chance' ? 'verdict' : 'promotion' }
  }
  const problem = createChanceProblem(statistic, rows, undefined, other)
  if (!other.isWorse)
    return isUninformed(statistic, rows, champion) ? { problem, blocks: undefined } : undefined
  // An old, overconfident model has a bad log loss too, and one of a moved target large errors.
  const isOverconfident =
    statistic.predictionKind === 'probabilities' && !isContrary(rows, champion.predictions)
  const isAgeing = isNumeric(statistic, rows) || isOverconfident
  return { problem, blocks: isAgeing ? undefined : 'promotion' }
}

/** The scores of a ranking have no unit. */
function isNumeric({ isRanking }: Statistic, { labels }: Rows): boolean {
  return labels.kind === 'numbers' && !isRanking
}

function suspectRanges(rows: Rows, candidate: Predictions, champion: Predictions): Suspicion | undefined {
  if (!isOtherRange(rows, champion)) return undefined
  // After the target has moved by more than its range, both models are outside of it, in the right unit.
  const isMoved = [candidate, champion].some(
    (model) => isMovedLevel(rows, model) && !isOtherUnit(rows, model),
  )
  if (isOtherRange(rows, candidate) && !isMoved)
    return { problem: describeOtherRange(rows, candidate, champion), blocks: 'verdict' }
  const problem = describeOtherRange(rows, undefined, champion)
  return { problem, blocks: isOtherUnit(rows, champion) ? 'promotion' : undefined }
}

/** Chance values that need no rows. */
const KNOWN_CHANCE: Readonly<Record<string, number>> = { auc: 0.5 }

/** The same for two logged values, of a statistic whose chance value does not depend on the rows. */
export function findLoggedEvidence({
  policy: { primary },
  candidate,
  champion,
}: EvaluationInput): EvidenceIssue[] {
  const { metric, direction } = primary
  const statistic = findStatistic(primary.statistic ?? '')
  const chance = KNOWN_CHANCE[statistic?.name ?? '']
  if (!statistic || chance === undefined || direction !== statistic.direction) return []
  const levels = [candidate, champion].map((model) => {
    const value = toComparable(model?.metrics.get(metric))
    if (typeof value === 'string' || findViolatedRange(statistic.name, value)) return undefined
    return { value, chance, isBetter: value > chance, isWorse: value < chance }
  })
  const [own, other] = levels
  if (!own || !other || own.isBetter || other.isBetter) return []
  const kind = own.isWorse && other.isWorse ? 'worse-than-chance' : 'no-better-than-chance'
  const problem = {
    kind,
    predicts: statistic.predictionKind,
    candidate: own,
    champion: other,
    positive: undefined,
  } as const
  const blocks = kind === 'worse-than-chance' ? 'verdict' : 'promotion'
  return [{ problem, metric, baselineName: champion?.name ?? '', blocks }]
}
