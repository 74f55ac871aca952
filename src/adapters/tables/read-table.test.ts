import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as zlib from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { type Cell, momentOf, textOf } from '../../domain/gate/join-cells.ts'
import { readTable } from './read-table.ts'

const folder = mkdtempSync(join(tmpdir(), 'tables-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What each wanted column was given, as [position, cell]. */
async function read(path: string, wanted: string[], limits?: { bytes: number; rows: number }) {
  const cells = new Map<string, [number, Cell][]>(wanted.map((name) => [name, []]))
  let names: readonly string[] = []
  const unit = await readTable(
    { path, called: 'the table' },
    (there) => {
      names = there
      return wanted.map((name) => ({
        name,
        column: {
          trouble: undefined,
          keeps: true,
          take: (cell, position) => cells.get(name)?.push([position, cell]),
        },
      }))
    },
    limits,
  )
  return { unit, names, cells: wanted.map((name) => cells.get(name)) }
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
    ['with columns that nobody wants', 'x,id,y,label\n,1,9,a\n,2,9,b\n'],
  ])('%s is read', async (_, content) => {
    const { unit, cells } = await readCsv(content, 'label', 'id')
    expect(unit).toBe('line')
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

  it('has quotes, commas and line breaks within quotes, and counts lines as an editor does', async () => {
    const { cells } = await readCsv('id,text\n1,"a ""b"", c"\n2,"d\ne"\n\n3,f\n', 'text')
    expect(cells[0]).toEqual([
      [2, 'a "b", c'],
      [3, 'd\ne'],
      [6, 'f'],
    ])
  })

  it('may have the end of a piece on each side of a quote and within a line break', async () => {
    // Pieces have 64 KiB; the line break after the long cell moves across the end of the first.
    for (let length = 65_515; length < 65_530; length += 1) {
      const { cells } = await readCsv(`"a","b"\r\n"${'x'.repeat(length)}","y"\r\n"1","2"\r\n`, 'b')
      expect(cells[0]).toEqual([
        [2, 'y'],
        [3, '2'],
      ])
    }
  })

  it('is read the same wherever its pieces end', async () => {
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
    ['nothing', '', 'the table: is empty; its first line must name the columns.'],
    [
      'a lost column',
      'id;label\n1;2\n',
      'the table: there is no column "id"; it has "id;label" (columns are separated by commas).',
    ],
    ['a column twice', 'id,id\n1,2\n', 'the table: 2 columns are called "id"; it has "id", "id".'],
    ['a short line', 'id,b\n1,2\n3\n', 'the table: line 3 has 1 cell, and the first line names 2 columns.'],
    [
      'a long line',
      'id,b\n"1\n",2\n3,4,5\n',
      'the table: line 4 has 3 cells, and the first line names 2 columns.',
    ],
    [
      'text behind a quote',
      'id,b\n1,2\n"3"x,4\n',
      'the table: line 3 is malformed: trailing quote on quoted field is malformed.',
    ],
    ['an open quote', 'id,b\n1,2\n"3,4\n', 'the table: line 3 is malformed: quoted field unterminated.'],
    [
      'an endless quote',
      `id,b\n1,2\n"${'3,4\n'.repeat(400_000)}`,
      'the table: line 3 is longer than 1 MiB; is a quote left open?',
    ],
    [
      'a hostile name',
      `\u001b[31m::error::x${'y'.repeat(500)},b\n1,2\n`,
      /^the table: there is no column "id"; it has "\[31m::error::xy{1,80}\.\.\.", "b"\.$/,
    ],
  ])('with %s is refused', async (_, content, message) => {
    await expect(readCsv(content, 'id')).rejects.toThrow(message)
  })
})

describe('a table', () => {
  it('has limits, and must be there', async () => {
    const path = csv('id\n1\n2\n3\n')
    await expect(read(path, ['id'], { bytes: 100, rows: 2 })).rejects.toThrow(
      'the table: has more than 2 rows; take a sample of it.',
    )
    await expect(read(path, ['id'], { bytes: 7, rows: 9 })).rejects.toThrow(
      'the table: has 9 bytes, and at most 7 are read',
    )
    await expect(read(join(folder, 'none'), ['id'])).rejects.toThrow(
      'the table: cannot be opened (ENOENT); check the path.',
    )
    await expect(read(folder, ['id'])).rejects.toThrow('the table: is no file.')
    await expect(read(fixture('snappy'), ['id'], { bytes: 1e6, rows: 3 })).rejects.toThrow('more than 3 rows')
  })
})

const fixture = (name: string) => join(import.meta.dirname, 'fixtures', `${name}.parquet`)

describe('a Parquet file', () => {
  it.for(['none', 'snappy', 'gzip', 'zstd', 'brotli'])(
    'packed with %s is read over its row groups',
    async (codec, { skip }) => {
      skip(
        codec === 'zstd' && !('zstdDecompressSync' in zlib),
        'this Node cannot unpack zstd; the actions run on 24',
      )
      const wanted = ['id', 'text', 'label', 'score', 'gaps', 'time', 'day', 'kind']
      const { unit, names, cells } = await read(fixture(codec), wanted)
      expect(unit).toBe('row')
      expect(names).toEqual([...wanted, 'list'])
      expect(cells.every((column) => column?.map(([row]) => row).join() === '1,2,3,4')).toBe(true)
      const [id, text, label, score, gaps, time, day, kind] = cells.map(
        (column) => column?.map(([, cell]) => cell) ?? [],
      )
      expect(id?.map(textOf)).toEqual(['9007199254740993', '2', '3', '4'])
      expect(text).toEqual(['a', 'ü, quoted', 'line\nbreak', ''])
      expect(label).toEqual([true, false, true, false])
      expect(score).toEqual([0.25, 1, Math.fround(1e-9), 3.5])
      expect(gaps?.map(textOf)).toEqual(['1', undefined, '3', '4'])
      expect(time?.map(momentOf)[1]).toBe(Date.UTC(2026, 0, 2, 3, 4, 5, 678))
      expect(day?.map(momentOf)[1]).toBe(Date.UTC(2026, 0, 2))
      expect(kind?.map(textOf)).toEqual(['x', 'y', 'x', undefined])
    },
  )

  it('has no texts where it has lists', async () => {
    const { cells } = await read(fixture('snappy'), ['list'])
    expect(cells[0]?.map(([, cell]) => textOf(cell))).toEqual([undefined, undefined, undefined, undefined])
  })

  it('that lacks a column says which it has', async () => {
    await expect(read(fixture('snappy'), ['user'])).rejects.toThrow(
      'the table: there is no column "user"; it has "id", "text", "label", "score"',
    )
  })

  it('that is cut off is refused', async () => {
    const path = csv(zlib.gunzipSync(zlib.gzipSync(Buffer.from('PAR1 and no more'))))
    await expect(read(path, ['id'])).rejects.toThrow(
      /^the table: cannot be read as Parquet \(.+\); write it anew, or as CSV\.$/,
    )
    truncateSync(path, 4)
    await expect(read(path, ['id'])).rejects.toThrow('the table: cannot be read as Parquet')
  })
})
