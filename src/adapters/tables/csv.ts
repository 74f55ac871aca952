import { createReadStream } from 'node:fs'
import Papa from 'papaparse'
import { UserError } from '../../domain/failure.ts'
import { type Choose, checkRowCount, type TableFile, type Wanted } from './read-table.ts'

/** Characters of one line, quoted line breaks and all; an open quote must not swallow the file. */
const LONGEST_LINE = 1024 * 1024

interface Parsed {
  data: string[][]
  errors: { message: string; row: number }[]
  /** Characters read so far, without a line that has not ended yet. */
  meta: { cursor: number }
}

/** Reads a CSV in pieces of 64 KiB. The parser is papaparse's own, driven by hand, so that the file waits for us. */
export async function readCsv({ path, called }: TableFile, choose: Choose, mostRows: number): Promise<void> {
  const lines = new Lines(called, choose, mostRows)
  let parse: ((text: string, whole: boolean) => Parsed) | undefined
  let rest = ''
  for await (const piece of createReadStream(path, { encoding: 'utf8' })) {
    rest += rest === '' && lines.none ? withoutMark(piece as string) : piece
    // Its line breaks are known when one was read, with what follows it.
    if (!parse && !/[\r\n]./s.test(rest) && rest.length <= LONGEST_LINE) continue
    parse ??= parserFor(rest)
    const parsed = parse(rest, false)
    lines.take(parsed, false)
    rest = rest.slice(parsed.meta.cursor)
    if (rest.length > LONGEST_LINE) lines.refuse('is longer than 1 MiB; is a quote left open?')
  }
  parse ??= parserFor(rest)
  if (rest !== '') lines.take(parse(rest, true), true)
  lines.end()
}

function parserFor(text: string): (text: string, whole: boolean) => Parsed {
  const at = text.search(/[\r\n]/)
  const newline = text[at] !== '\r' ? '\n' : text[at + 1] === '\n' ? '\r\n' : '\r'
  return (piece, whole) => new Papa.Parser({ delimiter: ',', newline }).parse(piece, 0, !whole)
}

/** Hands the cells of parsed lines to the columns that want them. */
class Lines {
  readonly #called: string
  readonly #choose: Choose
  readonly #mostRows: number
  #names: readonly string[] | undefined
  #takers: { column: Wanted['column']; at: number }[] = []
  #rows = 0
  /** The number of the line that comes next, as an editor counts. */
  #line = 1

  constructor(called: string, choose: Choose, mostRows: number) {
    this.#called = called
    this.#choose = choose
    this.#mostRows = mostRows
  }

  /** Whether nothing was read yet, not even names. */
  get none(): boolean {
    return this.#names === undefined
  }

  /** @param whole whether no more text follows; else the line after the last may only look wrong, and comes again */
  take({ data, errors }: Parsed, whole: boolean): void {
    const wrong = errors.find(({ row }) => whole || row < data.length)
    for (const [index, cells] of data.entries()) {
      if (wrong?.row === index) this.refuse(`is malformed: ${wrong.message.toLowerCase()}.`)
      this.#takeLine(cells)
      this.#line += 1 + breaksIn(cells)
    }
    if (wrong) this.refuse(`is malformed: ${wrong.message.toLowerCase()}.`)
  }

  end(): void {
    if (this.none) throw new UserError(`${this.#called}: is empty; its first line must name the columns.`)
  }

  refuse(what: string): never {
    throw new UserError(`${this.#called}: line ${this.#line} ${what}`)
  }

  #takeLine(cells: string[]): void {
    // Blank lines are nothing, as everywhere.
    if (cells.length === 1 && cells[0] === '') return
    if (!this.#names) {
      this.#names = cells
      this.#takers = this.#choose(cells).map(({ name, column }) => ({ column, at: cells.indexOf(name) }))
      return
    }
    if (cells.length !== this.#names.length)
      this.refuse(
        `has ${cells.length} cell${cells.length === 1 ? '' : 's'}, and the first line names ${this.#names.length} columns.`,
      )
    this.#rows += 1
    checkRowCount(this.#called, this.#rows, this.#mostRows)
    for (const { column, at } of this.#takers)
      column.take(column.keeps ? alone(cells[at] ?? '') : cells[at], this.#line)
  }
}

/** A cell is a part of the piece that was read, and would keep all of it in memory; short ones are copied anyway. */
function alone(text: string): string {
  return text.length < 13 ? text : Buffer.from(text).toString()
}

/** Windows' programs begin a file with a byte order mark. */
function withoutMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text
}

function breaksIn(cells: readonly string[]): number {
  let breaks = 0
  for (const cell of cells)
    for (let at = cell.indexOf('\n'); at >= 0; at = cell.indexOf('\n', at + 1)) breaks += 1
  return breaks
}
