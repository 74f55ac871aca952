/** One value of a table: always a text in a CSV, and of the column's type in a Parquet file. */
export type Cell = string | number | bigint | boolean | Date | object | null | undefined

/** pandas writes whole numbers as 1.0 where a column has, or once had, a gap. */
const WHOLE_FLOAT = /^(-?\d+)\.0+$/
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
const MOMENT = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(Z|[+-]\d\d(?::?\d\d)?)?)?$/
/** Epochs below are seconds (until the year 5138), and from there on milliseconds (from 1973). */
const FIRST_MILLISECONDS = 1e11

/**
 * A cell as a text that means the same in every file: as it is written, but a whole number has no fraction, so that the
 * int64 7 of a Parquet file, its double 7.0 and the "7.0" of a CSV are all "7". "007" stays "007".
 * @returns undefined where there is none (empty, null, a list)
 */
export function textOf(cell: Cell): string | undefined {
  if (cell instanceof Date) return Number.isNaN(cell.getTime()) ? undefined : cell.toISOString()
  switch (typeof cell) {
    case 'string':
      return cell === '' ? undefined : cell.replace(WHOLE_FLOAT, '$1')
    case 'number':
      return Number.isNaN(cell) ? undefined : String(cell)
    case 'bigint':
    case 'boolean':
      return String(cell)
    default:
      return undefined
  }
}

/** A class as `textOf` has it, but true and false are 1 and 0: a Parquet bool, "True" of pandas and a 1.0 are one class. */
export function classOf(cell: Cell): string | undefined {
  const text = textOf(cell)?.trim()
  if (text === '') return undefined
  if (text === 'true' || text === 'True' || text === 'TRUE') return '1'
  if (text === 'false' || text === 'False' || text === 'FALSE') return '0'
  return text
}

/** @returns NaN for all that is no decimal number: an empty text is not 0 */
export function numberOf(cell: Cell): number {
  switch (typeof cell) {
    case 'number':
      return cell
    case 'bigint':
    case 'boolean':
      return Number(cell)
    case 'string': {
      const text = cell.trim()
      if (NUMBER.test(text)) return Number(text)
      return numberOfClass(text)
    }
    default:
      return Number.NaN
  }
}

/**
 * Milliseconds since 1970 of an ISO date or time, or of an epoch in seconds or milliseconds. A time without a zone is UTC.
 * @returns NaN for all else
 */
export function momentOf(cell: Cell): number {
  if (cell instanceof Date) return cell.getTime()
  const [, date, time, zone] = (typeof cell === 'string' && MOMENT.exec(cell.trim())) || []
  if (date) return Date.parse(`${date}T${time ?? '00:00'}${wholeZone(zone)}`)
  const epoch = typeof cell === 'boolean' ? Number.NaN : numberOf(cell)
  return Math.abs(epoch) < FIRST_MILLISECONDS ? epoch * 1000 : epoch
}

/** "+02" and "+0200" as Date.parse wants them. */
function wholeZone(zone = 'Z'): string {
  return zone === 'Z' ? zone : `${zone.slice(0, 3)}:${zone.slice(3).replace(':', '') || '00'}`
}

function numberOfClass(text: string): number {
  const name = classOf(text)
  return name !== text && (name === '0' || name === '1') ? Number(name) : Number.NaN
}
