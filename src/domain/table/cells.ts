/** One value of a table: a text in a CSV file, of the column's type in a Parquet file. */
export type Cell = string | number | bigint | boolean | Date | object | null | undefined

/** pandas writes whole numbers as 1.0 if the column has, or had, a missing value. */
const INTEGRAL_FLOAT = /^(-?\d+)\.0+$/
const NEGATIVE_ZERO = '-0'
/** Digits that start with 0 are a code, such as 007. */
const CODE = /^[+-]?0\d/
/** A double keeps so many digits. */
const MAX_EXACT_DIGITS = 15
/** A larger number is a placeholder, such as the largest double: its square is infinite. */
const MAX_MAGNITUDE = 1e100
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
const ISO_TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(Z|UTC|[+-]\d\d(?::?\d\d)?)?)?$/
/**
 * A cell as a text that is equal across formats: int64 7 and double 7.0 of Parquet and "7.0" of CSV are all "7". "007"
 * stays "007".
 * @returns undefined if empty, null or a list
 */
export function toText(cell: Cell): string | undefined {
  if (cell instanceof Date) return Number.isNaN(cell.getTime()) ? undefined : cell.toISOString()
  switch (typeof cell) {
    case 'string':
      return cell === '' ? undefined : normalizeWholeNumber(cell)
    case 'number':
      return Number.isNaN(cell) ? undefined : String(cell)
    case 'bigint':
    case 'boolean':
      return String(cell)
    default:
      return undefined
  }
}

function normalizeWholeNumber(text: string): string {
  const whole = text.replace(INTEGRAL_FLOAT, '$1')
  return whole === NEGATIVE_ZERO ? '0' : whole
}

/** A name as `toText` has it, without blanks around it and with composed accents. */
export function toName(cell: Cell): string | undefined {
  return toText(typeof cell === 'string' ? cell.trim().normalize() : cell)
}

/** A class as the file spells it, without invisible characters and blanks around it, and with composed accents. */
export function toClassText(cell: Cell): string | undefined {
  if (typeof cell !== 'string') return toText(cell)
  const visible = NOT_ASCII.test(cell) ? cell.replace(/\p{Cf}/gu, '') : cell
  return visible.trim().normalize() || undefined
}

/**
 * A class of labels that may be numbers: true and false are 1 and 0, and each spelling of a number is one class. A Parquet
 * bool, "True" of pandas, 1.0 and +1 are all "1", and 1e+05 of R is "100000".
 */
export function toClassName(cell: Cell): string | undefined {
  const text = toText(toClassText(cell))
  if (text === undefined) return undefined
  if (text === 'true' || text === 'True' || text === 'TRUE') return '1'
  if (text === 'false' || text === 'False' || text === 'FALSE') return '0'
  if (!NUMBER.test(text) || CODE.test(text)) return text
  const isExact = text.replace(/\D/g, '').length <= MAX_EXACT_DIGITS && Number.isFinite(Number(text))
  return isExact ? toText(Number(text)) : text
}

const NOT_ASCII = /[^\0-\x7f]/

/** Whether a cell is true or false in words, or a bool of Parquet. */
export function isBoolean(cell: Cell): boolean {
  return typeof cell === 'boolean' || (typeof cell === 'string' && /^\s*[tf]/i.test(cell))
}

/** @returns NaN if not a decimal number; an empty text is not 0 */
export function toNumber(cell: Cell): number {
  switch (typeof cell) {
    case 'number':
      return cell
    case 'bigint':
    case 'boolean':
      return Number(cell)
    case 'string': {
      const text = cell.trim()
      if (NUMBER.test(text)) return Number(text)
      const name = toClassName(text)
      return name === '0' || name === '1' ? Number(name) : Number.NaN
    }
    default:
      return Number.NaN
  }
}

/** As `toNumber`, but NaN for a number that no statistic can be computed with. */
export function toQuantity(cell: Cell): number {
  const value = toNumber(cell)
  return Math.abs(value) <= MAX_MAGNITUDE ? value : Number.NaN
}

/** As `toQuantity`, but NaN if negative: a weight, or a relevance. */
export function toNonNegative(cell: Cell): number {
  const value = toQuantity(cell)
  return value >= 0 ? value : Number.NaN
}

/** The longest text of a cell that is shown. */
const MAX_SHOWN = 80

/** A cell as a message shows it: at most 80 characters. */
export function showCell(cell: Cell): string {
  if (cell === null || cell === undefined) return ''
  const isObject = typeof cell === 'object' && !(cell instanceof Date)
  return (isObject ? showObject(cell) : String(toIsoText(cell))).slice(0, MAX_SHOWN)
}

function toIsoText(cell: string | number | bigint | boolean | Date) {
  return cell instanceof Date ? (toText(cell) ?? cell) : cell
}

/** A list of Parquet: [1, 2, 3]. Models that answer with rows of one write such cells. */
function showObject(cell: object): string {
  if (!(Symbol.iterator in cell)) return 'an object'
  const items = Array.from(cell as Iterable<Cell>).slice(0, MAX_SHOWN)
  return `[${items.map(showCell).join(', ')}]`
}

/**
 * Milliseconds since 1970 of an ISO date or time. A time without a zone is UTC; BigQuery writes the zone as " UTC".
 * @returns NaN otherwise
 */
export function toIsoMs(cell: Cell): number {
  if (cell instanceof Date) return cell.getTime()
  const [, date, time, zone] = (typeof cell === 'string' && ISO_TIME.exec(cell.trim())) || []
  if (!date || !isCalendarDay(date)) return Number.NaN
  return Date.parse(`${date}T${time ?? '00:00'}${normalizeZone(zone)}`)
}

/** Whether a day such as 2026-11-28 exists. Date.parse reads 2026-02-30 as 2 March. */
function isCalendarDay(day: string): boolean {
  const date = new Date(`${day}T00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day)
}

/** "+02", "+0200" and "UTC" in the form that Date.parse reads. */
function normalizeZone(zone = 'Z'): string {
  if (zone === 'Z' || zone === 'UTC') return 'Z'
  return `${zone.slice(0, 3)}:${zone.slice(3).replace(':', '') || '00'}`
}
