import type { InvalidCells } from './columns.ts'
import type { TimeLookalike } from './times.ts'

/** How messages name a table and its positions. */
export interface TableLabel {
  /** "holdout.csv", "the artifact train_ids.csv of the candidate's run" */
  displayName: string
  /** Names the position of a cell: "line 7" of a CSV file, "row 6" of a Parquet file. */
  locate(position: number): string
}

/** Quotes outside text for a message: one line, at most 80 characters, invisible ones as in JSON. */
export function quote(text: string): string {
  const short = text.length > 80 ? `${text.slice(0, 77)}...` : text
  return JSON.stringify(short).replace(
    /(?! )[\p{C}\p{Z}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Quotes at most three texts. */
export function listExamples(texts: readonly string[]): string {
  return `${texts.slice(0, 3).map(quote).join(', ')}${texts.length > 3 ? ', ...' : ''}`
}

/** Quotes at most twenty names. */
export function listColumns(names: readonly string[]): string {
  return `${names.slice(0, 20).map(quote).join(', ')}${names.length > 20 ? `, and ${names.length - 20} more` : ''}`
}

/** `column "label": 3 cells are not a number (the first is "x" on line 7)` */
export function describeInvalidCells(
  column: string,
  what: string,
  { count, firstPosition: position, firstCell: cell }: InvalidCells,
  locate: TableLabel['locate'],
) {
  const cells = count === 1 ? `a cell is ${what}` : `${count} cells are ${what}`
  return `column ${quote(column)}: ${cells} (${count === 1 ? '' : 'the first '}${quote(cell)} on ${locate(position)})`
}

export function formatRowCount(count: number): string {
  return count === 1 ? '1 row' : `${count} rows`
}

/** What an invalid cell of a column of times looks like, as a clause. */
export function describeTimeLookalike(cell: string, lookalike: TimeLookalike): string {
  const looksLike = (what: string, fix: string) => `${quote(cell)} looks like ${what}: ${fix}`
  const useEpoch = 'write an ISO time, or seconds since 1970'
  switch (lookalike.kind) {
    case 'compact-date':
      return looksLike('a compact date', `write it as ${lookalike.date}`)
    case 'year':
      return looksLike('a year', useEpoch)
    case 'excel-serial':
      return looksLike('a serial date of Excel', useEpoch)
    case 'epoch-days':
    case 'epoch-hours':
    case 'epoch-minutes':
      return looksLike(`${lookalike.kind.slice('epoch-'.length)} since 1970`, useEpoch)
    case 'ticks':
      return looksLike('.NET ticks', useEpoch)
    default:
      return looksLike(`${lookalike.kind} since 1970, unlike the numbers before it`, 'use one unit')
  }
}
