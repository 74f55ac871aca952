import { compare, parseDecimal } from '../core/decimal.ts'
import { type Cell, isBoolean, toIsoMs, toNumber } from '../table/cells.ts'
import { isMissingWord } from '../table/missing-words.ts'
import type { ColumnType } from './schema.ts'

/** Words for a missing value beside the usual ones, and usual ones that are values. */
export interface MissingWords {
  more: readonly string[]
  notMissing: readonly string[]
}

const FIRST_DIGIT = 0x30
const LAST_DIGIT = 0x39

/** Creates the test whether a cell is missing: null, NaN, blank, or a word for a missing value. */
export function createNullTest({ more, notMissing }: MissingWords): (cell: Cell) => boolean {
  const [extra, values] = [new Set(more), new Set(notMissing)]
  return (cell) => {
    if (cell === null || cell === undefined) return true
    if (typeof cell === 'number') return Number.isNaN(cell)
    if (typeof cell !== 'string') return cell instanceof Date && Number.isNaN(cell.getTime())
    const first = cell.charCodeAt(0)
    // Few cells of a number can be a word, and this is asked of each cell.
    if (extra.size === 0 && first >= FIRST_DIGIT && first <= LAST_DIGIT && !cell.includes('#')) return false
    const word = cell.trim()
    return word === '' || extra.has(word) || (isMissingWord(word) && !values.has(word))
  }
}

/** A number, unlike `toNumber` without true and false. @returns NaN if not a number */
export function toNumeric(cell: Cell): number {
  return isBoolean(cell) ? Number.NaN : toNumber(cell)
}

/** The number or the time that bounds and orders compare. @returns NaN if it has none */
export function createValueReader(type: ColumnType | undefined): (cell: Cell) => number {
  return type === 'date' ? toIsoMs : toNumeric
}

const BOOLEAN = /^(true|false|True|False|TRUE|FALSE|0|1)$/

/** Whether a cell that is not missing is of a type. @param value of the cell, by `createValueReader` */
export function isOfType(type: ColumnType, cell: Cell, value: number): boolean {
  switch (type) {
    case 'integer':
      return Number.isInteger(value)
    case 'number':
      return Number.isFinite(value)
    case 'date':
      return !Number.isNaN(value)
    case 'boolean':
      return typeof cell === 'boolean' || BOOLEAN.test(String(cell).trim())
    case 'string':
      return typeof cell === 'string'
  }
}

/** A bound of a range. Doubles compare, and texts decide where they are equal: 2^53 and 2^53 + 1 are one double. */
export interface Bound {
  value: number
  /** Undefined for a time. */
  decimal: string | undefined
}

export function createBound(text: string, type: ColumnType | undefined): Bound {
  return type === 'date'
    ? { value: toIsoMs(text), decimal: undefined }
    : { value: Number(text), decimal: text }
}

/** Negative, zero or positive as the cell is below, at or above the bound. @param value of the cell, not NaN */
export function compareToBound(cell: Cell, value: number, bound: Bound): number {
  if (value !== bound.value) return value - bound.value
  if (bound.decimal === undefined || (typeof cell !== 'string' && typeof cell !== 'bigint')) return 0
  const text = String(cell).trim()
  // Such an exponent means 0, or is too large for a double.
  return /e[+-]?\d{4}/i.test(text) ? 0 : compare(parseDecimal(text), parseDecimal(bound.decimal))
}
