import Papa from 'papaparse'
import { UserError } from '../../domain/core/errors.ts'
import { quote } from '../../domain/table/messages.ts'
import { createTextDecoder } from './csv-decoder.ts'
import type { SelectedColumn, TableFile, TableParts } from './table-file.ts'

/** Maximum characters of a line, quoted line breaks included. It stops an open quote from reading the whole file. */
const MAX_LINE_LENGTH = 1024 * 1024

/** What a decoder writes for bytes that it cannot read. */
const REPLACEMENT = '\ufffd'

interface ParseResult {
  data: string[][]
  errors: { message: string; row: number }[]
  /** Characters parsed so far, without an incomplete last line. */
  meta: { cursor: number }
}

/**
 * Reads a CSV part chunk by chunk. It calls papaparse's parser directly to get back pressure.
 * @param offset added to the number of each line
 * @returns number of lines
 */
export async function readCsv(
  part: TableFile,
  bytes: AsyncIterable<Buffer>,
  parts: TableParts,
  offset: number,
): Promise<number> {
  const rows = createRowReader(part, parts, offset)
  let rest = ''
  const decoder = createTextDecoder((textBefore, problem) => {
    // These lines were not parsed yet.
    return rows.fail(problem, `${rest}${textBefore}`.match(/\r{0,2}\n|\r/g)?.length)
  })
  const parse = (isLast: boolean): ParseResult =>
    new Papa.Parser({ delimiter: ',', newline: decoder.newline() ?? '\n' }).parse(rest, 0, !isLast)
  for await (const chunk of bytes) {
    rest += decoder.decode(chunk)
    if (decoder.newline()) {
      const parsed = parse(false)
      rows.addLines(parsed, false)
      rest = rest.slice(parsed.meta.cursor)
    }
    if (rest.length > MAX_LINE_LENGTH) rows.fail('is longer than 1 MiB. Check for an unclosed quote.')
  }
  rest += decoder.decode(Buffer.alloc(0), true)
  if (rest !== '') rows.addLines(parse(true), true)
  if (rows.isEmpty()) throw new UserError(`${part.label}: is empty. Its first line must name the columns.`)
  return rows.lineCount()
}

/** Passes the cells of parsed lines to the selected columns. */
function createRowReader(part: TableFile, parts: TableParts, offset: number) {
  let names: readonly string[] | undefined
  let selected: (SelectedColumn & { at: number })[] = []
  /** Number of the next line, as an editor counts. */
  let line = 1
  const fail = (problem: string, linesAhead = 0): never => {
    throw new UserError(`${part.label}: line ${line + linesAhead} ${problem}`)
  }
  const addLine = (cells: string[]) => {
    // Skip blank lines.
    if (cells.length === 1 && cells[0] === '') return
    if (!names) {
      if (/^sep=/i.test(cells[0] ?? ''))
        fail('is an instruction for Excel. Remove it, so that the first line names the columns.')
      const separator = cells.length === 1 && findOtherSeparator(cells[0] ?? '')
      if (separator)
        fail(
          `separates the columns by ${separator}. Write the file with commas between columns and points in numbers (in pandas, to_csv without sep and decimal).`,
        )
      names = cells
      const hint = cells.length === 1 ? ' (columns are separated by commas)' : ''
      selected = parts
        .select(part, cells, () => hint)
        .map(({ name, column }) => ({ name, column, at: cells.indexOf(name) }))
      return
    }
    if (cells.length !== names.length)
      fail(
        `has ${cells.length} cell${cells.length === 1 ? '' : 's'}, but the first line names ${names.length} columns.`,
      )
    parts.addRows(part, 1)
    if (cells.every((cell, at) => cell === names?.[at]))
      fail('repeats the header. The file seems to be several files in one: remove this line.')
    for (const { name, column, at } of selected) {
      const cell = cells[at] ?? ''
      if (cell.includes(REPLACEMENT))
        fail(
          `has the character U+FFFD in column ${quote(name)}, which stands for damaged text. Write the file again, as UTF-8 text.`,
        )
      if (cell.includes('\r'))
        fail(`has a carriage return (\\r) in column ${quote(name)}. Write the file with \\n.`)
      column.add(column.retainsText ? detach(cell) : cell, offset + line)
    }
  }
  return {
    fail,
    /** Whether not even the header was read yet. */
    isEmpty: () => names === undefined,
    lineCount: () => line - 1,
    /** @param isLast whether no text follows; otherwise an error in the incomplete last line is ignored, as it is parsed again */
    addLines({ data, errors }: ParseResult, isLast: boolean): void {
      const failed = errors.find(({ row }) => isLast || row < data.length)
      for (const [index, cells] of data.entries()) {
        if (failed?.row === index) fail(`is malformed: ${failed.message.toLowerCase()}.`)
        addLine(cells)
        line += 1
        for (const cell of cells) line += countLineBreaks(cell)
      }
      if (failed) fail(`is malformed: ${failed.message.toLowerCase()}.`)
    },
  }
}

/** The separator of a header line without commas. */
function findOtherSeparator(header: string): string | undefined {
  if (header.includes(';')) return 'semicolons'
  if (header.includes('\t')) return 'tabs'
  return header.includes('|') ? 'vertical bars' : undefined
}

/** Copies a cell, since a slice would keep the whole chunk in memory. V8 copies short strings anyway. */
function detach(text: string): string {
  return text.length < 13 ? text : Buffer.from(text).toString()
}

function countLineBreaks(text: string): number {
  let breaks = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) breaks += 1
  return breaks
}
