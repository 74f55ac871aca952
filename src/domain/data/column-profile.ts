import { type Cell, toClassName, toIsoMs, toText } from '../table/cells.ts'
import type { Column, InvalidCells } from '../table/columns.ts'
import { createTimeReader, findTimeLookalike } from '../table/times.ts'
import { isOfType, toNumeric } from './cell-values.ts'
import { HashSet, hashText } from './hash-set.ts'
import { type ColumnType, columnTypes } from './schema.ts'
import { copyText } from './violations.ts'

/** A column with more texts has no categories. */
export const MAX_CATEGORIES = 50

/** What a reference shows of one column. */
export interface ColumnProfile {
  name: string
  cells: number
  nulls: number
  /** Types that every cell has that is not missing; of a column without values, all. */
  types: ReadonlySet<ColumnType>
  /** Undefined if a cell is not a number. */
  range: { min: number; max: number } | undefined
  /** Whether numbers mean an order, a time or an id, so that later ones lie outside the range. */
  grows: boolean
  /** Rows of each category; undefined above the limit. */
  categories: ReadonlyMap<string, number> | undefined
}

/** Collects the profile of one column in bounded memory. */
export class ProfileColumn implements Column {
  readonly retainsText = false
  readonly invalidCells: InvalidCells | undefined = undefined
  readonly #isNull: (cell: Cell) => boolean
  readonly #now: number
  readonly #readTime: (cell: Cell) => number
  readonly #types = new Set<ColumnType>(columnTypes)
  readonly #values = new HashSet(2 ** 18)
  #categories: Map<string, number> | undefined = new Map()
  #cells = 0
  #nulls = 0
  #min = Number.POSITIVE_INFINITY
  #max = Number.NEGATIVE_INFINITY
  #previous = Number.NEGATIVE_INFINITY
  #isSorted = true
  #isEpoch = true

  /** @param now milliseconds since 1970 */
  constructor(isNull: (cell: Cell) => boolean, now: number) {
    this.#isNull = isNull
    this.#now = now
    this.#readTime = createTimeReader(now)
  }

  add(cell: Cell): void {
    this.#cells += 1
    if (this.#isNull(cell)) {
      this.#nulls += 1
      return
    }
    const value = toNumeric(cell)
    for (const type of this.#types)
      if (!isOfType(type, cell, type === 'date' ? toIsoMs(cell) : value)) this.#types.delete(type)
    if (this.#types.has('number')) this.#addNumber(cell, value)
    this.#values.add(hashText(toText(cell) ?? ''))
    this.#addCategory(cell)
  }

  #addNumber(cell: Cell, value: number): void {
    this.#min = Math.min(this.#min, value)
    this.#max = Math.max(this.#max, value)
    if (value < this.#previous) this.#isSorted = false
    this.#previous = value
    if (this.#isEpoch) this.#isEpoch = !Number.isNaN(this.#readTime(cell))
  }

  #addCategory(cell: Cell): void {
    const name = this.#categories && toClassName(cell)
    if (!this.#categories || name === undefined) return
    const count = this.#categories.get(name)
    if (count === undefined && this.#categories.size >= MAX_CATEGORIES) this.#categories = undefined
    else this.#categories.set(count === undefined ? copyText(name) : name, (count ?? 0) + 1)
  }

  profile(name: string): ColumnProfile {
    const present = this.#cells - this.#nulls
    const { rows, distinct } = this.#values.counts()
    const isNumeric = present > 0 && this.#types.has('number')
    const isInteger = this.#types.has('integer')
    const isDay = [this.#min, this.#max].every(
      (value) => findTimeLookalike(value, this.#now)?.kind === 'compact-date',
    )
    return {
      name,
      cells: this.#cells,
      nulls: this.#nulls,
      types: this.#types,
      range: isNumeric ? { min: this.#min, max: this.#max } : undefined,
      // A constant is sorted, too.
      grows:
        isNumeric &&
        this.#min < this.#max &&
        (this.#isSorted || this.#isEpoch || (isInteger && (isDay || rows === distinct))),
      categories: this.#categories,
    }
  }
}
