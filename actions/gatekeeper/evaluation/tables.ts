import { createHash } from 'node:crypto'
import { readTable } from '../../../src/adapters/tables/read-table.ts'
import {
  describeMissingColumn,
  type SelectedColumn,
  type TableFile,
} from '../../../src/adapters/tables/table-file.ts'
import { UserError } from '../../../src/domain/core/errors.ts'
import type { GatePolicy, HoldoutPolicy } from '../../../src/domain/gate/criteria/gate-policy.ts'
import { toClassName, toNumber, toQuantity } from '../../../src/domain/gate/dataset/cells.ts'
import { CategoricalColumn, NumberColumn } from '../../../src/domain/gate/dataset/columns.ts'
import type { Holdout, LabelKind, Sha256 } from '../../../src/domain/gate/dataset/holdout.ts'
import {
  buildHoldout,
  createHoldoutColumns,
  createMissingTest,
  listAuxiliaryColumns,
} from '../../../src/domain/gate/dataset/holdout.ts'
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

/**
 * Reads the labels, and every other column that the policy names.
 * @param now milliseconds since 1970
 * @throws UserError if the file, a column or a cell of it cannot be used
 */
export async function readHoldout(
  file: TableFile,
  policy: GatePolicy,
  holdout: HoldoutPolicy,
  kind: LabelKind,
  now: number,
): Promise<{ holdout: Holdout; notes: string[] }> {
  const columns = createHoldoutColumns(policy, holdout, kind, now)
  const auxiliary = listAuxiliaryColumns(columns)
  const locate = await readTable(file, (names) => {
    const missing = auxiliary.find(({ name }) => !names.includes(name))
    if (missing)
      throw new UserError(
        `${describeMissingColumn(file.label, missing.name, names)}. Add it to the holdout: slice, group, query, time and weight columns are read from there, never from the predictions.`,
      )
    // Read the ids, the largest column, last: Parquet then unpacks the other columns without them in memory.
    return [columns.labels, ...auxiliary, columns.ids]
  })
  const built = buildHoldout(columns, holdout, { displayName: file.label, locate }, sha256)
  const notes = describeAge(built, now)
  const dropped = columns.ids.column.values.length - built.ids.length
  if (dropped > 0) notes.push(`Skipped ${formatRowCount(dropped)} of the holdout with weight 0.`)
  return { holdout: built, notes }
}

/** Numbers that count from another year than 1970, such as those of GPS or of Apple, are plausible times of long ago. */
const MAX_AGE_MS = 365 * 86_400_000

function describeAge({ rows: { times } }: Holdout, now: number): string[] {
  const newest = times?.reduce((latest, time) => Math.max(latest, time), -Infinity)
  if (newest === undefined || now - newest <= MAX_AGE_MS) return []
  const day = new Date(newest).toISOString().slice(0, 10)
  return [
    `The newest row of the holdout is from ${day}, more than a year ago. Do the numbers of holdout.time count from 1970?`,
  ]
}

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

/** The policy's name for the id column if the table has it, else `id`. */
export function findIdColumn(names: readonly string[], { id }: HoldoutPolicy): string {
  return names.includes(id) ? id : 'id'
}

const sha256: Sha256 = (parts) => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}
