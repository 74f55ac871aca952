import { type Cell, type classOf, type momentOf, numberOf, textOf } from './join-cells.ts'
import type { Coded } from './rows.ts'

/** Cells of a column that cannot be used. */
export interface Trouble {
  count: number
  /** Line or row of the first. */
  position: number
  /** The first, as it was written. */
  cell: string
}

/** Takes the cells of one column in the order of the rows; `position` is the line or the row, as a person counts. */
export interface Column {
  take(cell: Cell, position: number): void
  /** Undefined where every cell is of use. */
  readonly trouble: Trouble | undefined
  /** Whether texts stay with it: they must then stand alone, since a part of a text keeps the whole in memory. */
  readonly keeps: boolean
}

/** One text for each row. A row without one has the empty text, and is in trouble. */
export class Texts implements Column {
  readonly keeps = true
  readonly values: string[] = []
  trouble: Trouble | undefined

  take(cell: Cell, position: number): void {
    const text = textOf(cell)
    if (text === undefined) this.trouble = worse(this.trouble, cell, position)
    this.values.push(text ?? '')
  }
}

/** Few distinct texts, one code for each row. A row without one has the empty text, and is in trouble. */
export class Codes implements Column {
  readonly keeps = true
  readonly #read: (cell: Cell) => string | undefined
  readonly #codes = new Map<string, number>()
  readonly #rows = new Growing((size) => new Int32Array(size))
  trouble: Trouble | undefined

  /** @param read textOf, or classOf for labels */
  constructor(read: typeof textOf | typeof classOf = textOf) {
    this.#read = read
  }

  take(cell: Cell, position: number): void {
    const text = this.#read(cell) ?? ''
    if (text === '') this.trouble = worse(this.trouble, cell, position)
    let code = this.#codes.get(text)
    if (code === undefined) {
      code = this.#codes.size
      this.#codes.set(text, code)
    }
    this.#rows.push(code)
  }

  /** The codes in the given order of the rows, with the names that these rows have, in ascending order. */
  coded(order: Uint32Array): Coded {
    const rows = this.#rows.filled()
    const used = new Uint8Array(this.#codes.size)
    for (const row of order) used[rows[row] ?? 0] = 1
    const names = [...this.#codes.keys()].filter((_, code) => used[code] === 1).sort()
    const ranks = new Int32Array(used.length)
    for (const [rank, name] of names.entries()) ranks[this.#codes.get(name) ?? 0] = rank
    return { codes: Int32Array.from(order, (row) => ranks[rows[row] ?? 0] ?? 0), names }
  }
}

/** One number for each row; NaN where it is none, and such a row, or an infinite one, is in trouble. */
export class Numbers implements Column {
  readonly keeps = false
  readonly #read: (cell: Cell) => number
  readonly #rows = new Growing((size) => new Float64Array(size))
  trouble: Trouble | undefined

  /** @param read numberOf, or momentOf for times */
  constructor(read: typeof numberOf | typeof momentOf = numberOf) {
    this.#read = read
  }

  take(cell: Cell, position: number): void {
    const value = this.#read(cell)
    if (!Number.isFinite(value)) this.trouble = worse(this.trouble, cell, position)
    this.#rows.push(value)
  }

  /** The values in the given order of the rows. */
  ordered(order: Uint32Array): Float64Array {
    const rows = this.#rows.filled()
    return Float64Array.from(order, (row) => rows[row] ?? Number.NaN)
  }
}

class Growing<T extends Int32Array | Float64Array> {
  readonly #make: (size: number) => T
  #values: T
  #length = 0

  constructor(make: (size: number) => T) {
    this.#make = make
    this.#values = make(1024)
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = this.#make(2 * this.#length)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.#length] = value
    this.#length += 1
  }

  filled(): T {
    return this.#values.subarray(0, this.#length) as T
  }
}

function worse(trouble: Trouble | undefined, cell: Cell, position: number): Trouble {
  if (trouble) return { ...trouble, count: trouble.count + 1 }
  return {
    count: 1,
    position,
    cell: typeof cell === 'object' && cell !== null ? 'a list' : String(cell ?? ''),
  }
}
