import { type Cell, showCell } from '../table/cells.ts'

/** Where the reader is. Several files are one table, and each counts its own lines. */
export interface Cursor {
  file: number
}

/** A cell that fails a rule. */
export interface Example {
  /** Index of the file. */
  file: number
  /** Line or row in the file. */
  position: number
  /** Text of the cell, or undefined for a row. */
  text: string | undefined
}

const MAX_EXAMPLES = 5

/** Counts what fails a rule, and keeps the first ones. */
export class Violations {
  readonly #cursor: Cursor
  readonly examples: Example[] = []
  count = 0

  constructor(cursor: Cursor) {
    this.#cursor = cursor
  }

  add(position: number, cell?: Cell): void {
    this.count += 1
    if (this.examples.length >= MAX_EXAMPLES) return
    const text = cell === undefined ? undefined : copyText(showCell(cell))
    this.examples.push({ file: this.#cursor.file, position, text })
  }
}

/** Copies a text. A slice of it would keep the whole chunk of the file in memory. */
export function copyText(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string
}
