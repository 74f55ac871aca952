import { oneLine } from '../one-line.ts'
import type { Trouble } from './join-columns.ts'

/** What a table is called where a person reads of it, and what its positions are. */
export interface Named {
  /** "holdout.csv", "the artifact train_ids.csv of the candidate's run" */
  called: string
  /** CSV files have lines, Parquet files rows. */
  unit: 'line' | 'row'
}

/** Outside text in a message: quoted, on one line, bounded. */
export function quoted(text: string): string {
  const line = oneLine(text)
  return JSON.stringify(line.length > 80 ? `${line.slice(0, 77)}...` : line)
}

/** At most three of them. */
export function examples(texts: readonly string[]): string {
  return `${texts.slice(0, 3).map(quoted).join(', ')}${texts.length > 3 ? ', ...' : ''}`
}

/** At most twenty names of columns. */
export function columnList(names: readonly string[]): string {
  return `${names.slice(0, 20).map(quoted).join(', ')}${names.length > 20 ? `, and ${names.length - 20} more` : ''}`
}

/** `column "label": 3 cells are no number (the first is "x" on line 7)` */
export function troubleIn(
  column: string,
  what: string,
  { count, position, cell }: Trouble,
  unit: Named['unit'],
) {
  const cells = count === 1 ? `a cell is ${what}` : `${count} cells are ${what}`
  return `column ${quoted(column)}: ${cells} (${count === 1 ? '' : 'the first '}${quoted(cell)} on ${unit} ${position})`
}

export function rowCount(count: number): string {
  return count === 1 ? '1 row' : `${count} rows`
}
