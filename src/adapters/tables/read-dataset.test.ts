import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it, test } from 'vitest'
import type { ColumnType } from '../../domain/drift/dataset.ts'
import { type DatasetOptions, readDataset } from './read-dataset.ts'

const folder = mkdtempSync(join(tmpdir(), 'read-dataset-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function read(content: string | Buffer, changed: Partial<DatasetOptions> = {}) {
  const path = join(folder, 'data')
  writeFileSync(path, content)
  return readDataset([path], {
    input: 'reference',
    workspace: folder,
    columns: undefined,
    ignored: [],
    types: new Map(),
    group: undefined,
    timeColumn: undefined,
    sampleRows: 100_000,
    seed: 1,
    now: Date.UTC(2026, 10, 29),
    ...changed,
  })
}

const rows = (count: number, one: (row: number) => string) =>
  Array.from({ length: count }, (_, row) => one(row))
const table = (name: string, cells: readonly string[]) =>
  `${name},y\n${cells.map((cell) => `${cell},1`).join('\n')}\n`
const typeOf = async (cells: readonly string[], types = new Map<string, ColumnType>()) =>
  (await read(table('x', cells), { types })).dataset.columns[0]?.type

describe('the type of a column', () => {
  test.each<[string, string[], ColumnType]>([
    ['numbers', rows(100, (row) => String((row * 7) % 13)), 'numeric'],
    [
      'numbers with missing values',
      rows(100, (row) => (row % 3 === 0 ? 'NA' : `${(row * 7) % 11}.5`)),
      'numeric',
    ],
    [
      'one bad cell in a hundred numbers',
      rows(200, (row) => (row === 7 ? 'oops' : String((row * 7) % 13))),
      'numeric',
    ],
    ['row numbers', rows(100, (row) => String(row + 1)), 'id'],
    ['a few words', rows(100, (row) => ['a', 'b', 'c'][row % 3] as string), 'categorical'],
    ['true and false', rows(100, (row) => (row % 2 === 0 ? 'True' : 'False')), 'categorical'],
    ['zip codes with zeros', rows(100, (row) => `0${1000 + (row % 7)}`), 'categorical'],
    ['names that differ', rows(100, (row) => `user-${row}`), 'id'],
    ['days', rows(100, (row) => `2026-01-${String((row % 28) + 1).padStart(2, '0')}`), 'datetime'],
    ['nothing', rows(100, () => ''), 'empty'],
  ])('%s', async (_, cells, type) => expect(await typeOf(cells)).toBe(type))

  it('is the given one, and that of the reference as far as the cells allow', async () => {
    const digits = rows(100, (row) => String(row % 5))
    expect(await typeOf(digits, new Map([['x', 'categorical']]))).toBe('categorical')
    expect(
      await typeOf(
        rows(100, (row) => `t${row % 5}`),
        new Map([['x', 'numeric']]),
      ),
    ).toBe('categorical')
  })
})

test('a bad cell is a missing one, and a note says where it is', async () => {
  const { dataset, notes } = await read(
    table(
      'x',
      rows(200, (row) => (row === 7 ? 'oops' : String((row * 7) % 13))),
    ),
  )
  expect(notes).toEqual([
    'Column "x": 1 of 200 cells is no number and counts as missing (the first is "oops" on line 9).',
  ])
  expect(dataset.columns[0]?.nulls).toBe(1)
})

test('counts and moments are those of all rows, and every column keeps the same rows', async () => {
  const content = `x,y,c\n${rows(5000, (row) => `${row % 100},${1000 + (row % 100)},${row % 100 < 50 ? 'low' : 'high'}`).join('\n')}\n`
  const { dataset } = await read(content, { sampleRows: 200 })
  const [x, y, c] = dataset.columns
  if (x?.type !== 'numeric' || y?.type !== 'numeric' || c?.type !== 'categorical') throw new Error('types')
  expect(dataset.rows).toBe(5000)
  expect(x.mean).toBeCloseTo(49.5, 10)
  expect(x.standardDeviation).toBeCloseTo(Math.sqrt((100 ** 2 - 1) / 12), 10)
  expect(c.counts).toEqual(
    new Map([
      ['low', 2500],
      ['high', 2500],
    ]),
  )
  const { positions } = dataset.sample ?? {}
  expect(positions).toHaveLength(200)
  expect([...(positions ?? [])]).toEqual([...(positions ?? [])].sort((one, other) => one - other))
  for (const [index, position] of (positions ?? []).entries()) {
    expect(x.values?.[index]).toBe(position % 100)
    expect(y.values?.[index]).toBe(1000 + (position % 100))
    expect(c.names[c.codes?.[index] ?? -1]).toBe(position % 100 < 50 ? 'low' : 'high')
  }
})

test('the same files and seed give the same dataset, packed or not', async () => {
  const content = table(
    'x',
    rows(3000, (row) => String((row * 7919) % 1009)),
  )
  const options = { sampleRows: 100 }
  expect(await read(content, options)).toEqual(await read(content, options))
  const packed = await read(gzipSync(content), options)
  expect(packed.dataset.rows).toBe(3000)
  expect((await read(content, { ...options, seed: 2 })).dataset).not.toEqual(
    (await read(content, options)).dataset,
  )
})

test('group and time of the sampled rows are kept, and not compared', async () => {
  const content = `user,at,x\na,2026-01-01,1\nb,2026-01-02,2\na,2026-01-03,3\n`
  const { dataset } = await read(content, { group: 'user', timeColumn: 'at' })
  expect(dataset.columns.map(({ name }) => name)).toEqual(['x'])
  expect([...(dataset.sample?.groups ?? [])]).toEqual([0, 1, 0])
  expect(dataset.sample?.times?.[1]).toBe(Date.UTC(2026, 0, 2))
})

test('a column named __proto__ is a column', async () => {
  const { dataset } = await read(
    table(
      '__proto__',
      rows(50, (row) => String(row % 9)),
    ),
  )
  expect(dataset.columns[0]).toMatchObject({ name: '__proto__', type: 'numeric' })
})

test.each<[string, string | Buffer, Partial<DatasetOptions>, string]>([
  ['ragged rows', 'x,y\n1,2\n3\n', {}, 'line 3 has 1 cell, but the first line names 2 columns'],
  ['another encoding', Buffer.from('x\nrefus\xe9\n', 'latin1'), {}, 'line 2 is not UTF-8'],
  ['duplicate headers', 'x,x\n1,2\n', {}, '2 columns are named "x"'],
  ['an empty file', '', {}, 'is empty'],
  ['truncated gzip', gzipSync('x\n1\n2\n').subarray(0, 15), {}, 'cannot be unpacked as gzip'],
  ['truncated Parquet', Buffer.from('PAR1 and no more'), {}, 'cannot be read as Parquet'],
  ['semicolons', 'x;y\n1,5;2\n', {}, 'separates the columns by semicolons'],
  ['an unclosed quote', `x\n"1\n${'2\n'.repeat(10)}`, {}, 'line 2'],
  [
    'no group column',
    'x\n1\n',
    { group: 'user' },
    'Input group: reference has no column "user". It has "x".',
  ],
  ['no column left', 'x\n1\n', { ignored: ['x'] }, 'Input reference: there is no column to compare'],
])('%s is refused with a message', async (_, content, options, message) => {
  await expect(read(content, options)).rejects.toThrow(message)
})

test('a byte order mark is no part of the first name', async () => {
  const { dataset } = await read(
    `\uFEFF${table(
      'x',
      rows(40, (row) => String(row % 9)),
    )}`,
  )
  expect(dataset.columns[0]?.name).toBe('x')
})

test('many columns share the cells that are kept, and a note says so', async () => {
  const names = rows(3000, (column) => `c${column}`)
  const line = (row: number) => names.map((_, column) => (row * column) % 17).join(',')
  const { dataset, notes } = await read(`${names.join(',')}\n${rows(40, line).join('\n')}\n`, {
    sampleRows: 10_000,
  })
  expect(dataset.columns).toHaveLength(3000)
  expect(notes.filter((note) => note.startsWith('The tests'))).toEqual([])
})
