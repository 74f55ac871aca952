import { type Cell, showCell, toIsoMs, toQuantity } from '../../table/cells.ts'
import type { Column } from '../../table/columns.ts'
import type { Sampler } from './sampler.ts'

/** More distinct values are not counted one by one. */
export const MAX_DISTINCT = 10_000
/** Codes with leading zeros, such as zip codes, are texts. */
const CODE = /^\s*[+-]?0\d/
/** Larger integers are not exact as doubles. */
const MAX_EXACT = 2 ** 53

/** A text where numbers are expected, for a note. */
export interface FirstText {
  text: string
  position: number
}

/**
 * Collects one column in one pass: counts and moments over all rows, and the cells of the sampled rows. Its type is decided
 * at the end, so numbers and texts are kept side by side.
 */
export class ColumnCollector implements Column {
  /** The reader does not copy cells: only those that are kept are copied here. */
  readonly retainsText = false
  readonly invalidCells = undefined
  readonly #sampler: Sampler
  readonly #isMissing: (text: string) => boolean
  rows = 0
  nulls = 0
  numbers = 0
  booleans = 0
  times = 0
  nested = 0
  firstText: FirstText | undefined
  hasInexactIntegers = false
  isInteger = true
  /** Whether each number is larger than the one before. */
  isGrowing = true
  #last = Number.NEGATIVE_INFINITY
  min = Number.POSITIVE_INFINITY
  max = Number.NEGATIVE_INFINITY
  mean = 0
  #squares = 0
  /** Undefined if there are too many. */
  distinctNumbers: Map<number, number> | undefined = new Map()
  /** Rows of each text and boolean; undefined if there are too many. */
  texts: Map<string, number> | undefined = new Map()
  readonly #codes = new Map<string, number>()
  readonly #names: string[] = []
  /** By place in the sample: the number, NaN for anything else. */
  values = new Float64Array(1024)
  /** By place in the sample: index of the text, -1 for a null, -2 for a number. */
  codes = new Int32Array(1024)

  constructor(sampler: Sampler, isMissing: (text: string) => boolean) {
    this.#sampler = sampler
    this.#isMissing = isMissing
  }

  add(cell: Cell, position: number): void {
    this.rows += 1
    const place = this.#sampler.next()
    if (isEmpty(cell) || (typeof cell === 'string' && this.#isMissing(cell))) {
      this.nulls += 1
      this.#keep(place, Number.NaN, -1)
      return
    }
    const value = readNumber(cell)
    if (Number.isNaN(value)) this.#addOther(cell, position, place)
    else this.#addNumber(value, place)
  }

  #addNumber(value: number, place: number): void {
    this.numbers += 1
    const delta = value - this.mean
    this.mean += delta / this.numbers
    this.#squares += delta * (value - this.mean)
    if (value < this.min) this.min = value
    if (value > this.max) this.max = value
    if (!Number.isInteger(value)) this.isInteger = false
    else if (Math.abs(value) > MAX_EXACT) this.hasInexactIntegers = true
    if (value <= this.#last) this.isGrowing = false
    this.#last = value
    if (this.distinctNumbers) {
      this.distinctNumbers.set(value, (this.distinctNumbers.get(value) ?? 0) + 1)
      if (this.distinctNumbers.size > MAX_DISTINCT) this.distinctNumbers = undefined
    }
    this.#keep(place, value, -2)
  }

  #addOther(cell: Cell, position: number, place: number): void {
    if (cell instanceof Date) this.times += 1
    else if (typeof cell === 'object') this.nested += 1
    else if (typeof cell === 'boolean') this.booleans += 1
    const text =
      cell instanceof Date ? cell.toISOString() : typeof cell === 'object' ? '' : String(cell).trim()
    this.firstText ??= { text: showCell(cell), position }
    const known = this.texts?.get(text)
    if (known !== undefined) this.texts?.set(text, known + 1)
    else if (this.texts) {
      const copy = copyText(text)
      if (typeof cell === 'string' && !Number.isNaN(toIsoMs(copy))) this.times += 1
      this.texts.set(copy, 1)
      if (this.texts.size > MAX_DISTINCT) this.texts = undefined
    }
    if (place >= 0) this.#keep(place, Number.NaN, this.#codeOf(text))
  }

  #codeOf(text: string): number {
    const known = this.#codes.get(text)
    if (known !== undefined) return known
    // Beyond the limit the column is no category, so that its codes are not needed.
    if (this.#names.length > MAX_DISTINCT) return -1
    const copy = copyText(text)
    this.#codes.set(copy, this.#names.length)
    return this.#names.push(copy) - 1
  }

  #keep(place: number, value: number, code: number): void {
    if (place < 0) return
    if (place >= this.values.length) {
      this.values = grow(this.values, new Float64Array(2 * this.values.length))
      this.codes = grow(this.codes, new Int32Array(2 * this.codes.length))
    }
    this.values[place] = value
    this.codes[place] = code
  }

  /** Texts of the codes. */
  get names(): readonly string[] {
    return this.#names
  }

  /** Of the population. */
  get standardDeviation(): number {
    return this.numbers === 0 ? Number.NaN : Math.sqrt(this.#squares / this.numbers)
  }
}

function isEmpty(cell: Cell): boolean {
  return (
    cell === null ||
    cell === undefined ||
    (typeof cell === 'string' && cell.trim() === '') ||
    Number.isNaN(cell)
  )
}

/** NaN for anything that is no number of a plausible size. */
function readNumber(cell: Cell): number {
  if (typeof cell === 'number' || typeof cell === 'bigint') return toQuantity(cell)
  if (typeof cell !== 'string' || !/^\s*[-+.\d]/.test(cell) || CODE.test(cell)) return Number.NaN
  return toQuantity(cell)
}

/** A slice would keep the whole chunk in memory. */
function copyText(text: string): string {
  return Buffer.from(text).toString()
}

function grow<T extends Float64Array | Int32Array>(from: T, to: T): T {
  to.set(from)
  return to
}
