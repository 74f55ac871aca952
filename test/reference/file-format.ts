import { gzipSync } from 'node:zlib'
import type { Column } from './dataset.ts'
import type { Draw } from './draw.ts'

/** How a table is written: by the test as bytes, or by pyarrow as Parquet. */
export type FileContent =
  | { kind: 'bytes'; bytes: Buffer }
  | {
      kind: 'parquet'
      columns: { name: string; type: string; cells: (string | null)[] }[]
      options: ParquetOptions
    }

interface ParquetOptions {
  compression: string
  version: string
  dataPageVersion: string
  dictionary: boolean
  rowGroupSize: number
  encoding: string | null
}

interface CsvFormat {
  newline: string
  separator: string
  quoting: 'needed' | 'all' | 'texts'
  endsWithNewline: boolean
}

/** Changes the text of a CSV file, or its bytes. */
export type TextDefect = (draw: Draw, text: string, newline: string) => string
export type ByteDefect = (draw: Draw, text: string) => Buffer

const line = (change: (draw: Draw, line: string) => string, isData = true): TextDefect => {
  return (draw, text, newline) => {
    const lines = text.split(newline)
    const at = isData ? draw.integer(1, Math.max(1, lines.length - 2)) : 0
    return lines.with(at, change(draw, lines[at] ?? '')).join(newline)
  }
}
const everyLine =
  (change: (line: string, at: number) => string): TextDefect =>
  (_, text, newline) =>
    text
      .split(newline)
      .map((one, at) => (one === '' ? one : change(one, at)))
      .join(newline)

export const TEXT_DEFECTS: Readonly<Record<string, TextDefect>> = {
  'blank lines': line((_, text) => `\n\n${text}`),
  'line of spaces': line((draw, text) => `${draw.pick([' ', '\t', ','])}\n${text}`),
  'cell too many': line((draw, text) => `${text},${draw.pick(['', '1'])}`),
  'cell too few': line((_, text) => text.replace(/,[^,]*$/, '')),
  'trailing commas': everyLine((text) => `${text},`),
  'trailing commas in the rows': everyLine((text, at) => (at === 0 ? text : `${text},`)),
  'row numbers without a name': everyLine((text, at) => (at === 0 ? text : `${at},${text}`)),
  'index of pandas': everyLine((text, at) => (at === 0 ? `,${text}` : `${at},${text}`)),
  'truncated file': (draw, text) => text.slice(0, draw.integer(Math.floor(text.length / 2), text.length - 1)),
  'unclosed quote': line((draw, text) => draw.pick([`"${text}`, text.replace(',', ',"')])),
  'quote within a cell': line((draw, text) => draw.pick([`${text}"`, text.replace(',', '",')])),
  'text after a quote': line((_, text) => text.replace(/^([^,"]*),/, '"$1"x,')),
  'backslash quotes': (_, text) => text.replaceAll('""', '\\"'),
  'space after separators': everyLine((text) => text.replaceAll(',', ', ')),
  'no header': (_, text, newline) => text.split(newline).slice(1).join(newline),
  'comment line': (draw, text, newline) =>
    draw.chance(0.5) ? `# exported${newline}${text}` : text.replace(newline, `${newline}# rows${newline}`),
  'separator line': (_, text, newline) => `sep=,${newline}${text}`,
  'summary line': (_, text, newline) => `${text}${newline}(40 rows)${newline}`,
  'mixed line breaks': (draw, text, newline) =>
    text
      .split(newline)
      .map((one) => one + draw.pick(['\n', '\r\n', newline]))
      .join(''),
  'some old line breaks': (draw, text, newline) =>
    text
      .split(newline)
      .map((one) => one + (draw.chance(0.1) ? '\r' : newline))
      .join(''),
  'doubled line breaks': (_, text, newline) => text.replaceAll(newline, translate(newline)),
  'NUL character': line((_, text) => `${text}\0`),
  'end of file character': (_, text) => `${text}\x1a`,
  'replacement character': (_, text) => text.replace(/[^\x20-\x7e\r\n]/, '\ufffd'),
}

/** As Python on Windows writes line breaks. */
function translate(newline: string): string {
  return newline === '\n' ? '\r\n' : '\r\r\n'
}

const withMark = (mark: number[], bytes: Buffer) => Buffer.concat([Buffer.from(mark), bytes])

export const BYTE_DEFECTS: Readonly<Record<string, ByteDefect>> = {
  'UTF-16': (draw, text) =>
    draw.chance(0.5)
      ? withMark([0xff, 0xfe], Buffer.from(text, 'utf16le'))
      : Buffer.from(text, 'utf16le').swap16(),
  'Windows code page': (_, text) => Buffer.from(text, 'latin1'),
  'broken byte': (draw, text) => {
    const bytes = Buffer.from(text)
    bytes[draw.integer(0, bytes.length - 1)] = draw.pick([0xff, 0x80, 0xc3, 0xed])
    return bytes
  },
  'two byte order marks': (_, text) => withMark([0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf], Buffer.from(text)),
  'packed twice': (_, text) => gzipSync(gzipSync(text)),
  'damaged gzip': (draw, text) => {
    const packed = gzipSync(text)
    return packed.subarray(0, draw.integer(12, packed.length - 1))
  },
  'gzip of two members': (draw, text) => {
    const at = draw.integer(0, text.length)
    return Buffer.concat([gzipSync(text.slice(0, at)), gzipSync(text.slice(at))])
  },
}

/** Harmless differences between the writers of CSV files. */
export function createCsvFormat(draw: Draw): CsvFormat {
  return {
    newline: draw.pick(['\n', '\n', '\n', '\r\n', '\r\n', '\r']),
    separator: draw.chance(0.02) ? draw.pick([';', '\t', '|']) : ',',
    quoting: draw.pick(['needed', 'needed', 'all', 'texts']),
    endsWithNewline: draw.chance(0.9),
  }
}

export function writeCsv(columns: readonly Column[], format: CsvFormat): string {
  const { newline, separator, quoting, endsWithNewline } = format
  const needsQuotes = new RegExp(`["\\r\\n${separator === '|' ? '\\|' : separator}]`)
  const write = (cell: string | null, isText: boolean) => {
    const isQuoted = quoting === 'all' || (quoting === 'texts' && isText) || needsQuotes.test(cell ?? '')
    return isQuoted ? `"${(cell ?? '').replaceAll('"', '""')}"` : (cell ?? '')
  }
  const header = columns.map(({ name }) => write(name, true)).join(separator)
  const rows = (columns[0]?.cells ?? []).map((_, row) =>
    columns.map(({ role, cells }) => write(cells[row] ?? null, role !== 'number')).join(separator),
  )
  return [header, ...rows].join(newline) + (endsWithNewline ? newline : '')
}

const TYPES: Readonly<Record<string, readonly string[]>> = {
  text: ['string', 'string', 'large_string', 'dictionary', 'binary', 'string_view'],
  whole: [
    'int64',
    'int64',
    'int8',
    'int16',
    'int32',
    'uint8',
    'uint32',
    'uint64',
    'float64',
    'float32',
    'decimal',
  ],
  number: ['float64', 'float64', 'float64', 'float32', 'float16', 'decimal', 'string'],
  boolean: ['bool', 'bool', 'string', 'dictionary'],
  time: [
    'timestamp_s',
    'timestamp_ms',
    'timestamp_us',
    'timestamp_ns',
    'timestamp_us_utc',
    'date32',
    'string',
  ],
}

/** A type that can hold the cells; pyarrow falls back to a string where one cell does not fit. */
function pickType(draw: Draw, { role, cells }: Column): string {
  const all = (pattern: RegExp) => cells.every((cell) => cell === null || pattern.test(cell))
  if (all(/^(true|false)$/i)) return draw.pick(TYPES.boolean ?? [])
  if (role === 'time' || (role === 'id' && all(/^\d{4}-\d\d-\d\d/))) return draw.pick(TYPES.time ?? [])
  if (role !== 'number' && all(/^-?(0|[1-9]\d*)$/))
    return draw.pick([...(TYPES.whole ?? []), ...(TYPES.text ?? [])])
  if (role !== 'number') return draw.pick(TYPES.text ?? [])
  return draw.pick(all(/^-?\d+$/) ? [...(TYPES.whole ?? []), 'float64'] : (TYPES.number ?? []))
}

export function createParquet(draw: Draw, columns: readonly Column[]): FileContent {
  const extra = draw.chance(0.15) ? [{ name: 'extra', type: draw.pick(EXTRA_TYPES), cells: [] }] : []
  const typed = columns.map((column) => ({
    name: column.name,
    type: draw.chance(0.01) ? 'null' : pickType(draw, column),
    cells: column.cells,
  }))
  return {
    kind: 'parquet',
    columns: [...typed, ...extra],
    options: {
      compression: draw.pick(['none', 'snappy', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4']),
      version: draw.pick(['1.0', '2.4', '2.6', '2.6']),
      dataPageVersion: draw.pick(['1.0', '1.0', '2.0']),
      dictionary: draw.chance(0.7),
      rowGroupSize: draw.pick([5, 16, 1_000]),
      encoding: draw.pick([null, null, 'DELTA', 'BYTE_STREAM_SPLIT']),
    },
  }
}

const EXTRA_TYPES = ['list', 'struct', 'map', 'duration', 'time64', 'decimal256', 'null', 'binary', 'nested']
