import { type Cell, isBoolean, showCell, type toClassText, toName, toNumber, toText } from './cells.ts'

/** A column of few distinct texts: one code per row, an index into `names`. */
export interface Categorical {
  codes: Int32Array
  names: readonly string[]
}

/** Invalid cells of a column. */
export interface InvalidCells {
  count: number
  /** Line or row of the first one. */
  firstPosition: number
  /** Text of the first one. */
  firstCell: string
}

/** Collects the cells of one column in the order of the rows; `position` is the line or the row, from 1. */
export interface Column {
  add(cell: Cell, position: number): void
  /** Undefined if every cell is valid. */
  readonly invalidCells: InvalidCells | undefined
  /** Whether it keeps texts. The reader must then copy them: a substring keeps its whole buffer in memory. */
  readonly retainsText: boolean
}

/** One text per row. An empty cell is invalid, and so is a word for a missing value. */
export class TextColumn implements Column {
  readonly retainsText = true
  readonly #isMissing: (text: string) => boolean
  readonly values: string[] = []
  invalidCells: InvalidCells | undefined

  constructor(isMissing = (_: string) => false) {
    this.#isMissing = isMissing
  }

  add(cell: Cell, position: number): void {
    const text = toText(cell)
    if (text === undefined || text.trim() === '' || this.#isMissing(text))
      this.invalidCells = recordInvalid(this.invalidCells, cell, position)
    this.values.push(text ?? '')
  }
}

/** Few distinct texts, one code per row. An empty cell is invalid, and so is a word for a missing value. */
export class CategoricalColumn implements Column {
  readonly retainsText = true
  readonly #read: (cell: Cell) => string | undefined
  readonly #isMissing: (text: string) => boolean
  /** Words for a missing value have the code of the empty text. */
  readonly #codes = new Map<string, number>()
  readonly #names: string[] = []
  readonly #rows: number[] = []
  invalidCells: InvalidCells | undefined

  /**
   * @param read toName, or toClassText for classes
   * @param isMissing whether a text stands for a missing value; by default none does
   */
  constructor(read: typeof toName | typeof toClassText = toName, isMissing = (_: string) => false) {
    this.#read = read
    this.#isMissing = isMissing
  }

  add(cell: Cell, position: number): void {
    const text = this.#read(cell) ?? ''
    const code = this.#codes.get(text) ?? this.#addCode(text)
    if (this.#names[code] === '') this.invalidCells = recordInvalid(this.invalidCells, cell, position)
    this.#rows.push(code)
  }

  #addCode(text: string): number {
    const name = this.#isMissing(text) ? '' : text
    const code = this.#codes.get(name) ?? this.#names.push(name) - 1
    this.#codes.set(name, code)
    this.#codes.set(text, code)
    return code
  }

  /** The distinct texts of these rows; the empty text stands for all missing values. */
  listTexts(order: Uint32Array): string[] {
    const used = new Uint8Array(this.#names.length)
    for (const row of order) used[this.#rows[row] ?? 0] = 1
    return this.#names.filter((_, code) => used[code] === 1)
  }

  /**
   * The codes in the given order of the rows. `names` has only those of these rows, in ascending order.
   * @param nameOf the name of a text; several texts may have one
   */
  toCategorical(order: Uint32Array, nameOf = (text: string) => text): Categorical {
    const texts = this.listTexts(order)
    const names = [...new Set(texts.map(nameOf))].sort()
    const rankOf = new Map(names.map((name, rank) => [name, rank]))
    const ranks = new Int32Array(this.#names.length)
    for (const text of texts) ranks[this.#codes.get(text) ?? 0] = rankOf.get(nameOf(text)) ?? 0
    return { codes: Int32Array.from(order, (row) => ranks[this.#rows[row] ?? 0] ?? 0), names }
  }
}

/** Invalid cells of a column whose texts are kept. */
const MAX_KEPT_TEXTS = 100

/** One number per row. NaN and infinite are invalid, and so are true and false beside numbers other than 0 and 1. */
export class NumberColumn implements Column {
  readonly retainsText = false
  readonly #read: (cell: Cell) => number
  readonly #rows: number[] = []
  /** Texts of invalid cells, by row. */
  readonly #invalidTexts = new Map<number, string>()
  #invalidCells: InvalidCells | undefined
  /** Rows of true and false, which are invalid if the column has other numbers than 0 and 1. */
  readonly #booleans: { rows: number[]; cells: InvalidCells | undefined } = { rows: [], cells: undefined }
  #hasQuantities = false

  /** @param read toNumber, or the reader of a column of times */
  constructor(read: (cell: Cell) => number = toNumber) {
    this.#read = read
  }

  add(cell: Cell, position: number): void {
    const value = this.#read(cell)
    if (!Number.isFinite(value)) {
      this.#invalidCells = recordInvalid(this.#invalidCells, cell, position)
      this.#keepText(cell)
    } else if (value !== 0 && value !== 1) this.#hasQuantities = true
    else if (isBoolean(cell)) {
      this.#booleans.cells = recordInvalid(this.#booleans.cells, cell, position)
      this.#booleans.rows.push(this.#rows.length)
      this.#keepText(cell)
    }
    this.#rows.push(value)
  }

  #keepText(cell: Cell): void {
    if (this.#invalidTexts.size < MAX_KEPT_TEXTS) this.#invalidTexts.set(this.#rows.length, showCell(cell))
  }

  get invalidCells(): InvalidCells | undefined {
    return this.#invalidCells ?? (this.#hasQuantities ? this.#booleans.cells : undefined)
  }

  /** The values in the given order of the rows. */
  valuesInOrder(order: Uint32Array): Float64Array {
    if (this.#hasQuantities) for (const row of this.#booleans.rows) this.#rows[row] = Number.NaN
    return Float64Array.from(order, (row) => this.#rows[row] ?? Number.NaN)
  }

  /** The text of an invalid cell; undefined if the cell is valid, or has too many invalid ones before it. */
  getInvalidText(row: number): string | undefined {
    return this.#invalidTexts.get(row)
  }
}

function recordInvalid(known: InvalidCells | undefined, cell: Cell, position: number): InvalidCells {
  if (known) return { ...known, count: known.count + 1 }
  return { count: 1, firstPosition: position, firstCell: showCell(cell) }
}
