import type { Decimal } from '../../core/decimal.ts'
import type { Interval } from '../../statistics/interval.ts'
import type { Criterion } from '../criteria/criterion.ts'
import type { GatePolicy } from '../criteria/gate-policy.ts'
import type { Predictions, Rows } from '../dataset/rows.ts'
import type { Statistic, StatisticProblem } from '../metrics/statistic.ts'
import type { SelfTest } from '../self-test/self-tests.ts'
import type { ValueRange } from './value-range.ts'

/** A model and what its run logged. */
export interface Model {
  /** "candidate", "champion 7", "anchor 3" */
  name: string
  metrics: ReadonlyMap<string, number>
}

/** Predictions of the models that could be scored, for the rows of one holdout. */
export interface ScoredModels {
  rows: Rows
  candidate: Predictions
  champion: Predictions | undefined
  anchor: Predictions | undefined
  /** Hex digest of data and policy, so that the seed cannot be chosen. */
  seed: string
}

export interface EvaluationInput {
  policy: GatePolicy
  candidate: Model
  /** Undefined if there is none, or the policy does not compare with it. */
  champion: Model | undefined
  anchor: Model | undefined
  /** Whether the candidate has the files of the champion. */
  hasSameFiles?: boolean
  /** Undefined if the policy names no predictions; logged metrics decide then. */
  scored: ScoredModels | undefined
  /** Rows behind the logged metrics, if the policy or the runs record it. */
  loggedRowCount: number | undefined
}

export type PairedEvaluationInput = EvaluationInput & { scored: ScoredModels }

/** The result of every criterion of the policy, and of the self-tests. */
export interface Evaluation {
  evaluationBasis: 'paired' | 'logged-metrics'
  checks: readonly Check[]
  selfTests: readonly SelfTest[]
  notes: readonly EvaluationNote[]
  issues: readonly EvidenceIssue[]
  /** The primary metric. */
  candidateValue: number | undefined
  championValue: number | undefined
}

/** How the models were compared, and what could not be determined. */
export type EvaluationNote =
  | { kind: 'logged-metrics' | 'logged-proportions' | 'no-champion' }
  /** Both models predict the same on every row, as of a script that scores one model twice. */
  | { kind: 'identical-predictions' }
  /** Only the champion is worse than chance, or predicts another range than the labels have. */
  | { kind: 'odd-champion'; metric: string; problem: ChanceProblem | OtherRangeProblem }
  /** The predictions give another value than the run logged, by more than chance explains. */
  | { kind: 'unlike-logged'; metric: string; comparison: LoggedComparison }
  /** Two logged values that differ by so much that one may be in another unit. */
  | { kind: 'other-unit'; metric: string; factor: number }
  /** Not even the labels as predictions would pass. */
  | { kind: 'positive-control-undecided'; check: Check }

/** Why the comparison proves nothing, whatever its result. */
export interface EvidenceIssue {
  problem: EvidenceProblem
  metric: string
  /** "champion 7" */
  baselineName: string
  /** Whether no verdict is possible, or only no promotion. */
  blocks: 'verdict' | 'promotion'
}

export type EvidenceProblem =
  | ChanceProblem
  | OtherRangeProblem
  | LoggedProblem
  | NoNegativeControlProblem
  | UnreachableProblem
  /** Two models with other files, but the same predictions. */
  | { kind: 'identical-predictions' }

/** A model's value from its predictions, and the one that its run logged. */
export interface LoggedComparison {
  /** "candidate", "champion 7" */
  model: string
  value: number
  logged: number
}

export type LoggedProblem =
  /** Each model's value fits what the run of the other one logged. */
  | { kind: 'swapped-predictions'; candidate: LoggedComparison; champion: LoggedComparison }
  /** The predictions of the champion know nothing about the rows, although its run logged a good value. */
  | { kind: 'lost-champion'; champion: LoggedComparison }

/** A value, and that of answers that know nothing about the rows. */
export interface ChanceComparison {
  value: number
  chance: number
}

/** Models that know no more than chance does: swapped classes, another encoding, or a useless model. */
export interface ChanceProblem {
  kind: 'worse-than-chance' | 'no-better-than-chance'
  predicts: Statistic['predictionKind'] | 'numbers' | 'ranks'
  candidate: ChanceComparison | undefined
  champion: ChanceComparison | undefined
  /** Name of the positive class. */
  positive: string | undefined
}

/** Least and greatest number. */
export type NumberSpan = readonly [least: number, greatest: number]

/** Predicted numbers that hardly overlap with the labels: another unit, such as thousands or logarithms. */
export interface OtherRangeProblem {
  kind: 'other-range'
  labels: NumberSpan
  candidate: NumberSpan | undefined
  champion: NumberSpan | undefined
}

/** Not even predictions with every row perturbed miss the criterion: it excludes nothing. */
export interface NoNegativeControlProblem {
  kind: 'no-negative-control'
  champion: number
  criterion: Criterion
}

/** Not even the best value that the metric can have is better than the champion's by the required amount. */
export interface UnreachableProblem {
  kind: 'unreachable-improvement'
  best: number
  champion: number
  criterion: Criterion
}

/** One criterion and its result: a row of the report, and a part of the verdict. */
export interface Check {
  kind: 'primary' | 'limit' | 'anchor' | 'guardrail' | 'slice'
  subject: Subject
  candidate: number | undefined
  /** Value of the champion, or of the anchor. */
  baseline?: number | undefined
  /** "champion 7" */
  baselineName?: string
  /** How much better the candidate is; undefined if two logged values are subtracted. */
  change?: Interval
  /** The change above which the check passes, in the unit and direction of `change`. */
  margin?: number
  criterion: Criterion | Limit | { kind: 'measurable' } | { kind: 'possible'; range: ValueRange }
  result: 'pass' | 'fail' | 'inconclusive'
  finding: Finding
  /** Rows (or groups) that would decide an inconclusive check. */
  requiredSampleSize?: number | undefined
}

/** What a check is about. */
export type CheckTopic = Pick<Check, 'kind' | 'subject'>

/** A metric, or its disparity across the groups of a column, on all rows or on a slice. */
export interface Subject {
  metric: string
  disparityAcross?: string | undefined
  slice?: { column: string; value: string }
}

export interface Limit {
  kind: 'minimum' | 'maximum'
  limit: string
}

export type Finding =
  | { kind: 'unmeasured'; problem: MeasurementProblem }
  /** A logged value is missing, NaN or infinite. */
  | { kind: 'not-comparable'; model: 'candidate' | 'baseline'; value: string }
  /** A logged value that its metric cannot have: another scale, or a flipped sign. */
  | { kind: 'impossible-value'; model: 'candidate' | 'baseline'; range: ValueRange }
  /** Of two logged values, one is most likely a percentage, and the other a share. */
  | { kind: 'percent-and-share' }
  | { kind: 'limit' }
  /** A margin relative to a baseline of 0. */
  | { kind: 'share-of-zero' }
  /** The difference of two logged values, and the required amount. */
  | { kind: 'gain'; gain: Decimal; amount: Decimal }
  /** Measured on the same rows; `unit` is "rows", "queries" or "groups". */
  | { kind: 'same-rows'; outcome: PairedOutcome; unit: string; minSampleSize: number }
  /** No regression is shown on a slice that is too small to prove its absence. */
  | { kind: 'small-slice'; units: number; unit: string; minSamples: number }

/** The interval was compared with the margin, or why it was not. */
export type PairedOutcome = 'compared' | 'share-of-zero' | 'too-few-units' | 'identical-predictions'

export type MeasurementProblem =
  | StatisticProblem
  | ChanceProblem
  | { kind: 'not-finite'; value: number | undefined }
  | { kind: 'too-few-units'; units: number; unit: string; minSampleSize: number }
  | { kind: 'empty-slice' }
  | { kind: 'undefined-on-slice'; statistic: string }
