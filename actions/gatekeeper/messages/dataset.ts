import { formatDecimal, parseDecimal } from '../../../src/domain/core/decimal.ts'
import { formatValue } from '../../../src/domain/core/metric-value.ts'
import type { DataComparison } from '../../../src/domain/gate/dataset/evaluation-data.ts'
import type { HoldoutIssue } from '../../../src/domain/gate/dataset/leakage.ts'
import type { JoinFailure } from '../../../src/domain/gate/dataset/predictions.ts'
import { PROBABILITY_TOLERANCE } from '../../../src/domain/gate/dataset/probability.ts'
import {
  describeTimeLookalike,
  formatRowCount,
  listColumns,
  listExamples,
  quote,
} from '../../../src/domain/table/messages.ts'
import { isMissingWord } from '../../../src/domain/table/missing-words.ts'

/**
 * Why a holdout proves nothing about a model, as a clause.
 * @param who "candidate"
 * @param cutoffSource where the end of the training data is recorded: `the param "train_until"`
 */
export function describeHoldoutIssue(issue: HoldoutIssue, who = '', cutoffSource = ''): string {
  switch (issue.kind) {
    case 'no-training-ids':
      return describeUnknownTraining(who, 'the file of training ids is empty')
    case 'overlap':
      return `leakage: the ${who} was trained on ${issue.shared.length} of the holdout's ${formatRowCount(issue.rows)} (ids ${listExamples(issue.shared)})`
    case 'similar-ids':
      return `leakage is possible: the ${who}'s training id ${quote(issue.trainingId)} may be the holdout's ${quote(issue.holdoutId)}. Write the ids alike`
    case 'unlike-ids':
      return describeUnknownTraining(
        who,
        `the training ids and those of the holdout are of different kinds (${quote(issue.trainingId)}, ${quote(issue.holdoutId)}), so they cannot be compared. Give both the ids of one source. If the holdout was collected apart from the training data, remove holdout.training_ids; leakage is then not checked`,
      )
    case 'no-cutoff':
      return `the ${who}'s training cut-off is unknown: its run lacks ${cutoffSource}`
    case 'invalid-cutoff':
      return `the ${who}'s training cut-off is unknown: ${cutoffSource} is ${quote(issue.cutoff)}, neither an ISO time nor an epoch, from 1990 to tomorrow${issue.lookalike ? ` (${describeTimeLookalike(issue.cutoff, issue.lookalike)})` : ''}`
    case 'cutoff-without-times':
      return `the ${who} has a training cut-off, but the holdout has no times: set holdout.time to its time column`
    case 'older-rows':
      return `leakage: the ${who} was trained on data until ${formatTime(issue.until)}, and ${issue.older} of the holdout's ${formatRowCount(issue.rows)} are older (the first from ${formatTime(issue.first)})`
    case 'lag-without-times':
      return 'labels take time to become final, but the holdout has no times: set holdout.time to its time column'
    case 'immature-labels':
      return `${issue.young} of the holdout's ${formatRowCount(issue.rows)} are younger than ${formatDuration(issue.lag)}: their labels may still change`
  }
}

export const LEAKAGE_NOT_CHECKED =
  'Leakage was not checked: the policy does not say which rows the models were trained on. Set holdout.training_ids or holdout.training_cutoff.'

export function describeUnknownTraining(who: string, reason: string): string {
  return `the ${who}'s training rows are unknown: ${reason}`
}

/** Why a model's predictions do not fit the holdout, as a clause. */
export function describeJoinFailure(failure: JoinFailure): string {
  switch (failure.kind) {
    case 'several-predictions':
      return `ids with several predictions: ${failure.ids.length} (${listExamples(failure.ids)}); write one for each id`
    case 'no-predictions':
      return `${failure.ids.length} of the holdout's ${formatRowCount(failure.rows)} have no prediction (ids ${listExamples(failure.ids)})${describeOtherIds(failure.others)}`
    case 'missing-classes': {
      const cell = failure.cell === '' ? '' : `, the first is ${quote(failure.cell)}`
      const hint = isMissingWord(failure.cell)
        ? ': it means a missing value, unless holdout.not_missing of the policy lists it'
        : ''
      return `the prediction is missing for ${describeRows(failure.ids)}${cell}${hint}`
    }
    case 'not-finite': {
      const cell = failure.cell === undefined ? '' : `, the first is ${quote(failure.cell)}`
      return `column ${quote(failure.column)}: no finite number for ${describeRows(failure.ids)}${cell}`
    }
    case 'misspelled-class':
      return `the predicted classes are another encoding than the labels: ${quote(failure.predicted)} of ${describeRows(failure.ids)} is no label, but reads like ${quote(failure.label)}. Write the classes as the labels have them`
    case 'not-a-probability':
      return `column ${quote(failure.column)} has ${failure.value} for ${describeRows(failure.ids)}, which is not a probability: it is ${describeExcess(failure.value)}, and rounding explains at most ${formatDecimal(parseDecimal(PROBABILITY_TOLERANCE))}`
    case 'missing-probabilities':
      return `the labels have ${listColumns(failure.classes)}, for which there is no column proba_<class>`
  }
}

function describeOtherIds({
  count,
  ids,
}: Extract<JoinFailure, { kind: 'no-predictions' }>['others']): string {
  if (count === 0) return ''
  const predictions = count === 1 ? '1 prediction has an id' : `${count} predictions have ids`
  return `, and ${predictions} that the holdout does not have (${listExamples(ids)}). Write the ids as the holdout has them`
}

function describeExcess(value: number): string {
  const format = (excess: number) => formatDecimal(parseDecimal(formatValue(excess)))
  return value < 0 ? `below 0 by ${format(-value)}` : `above 1 by ${format(value - 1)}`
}

/** "2 rows (ids ...)" */
export function describeRows(ids: readonly string[]): string {
  return `${formatRowCount(ids.length)} (ids ${listExamples(ids)})`
}

/** What is known about the evaluation data of two models, as a clause. @param other "champion" or "anchor" */
export function describeDataComparison(data: DataComparison, other: 'champion' | 'anchor'): string {
  switch (data.kind) {
    case 'same':
      return data.basis === 'sha256'
        ? 'by your own sha256'
        : "by MLflow's digest, which covers only the first 10,000 rows"
    case 'different':
      return `the models were evaluated on different data: the candidate on ${describeDifference(data, other)}; evaluate both on the same rows, or log the ${other}'s value on these${data.what === 'datasets' ? '. If these are training data, say so in the context of log_input' : ''}`
    case 'partly-shared':
      return `both runs name ${data.shared}, but not both ${data.others}, so the metric may be of other data (log the metric's dataset only, or your own sha256)`
    case 'unknown':
      return `the ${data.unrecorded === 'candidate' ? 'candidate' : other}'s run ${UNRECORDED[data.logged]} (call log_input with context "test", or log your own sha256)`
  }
}

const UNRECORDED = {
  nothing: 'does not record its evaluation data',
  training: 'records its training data, but no evaluation data',
  'no-context': 'records datasets without a context, so it is unknown which one it was evaluated on',
}

function describeDifference(
  { what, candidate, champion }: Extract<DataComparison, { kind: 'different' }>,
  other: string,
): string {
  if (what === 'rows') return `${candidate} rows, the ${other} on ${champion}`
  if (what === 'datasets') return `${candidate}, the ${other} on ${champion}`
  return `data of sha256 ${candidate.slice(0, 12)}…, the ${other} on ${champion.slice(0, 12)}…`
}

function formatTime(time: number): string {
  const date = new Date(time)
  return Number.isNaN(date.getTime()) ? String(time) : date.toISOString().replace('.000Z', 'Z')
}

function formatDuration(milliseconds: number): string {
  const hours = Math.round(milliseconds / 360_000) / 10
  return hours >= 48 ? `${Math.round(hours / 2.4) / 10} days` : `${hours} hours`
}
