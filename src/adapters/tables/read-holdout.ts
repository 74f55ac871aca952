import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { UserError } from '../../domain/core/errors.ts'
import type { GatePolicy, HoldoutPolicy } from '../../domain/gate/criteria/gate-policy.ts'
import { findTwoSpellings } from '../../domain/gate/dataset/class-names.ts'
import {
  buildHoldout,
  createHoldoutColumns,
  type Holdout,
  type LabelKind,
  listAuxiliaryColumns,
  type Sha256,
} from '../../domain/gate/dataset/holdout.ts'
import { formatRowCount, quote } from '../../domain/table/messages.ts'
import { readTable } from './read-table.ts'
import { describeMissingColumn, type TableFile } from './table-file.ts'

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
    return [columns.labels, ...auxiliary, { ...columns.ids, isId: true }]
  })
  const built = buildHoldout(columns, holdout, { displayName: file.label, locate }, sha256)
  const notes = [...describeAge(built, now), ...describeSpellings(built)]
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

function describeSpellings({ classNames }: Holdout): string[] {
  const spellings = findTwoSpellings(classNames.keys())
  if (!spellings) return []
  const [one, other] = spellings.map(quote)
  return [
    `The labels ${one} and ${other} are two classes, as of versions. If they are one number, write it in one way.`,
  ]
}

/** The policy's name for the id column if the table has it, else `id`. */
export function findIdColumn(names: readonly string[], { id }: HoldoutPolicy): string {
  return names.includes(id) ? id : 'id'
}

export const sha256: Sha256 = (parts) => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

/** sha256 (hex) of a file; empty for a folder of part files. */
export async function digestFile(path: string): Promise<string> {
  if ((await stat(path)).isDirectory()) return ''
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return hash.digest('hex')
}
