import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as zlib from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { type Cell, toIsoMs, toNumber, toText } from '../../domain/table/cells.ts'
import { TextColumn } from '../../domain/table/columns.ts'
import { readTable } from './read-table.ts'

const folder = mkdtempSync(join(tmpdir(), 'tables-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What each wanted column was given, as [position, cell]. */
async function read(path: string, wanted: string[], limits?: { maxBytes: number; maxRows: number }) {
  const cells = new Map<string, [number, Cell][]>(wanted.map((name) => [name, []]))
  let names: readonly string[] = []
  const locate = await readTable(
    { path, label: 'the table' },
    (there) => {
      names = there
      return wanted.map((name) => ({
        name,
        column: {
          invalidCells: undefined,
          retainsText: true,
          add: (cell, position) => cells.get(name)?.push([position, cell]),
        },
      }))
    },
    limits,
  )
  return { locate, names, cells: wanted.map((name) => cells.get(name)) }
}

function csv(content: string | Uint8Array): string {
  const path = join(folder, 'table')
  writeFileSync(path, content)
  return path
}

const readCsv = (content: string | Uint8Array, ...wanted: string[]) => read(csv(content), wanted)

describe('a CSV', () => {
  it.each([
    ['plain', 'id,label\n1,a\n2,b\n'],
    ['without a last line break', 'id,label\n1,a\n2,b'],
    ['of Windows, with a byte order mark', '\uFEFFid,label\r\n1,a\r\n2,b\r\n'],
    ['of an old Mac', 'id,label\r1,a\r2,b\r'],
    ['with quotes', '"id","label"\n"1","a"\n"2","b"\n'],
    ['of Windows with quotes', '"id","label"\r\n"1","a"\r\n"2","b"\r\n'],
    ['with other columns', 'x,id,y,label\n,1,9,a\n,2,9,b\n'],
    ['with a header of Windows and rows of Linux', 'id,label\r\n1,a\n2,b\n'],
    ['with a header of Linux and rows of Windows', 'id,label\n1,a\r\n2,b\r\n'],
    ['with quotes and mixed line breaks', '"id","label"\n"1","a"\r\n"2","b"\n'],
    ['of Python on Windows, with \\r\\r\\n', 'id,label\r\r\n1,a\r\r\n2,b\r\r\n'],
    ['that ends within a line break', 'id,label\r\n1,a\r\n2,b\r'],
    ['with a carriage return in a column that is not selected', 'id,label,note\n1,a,"x\ry"\n2,b,z\n'],
  ])('%s is read', async (_, content) => {
    const { locate, cells } = await readCsv(content, 'label', 'id')
    expect(locate(3)).toBe('line 3')
    expect(cells).toEqual([
      [
        [2, 'a'],
        [3, 'b'],
      ],
      [
        [2, '1'],
        [3, '2'],
      ],
    ])
  })

  it('may contain quotes, commas and line breaks in quotes, and counts lines like an editor', async () => {
    const { cells } = await readCsv('id,text\n1,"a ""b"", c"\n2,"d\ne"\n\n3,f\n', 'text')
    expect(cells[0]).toEqual([
      [2, 'a "b", c'],
      [3, 'd\ne'],
      [6, 'f'],
    ])
  })

  it('may be split at a quote or within a line break', async () => {
    // Pieces have 64 KiB; the line break after the long cell moves across the end of the first.
    for (let length = 65_515; length < 65_530; length += 1) {
      const { cells } = await readCsv(`"a","b"\r\n"${'x'.repeat(length)}","y"\r\n"1","2"\r\n`, 'b')
      expect(cells[0]).toEqual([
        [2, 'y'],
        [3, '2'],
      ])
    }
  })

  it('is read the same wherever its chunks end', async () => {
    const cell = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('"', '""', '\n', ',', 'ü'.repeat(5000)),
    )
    const file = fc.record({
      rows: fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 40 }),
      newline: fc.constantFrom('\n', '\r\n'),
    })
    await fc.assert(
      fc.asyncProperty(file, fc.integer({ min: 65_400, max: 65_600 }), async ({ rows, newline }, before) => {
        const quote = (text: string) => `"${text.replaceAll('"', '""')}"`
        // The first cell ends about where the first piece does.
        const all = [['x'.repeat(before), ''], ...rows]
        const lines = [['a', 'b'], ...all].map((cells) => cells.map(quote).join(','))
        const { cells } = await readCsv(lines.join(newline) + newline, 'a', 'b')
        expect(cells.map((column) => column?.map(([, text]) => text))).toEqual([
          all.map(([a]) => a),
          all.map(([, b]) => b),
        ])
      }),
      { numRuns: 60 },
    )
  })

  it.each([
    ['nothing', '', 'the table: is empty. Its first line must name the columns.'],
    ['an instruction for Excel', 'sep=;\nid;label\n', /^the table: line 1 is an instruction for Excel\./],
    ['tabs', 'id\tlabel\n1\t2\n', /^the table: line 1 separates the columns by tabs\. Write/],
    ['vertical bars', 'id|label\n1|2\n', /^the table: line 1 separates the columns by vertical bars\. Write/],
    [
      'a column of another name only',
      'key\n1\n',
      'the table: there is no column "id". It has "key" (columns are separated by commas).',
    ],
    [
      'semicolons',
      'id;label\n1;2\n',
      'the table: line 1 separates the columns by semicolons. Write the file with commas between columns and points in numbers (in pandas, to_csv without sep and decimal).',
    ],
    ['a column twice', 'id,id\n1,2\n', 'the table: 2 columns are named "id". It has "id", "id".'],
    ['a short line', 'id,b\n1,2\n3\n', 'the table: line 3 has 1 cell, but the first line names 2 columns.'],
    [
      'a long line',
      'id,b\n"1\n",2\n3,4,5\n',
      'the table: line 4 has 3 cells, but the first line names 2 columns.',
    ],
    [
      'text behind a quote',
      'id,b\n1,2\n"3"x,4\n',
      'the table: line 3 is malformed: trailing quote on quoted field is malformed.',
    ],
    ['an open quote', 'id,b\n1,2\n"3,4\n', 'the table: line 3 is malformed: quoted field unterminated.'],
    [
      'an unclosed quote in a long file',
      `id,b\n1,2\n"${'3,4\n'.repeat(400_000)}`,
      'the table: line 3 is longer than 1 MiB. Check for an unclosed quote.',
    ],
    [
      'a hostile name',
      `\u001b[31m::error::x${'y'.repeat(500)},b\n1,2\n`,
      /^the table: there is no column "id". It has "\\u001b\[31m::error::xy{1,80}\.\.\.", "b"\.$/,
    ],
    [
      'a second header, of files in one',
      'id,label\n1,a\nid,label\n2,b\n',
      'the table: line 3 repeats the header. The file seems to be several files in one: remove this line.',
    ],
  ])('refuses %s', async (_, content, message) => {
    await expect(readCsv(content, 'id')).rejects.toThrow(message)
  })
})

describe('a table', () => {
  it('must exist and be within the limits', async () => {
    const path = csv('id\n1\n2\n3\n')
    await expect(read(path, ['id'], { maxBytes: 100, maxRows: 2 })).rejects.toThrow(
      'the table: has more than 2 rows. Use a sample.',
    )
    await expect(read(path, ['id'], { maxBytes: 7, maxRows: 9 })).rejects.toThrow(
      'the table: has 9 bytes, more than the limit of 7',
    )
    await expect(read(join(folder, 'none'), ['id'])).rejects.toThrow(
      'the table: cannot be opened (ENOENT). Check the path.',
    )
    await expect(read(fixture('snappy'), ['id'], { maxBytes: 1e6, maxRows: 3 })).rejects.toThrow(
      'more than 3 rows',
    )
  })
})

const fixture = (name: string) => join(import.meta.dirname, 'fixtures', `${name}.parquet`)

describe('a Parquet file', () => {
  it.for(['none', 'snappy', 'gzip', 'zstd', 'brotli'])(
    'with codec %s is read across its row groups',
    async (codec, { skip }) => {
      skip(
        codec === 'zstd' && !('zstdDecompressSync' in zlib),
        'this Node cannot unpack zstd; the actions run on 24',
      )
      const wanted = ['id', 'text', 'label', 'score', 'gaps', 'time', 'day', 'kind']
      const { locate, names, cells } = await read(fixture(codec), wanted)
      expect(locate(3)).toBe('row 3')
      expect(names).toEqual([...wanted, 'list'])
      expect(cells.every((column) => column?.map(([row]) => row).join() === '1,2,3,4')).toBe(true)
      const [id, text, label, score, gaps, time, day, kind] = cells.map(
        (column) => column?.map(([, cell]) => cell) ?? [],
      )
      expect(id?.map(toText)).toEqual(['9007199254740993', '2', '3', '4'])
      expect(text).toEqual(['a', 'ü, quoted', 'line\nbreak', ''])
      expect(label).toEqual([true, false, true, false])
      expect(score).toEqual([0.25, 1, 1e-9, 3.5])
      expect(gaps?.map(toText)).toEqual(['1', undefined, '3', '4'])
      expect(time?.map(toIsoMs)[1]).toBe(Date.UTC(2026, 0, 2, 3, 4, 5, 678))
      expect(day?.map(toIsoMs)[1]).toBe(Date.UTC(2026, 0, 2))
      expect(kind?.map(toText)).toEqual(['x', 'y', 'x', undefined])
    },
  )

  it('has no text for lists', async () => {
    const { cells } = await read(fixture('snappy'), ['list'])
    expect(cells[0]?.map(([, cell]) => toText(cell))).toEqual([undefined, undefined, undefined, undefined])
  })

  it('reads ids of 32-bit floats as pandas writes them', async () => {
    const { cells } = await read(fixture('snappy'), ['score'])
    expect(cells[0]?.map(([, cell]) => toText(cell))).toEqual(['0.25', '1', '1e-9', '3.5'])
  })

  it('keeps ids of each type exact', async () => {
    const { names, cells } = await read(fixture('exact'), [
      'decimal',
      'price',
      'time',
      'time_ms',
      'time_ns',
      'fixed',
      'bytes',
      'time_stamp',
      'date',
    ])
    const texts = cells.map((column) => column?.map(([, cell]) => toText(cell)))
    expect(Object.fromEntries(names.map((name, at) => [name, texts[at]]))).toEqual({
      decimal: ['1152921504606846976', '1152921504606846979', '1152921504606846982', undefined],
      price: ['1.1', '-2', '90071992547409.93', undefined],
      time: ['10:00:00', '23:59:59.500000', '00:00:00.000001', undefined],
      time_ms: ['10:00:00', '23:59:59.500000', '00:00:00', undefined],
      time_ns: ['10:00:00', '00:00:01.000000005', '00:00:00.000001', undefined],
      fixed: ['00010203', '01020304', '02030405', undefined],
      bytes: ['fffe', 'fffd', 'text', undefined],
      time_stamp: [
        '2026-01-01T00:00:00.000001Z',
        '2026-01-01T00:00:00.000002Z',
        '2026-01-01T00:00:00.500Z',
        undefined,
      ],
      date: ['2026-01-02', '1969-12-31', '9999-12-31', undefined],
    })
    const numbers = cells.slice(0, 2).map((column) => column?.map(([, cell]) => toNumber(cell)))
    expect(numbers[1]).toEqual([1.1, -2, 90071992547409.94, Number.NaN])
    expect(cells[7]?.map(([, cell]) => toIsoMs(cell))[1]).toBe(Date.UTC(2026, 0, 1))
  })

  it.each([
    [
      'a codec that is not read',
      'lz4',
      'decimal',
      /^the table: column "decimal" is compressed with LZ4_RAW, which cannot be read\. Write the file with snappy, gzip or zstd\.$/,
    ],
    [
      'a text that is not UTF-8',
      'latin1',
      'label',
      /^the table: row 2 of column "label" is not UTF-8\. Write the texts in UTF-8\.$/,
    ],
    [
      'an index that was not stored',
      'index',
      'id',
      /^the table: there is no column "id"\. It has "label"\. "id" is the index of the data frame, which pandas did not store: call reset_index\(\) before to_parquet\(\)\.$/,
    ],
    [
      'a missing column that is no index',
      'index',
      'key',
      /^the table: there is no column "key"\. It has "label"\.$/,
    ],
  ])('is refused with %s', async (_, name, column, message) => {
    await expect(read(fixture(name), [column])).rejects.toThrow(message)
  })

  it.each([
    [
      'unnamed-range',
      'It has "prediction". pandas did not store the index of the data frame. If it has the ids, call reset_index(names="key") before to_parquet().',
    ],
    [
      'unnamed-index',
      'It has "prediction", "__index_level_0__". "__index_level_0__" is the index of the data frame. If it has the ids, name it: rename_axis("key") before writing',
    ],
  ])('says that the index has no name, if the ids are missing: %s', async (name, message) => {
    const select = (isId: boolean) => () => [{ name: 'key', column: new TextColumn(), isId }]
    const file = { path: fixture(name), label: 'the table' }
    await expect(readTable(file, select(true))).rejects.toThrow(message)
    await expect(readTable(file, select(false))).rejects.toThrow(/"(prediction|__index_level_0__)"\.$/)
  })

  it('names its columns if one is missing', async () => {
    await expect(read(fixture('snappy'), ['user'])).rejects.toThrow(
      'the table: there is no column "user". It has "id", "text", "label", "score"',
    )
  })

  it('is refused if truncated', async () => {
    const path = csv(zlib.gunzipSync(zlib.gzipSync(Buffer.from('PAR1 and no more'))))
    await expect(read(path, ['id'])).rejects.toThrow(
      /^the table: cannot be read as Parquet \(.+\)\. Write the file again, or as CSV\.$/,
    )
    truncateSync(path, 4)
    await expect(read(path, ['id'])).rejects.toThrow('the table: cannot be read as Parquet')
  })
})
