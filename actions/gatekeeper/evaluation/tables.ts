import { digestFile, findIdColumn, sha256 } from '../../../src/adapters/tables/read-holdout.ts'
import { readTable } from '../../../src/adapters/tables/read-table.ts'
import type { SelectedColumn, TableFile } from '../../../src/adapters/tables/table-file.ts'
import { UserError } from '../../../src/domain/core/errors.ts'
import type { HoldoutPolicy } from '../../../src/domain/gate/criteria/gate-policy.ts'
import type { Holdout } from '../../../src/domain/gate/dataset/holdout.ts'
import {
  joinPredictions,
  PROBABILITY_PREFIX,
  RowMatcher,
} from '../../../src/domain/gate/dataset/predictions.ts'
import type { PredictionKind, Predictions } from '../../../src/domain/gate/dataset/rows.ts'
import { toClassText, toNumber, toQuantity } from '../../../src/domain/table/cells.ts'
import { CategoricalColumn, NumberColumn } from '../../../src/domain/table/columns.ts'
import { formatRowCount, listColumns, listExamples, quote } from '../../../src/domain/table/messages.ts'
import { createMissingTest } from '../../../src/domain/table/missing-words.ts'
import { describeJoinFailure } from '../messages/dataset.ts'
import { ModelFailure } from './files.ts'
import { createProbabilityNaming, isPredictionColumn, selectPredictionColumns } from './prediction-columns.ts'

/** A model's predictions of the holdout's rows, and notes about them. */
export interface JoinedPredictions {
  predictions: Predictions
  notes: readonly string[]
}

/**
 * Reads one model's predictions of the holdout's rows. The columns are `id` (or the policy's name for it) and at least
 * one of `prediction`, `score` and `proba_<class>`. A label column is ignored.
 * @param kinds what the statistics of the policy read; columns that none reads are ignored
 * @throws UserError if the file cannot be used; ModelFailure if the predictions do not fit the rows
 */
export async function readPredictions(
  file: TableFile,
  holdout: Holdout,
  policy: HoldoutPolicy,
  kinds: ReadonlySet<PredictionKind>,
): Promise<JoinedPredictions> {
  const { kind } = holdout.rows.labels
  const rowMatcher = new RowMatcher(holdout)
  const classes = new CategoricalColumn(toClassText, createMissingTest(policy))
  const numbers = new Map<string, NumberColumn>()
  let available: readonly string[] = []
  let hasUnreadPredictions = false
  await readTable(file, (names) => {
    available = names
    const classOf = createProbabilityNaming(names, holdout)
    const readNames = selectPredictionColumns(names, kind, kinds)
    hasUnreadPredictions = readNames.length < names.filter((name) => isPredictionColumn(name, kind)).length
    const selected = readNames.map((name): SelectedColumn => {
      if (name === 'prediction' && kind === 'classes') return { name, column: classes }
      const className = classOf(name)
      const key = className === undefined ? name : PROBABILITY_PREFIX + className
      if (className !== undefined && numbers.has(key))
        throw new UserError(`${file.label}: two columns hold the probability of class ${quote(className)}.`)
      // A score may be the largest double, such as that of a masked item.
      const column = new NumberColumn(name === 'prediction' ? toQuantity : toNumber)
      numbers.set(key, column)
      return { name, column }
    })
    if (!names.some((name) => isPredictionColumn(name, kind)))
      throw new UserError(
        `${file.label}: has no predictions, only ${listColumns(names)}. Write a column prediction, score, or proba_<class> for each class.`,
      )
    return [...selected, { name: findIdColumn(names, policy), column: rowMatcher, isId: true }]
  })
  const hasClasses = kind === 'classes' && kinds.has('classes') && available.includes('prediction')
  const needsEveryClass = kinds.has('probabilities')
  const read = { rowMatcher, classes: hasClasses ? classes : undefined, numbers, needsEveryClass }
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
  const { predictions } = joined
  if (!hasUnreadPredictions) return { predictions, notes }
  // Models that predict the same classes may differ in their probabilities, which then tell them apart.
  return { predictions: { ...predictions, fileDigest: await digestFile(file.path) }, notes }
}
