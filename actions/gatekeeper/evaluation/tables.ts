import { findIdColumn, sha256 } from '../../../src/adapters/tables/read-holdout.ts'
import { readTable } from '../../../src/adapters/tables/read-table.ts'
import type { SelectedColumn, TableFile } from '../../../src/adapters/tables/table-file.ts'
import { UserError } from '../../../src/domain/core/errors.ts'
import type { HoldoutPolicy } from '../../../src/domain/gate/criteria/gate-policy.ts'
import { toClassName, toNumber, toQuantity } from '../../../src/domain/gate/dataset/cells.ts'
import { CategoricalColumn, NumberColumn } from '../../../src/domain/gate/dataset/columns.ts'
import type { Holdout } from '../../../src/domain/gate/dataset/holdout.ts'
import { createMissingTest } from '../../../src/domain/gate/dataset/missing-words.ts'
import {
  joinPredictions,
  PROBABILITY_PREFIX,
  RowMatcher,
} from '../../../src/domain/gate/dataset/predictions.ts'
import type { Predictions } from '../../../src/domain/gate/dataset/rows.ts'
import {
  formatRowCount,
  listColumns,
  listExamples,
  quote,
} from '../../../src/domain/gate/dataset/table-messages.ts'
import { describeJoinFailure } from '../messages/dataset.ts'
import { ModelFailure } from './files.ts'

/** A model's predictions of the holdout's rows, and notes about them. */
export interface JoinedPredictions {
  predictions: Predictions
  notes: readonly string[]
}

/**
 * Reads one model's predictions of the holdout's rows. The columns are `id` (or the policy's name for it) and at least
 * one of `prediction`, `score` and `proba_<class>`. A label column is ignored.
 * @throws UserError if the file cannot be used; ModelFailure if the predictions do not fit the rows
 */
export async function readPredictions(
  file: TableFile,
  holdout: Holdout,
  policy: HoldoutPolicy,
): Promise<JoinedPredictions> {
  const isClasses = holdout.rows.labels.kind === 'classes'
  const rowMatcher = new RowMatcher(holdout)
  const classes = new CategoricalColumn(toClassName, createMissingTest(policy))
  const numbers = new Map<string, NumberColumn>()
  let available: readonly string[] = []
  await readTable(file, (names) => {
    available = names
    const selected = names.flatMap((name): SelectedColumn[] => {
      if (name === 'prediction' && isClasses) return [{ name, column: classes }]
      const isProbability = isClasses && name.startsWith(PROBABILITY_PREFIX)
      if (!isProbability && name !== 'prediction' && name !== 'score') return []
      const className = isProbability ? (toClassName(name.slice(PROBABILITY_PREFIX.length)) ?? '') : ''
      const key = isProbability ? PROBABILITY_PREFIX + className : name
      if (isProbability && numbers.has(key))
        throw new UserError(`${file.label}: two columns hold the probability of class ${quote(className)}.`)
      // A score may be the largest double, such as that of a masked item.
      const column = new NumberColumn(name === 'prediction' ? toQuantity : toNumber)
      numbers.set(key, column)
      return [{ name, column }]
    })
    if (selected.length === 0)
      throw new UserError(
        `${file.label}: has no predictions, only ${listColumns(names)}. Write a column prediction, score, or proba_<class> for each class.`,
      )
    return [...selected, { name: findIdColumn(names, policy), column: rowMatcher }]
  })
  const hasClasses = isClasses && available.includes('prediction')
  const read = { rowMatcher, classes: hasClasses ? classes : undefined, numbers }
  const joined = joinPredictions(holdout, read, sha256)
  if ('failure' in joined) throw new ModelFailure(describeJoinFailure(joined.failure))
  const notes: string[] = []
  if (joined.unmatchedCount > 0)
    notes.push(
      `ignored ${formatRowCount(joined.unmatchedCount)} of the predictions with ids that are not in the holdout`,
    )
  const { unknownClasses = [], classes: predicted = [] } = joined.predictions
  if (unknownClasses.length > 0) {
    const unknownRows = predicted.filter((code) => code < 0).length
    notes.push(
      `${formatRowCount(unknownRows)} have a predicted class that no label is: ${listExamples(unknownClasses)}`,
    )
  }
  if (available.includes(policy.label))
    notes.push(`ignored column ${quote(policy.label)} of the predictions: labels come from the holdout`)
  return { predictions: joined.predictions, notes }
}
