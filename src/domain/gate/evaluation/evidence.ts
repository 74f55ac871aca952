import { toComparable } from '../../core/metric-value.ts'
import type { Predictions, Rows } from '../dataset/rows.ts'
import type { MeasurementSpec, Statistic } from '../metrics/statistic.ts'
import { findStatistic } from '../metrics/statistic-catalog.ts'
import { compareToChance, createChanceProblem, type MeasuredModel } from './chance.ts'
import { describeOtherRange, isOtherRange, isOtherUnit } from './number-range.ts'
import type {
  ChanceProblem,
  EvaluationInput,
  EvaluationNote,
  EvidenceIssue,
  OtherRangeProblem,
  PairedEvaluationInput,
} from './types.ts'
import { findViolatedRange } from './value-range.ts'

/** A problem, and whether it blocks a verdict, a promotion, or nothing. */
interface Suspicion {
  problem: ChanceProblem | OtherRangeProblem
  blocks: EvidenceIssue['blocks'] | undefined
}

/**
 * Compares what both models know with the labels, before their values count: classes in the right order, scores the right
 * way round, numbers in the unit of the labels. The same fault on both sides is not the fault of a model: no verdict. One
 * bad candidate is rejected as any other. A champion that only another class or unit explains is incomparable: each
 * candidate would be better; where age explains it as well, the report has a note. A first model that is worse than
 * chance is not promoted.
 */
export function findEvidence(
  { policy: { primary }, champion, scored }: PairedEvaluationInput,
  { statistic }: MeasurementSpec,
  values: { candidate: number; champion?: number },
): { issues: EvidenceIssue[]; notes: EvaluationNote[] } {
  const { rows } = scored
  const candidate = { predictions: scored.candidate, value: values.candidate }
  const suspicion =
    scored.champion && values.champion !== undefined
      ? suspectBoth(statistic, rows, candidate, { predictions: scored.champion, value: values.champion })
      : suspectOne(statistic, rows, candidate)
  if (!suspicion) return { issues: [], notes: [] }
  const { problem, blocks } = suspicion
  const { metric } = primary
  return blocks
    ? { issues: [{ problem, blocks, metric, baselineName: champion?.name ?? '' }], notes: [] }
    : { issues: [], notes: [{ kind: 'odd-champion', metric, problem }] }
}

function suspectOne(statistic: Statistic, rows: Rows, candidate: MeasuredModel): Suspicion | undefined {
  const level = compareToChance(statistic, rows, candidate)
  if (!level.isWorse) return undefined
  return { problem: createChanceProblem(statistic, rows, level), blocks: 'promotion' }
}

function suspectBoth(
  statistic: Statistic,
  rows: Rows,
  candidate: MeasuredModel,
  champion: MeasuredModel,
): Suspicion | undefined {
  // The scores of a ranking have no unit.
  const isNumeric = rows.labels.kind === 'numbers' && !statistic.isRanking
  const range = isNumeric && suspectRanges(rows, candidate.predictions, champion.predictions)
  if (range) return range
  const own = compareToChance(statistic, rows, candidate)
  const other = compareToChance(statistic, rows, champion)
  if (!own.isBetter && !other.isBetter) {
    const problem = createChanceProblem(statistic, rows, own, other)
    return { problem, blocks: problem.kind === 'worse-than-chance' ? 'verdict' : 'promotion' }
  }
  if (!other.isWorse) return undefined
  // An old, overconfident model has a bad log loss too, and one of a moved target large errors.
  const isAgeing = isNumeric || statistic.predictionKind === 'probabilities'
  return {
    problem: createChanceProblem(statistic, rows, undefined, other),
    blocks: isAgeing ? undefined : 'promotion',
  }
}

function suspectRanges(rows: Rows, candidate: Predictions, champion: Predictions): Suspicion | undefined {
  if (!isOtherRange(rows, champion)) return undefined
  if (isOtherRange(rows, candidate))
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
