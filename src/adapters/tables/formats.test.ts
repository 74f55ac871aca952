import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { type Cell, toText } from '../../domain/table/cells.ts'
import { readTable } from './read-table.ts'
import type { TableLimits } from './table-file.ts'

const root = mkdtempSync(join(tmpdir(), 'formats-'))
const path = join(root, 'table')
beforeEach(() => rmSync(path, { recursive: true, force: true }))
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** The cells of columns id and label, with the place of each row. */
async function read(limits?: TableLimits) {
  const cells: Record<string, [Cell, number][]> = { id: [], label: [] }
  const select = () =>
    ['id', 'label'].map((name) => ({
      name,
      column: {
        invalidCells: undefined,
        retainsText: true,
        add: (cell: Cell, position: number) => cells[name]?.push([cell, position]),
      },
    }))
  const locate = await readTable({ path, label: 'the table' }, select, limits)
  return (cells.id ?? []).map(
    ([id, position], row) => `${toText(id)} ${toText(cells.label?.[row]?.[0])}, ${locate(position)}`,
  )
}

const fixture = (name: string) => join(import.meta.dirname, 'fixtures', `${name}.parquet`)

function writeFolder(files: Record<string, string | Buffer>) {
  mkdirSync(path)
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content)
}

const utf16 = (text: string, mark = '\uFEFF') => Buffer.from(mark + text, 'utf16le')
const bytes = (text: string) => Buffer.from(text, 'latin1')
const TABLE = 'id,label\n1,a\n2,b\n'

describe('a file of another format', () => {
  const EXPORT = 'Export it as CSV or Parquet.'
  it.each<[string, Buffer, string]>([
    ['UTF-16 of Excel', utf16(TABLE), 'is UTF-16 text. Save it as CSV in UTF-8.'],
    ['big-endian UTF-16', utf16(TABLE).swap16(), 'is UTF-16 text. Save it as CSV in UTF-8.'],
    ['UTF-16 without a mark', utf16(TABLE, ''), 'is UTF-16 text. Save it as CSV in UTF-8.'],
    ['zip', bytes('PK\x03\x04\x14\0\0\0\x08\0h.csv'), 'is a zip archive. Unpack it, and name the'],
    ['Excel', bytes('PK\x03\x04\x14\0\0\0\x08\0[Content_Types].xml'), `is an Excel workbook. ${EXPORT}`],
    ['Excel of openpyxl', bytes('PK\x03\x04\x14\0\0\0docProps/app.xml'), `is an Excel workbook. ${EXPORT}`],
    ['old Excel', bytes('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'), `is an Excel workbook. ${EXPORT}`],
    ['JSON lines', bytes('{"id": 1, "label": "a"}\n{"id": 2}\n'), `is JSON. ${EXPORT}`],
    ['mlflow.log_table', bytes('{"columns": ["id"], "data": [[1]]}'), `is JSON. ${EXPORT}`],
    ['records', bytes('\n[\n {"id": 1}]'), `is JSON. ${EXPORT}`],
    ['long JSON', bytes(`{"a":"${'x'.repeat(2e6)}"}`), `is JSON. ${EXPORT}`],
    ['Feather', bytes('ARROW1\0\0\xff\xff\xff\xff'), `is an Arrow (Feather) file. ${EXPORT}`],
    ['old Feather', bytes('FEA1\0\0\0\0'), `is an Arrow (Feather) file. ${EXPORT}`],
    ['an Arrow stream', bytes('\xff\xff\xff\xff\xf0\x02\0\0'), `is an Arrow (Feather) file. ${EXPORT}`],
    ['Avro', bytes('Obj\x01\x04\x16avro.schema\xf0\x02{"type":"record"'), `is an Avro file. ${EXPORT}`],
    ['ORC', bytes('ORC\n\x0b\n\x03\0\0\0\x12\x04\x08\x02'), `is an ORC file. ${EXPORT}`],
    ['a Hadoop sequence file', bytes('SEQ\x06\x19org.apache'), `is a Hadoop sequence file. ${EXPORT}`],
    ['a pickle', bytes('\x80\x04\x95'), `is a Python pickle. ${EXPORT}`],
    ['a pickle of protocol 2', bytes('\x80\x02}q\0'), `is a Python pickle. ${EXPORT}`],
    ['saveRDS of R', gzipSync('X\n\0\0\0\x03\0\x04\x02\0'), `the content of this gzip file is a file of R.`],
    ['save of R', gzipSync('RDX3\nX\n\0\0\0\x03'), `the content of this gzip file is a file of R.`],
    ['Stata', bytes('<stata_dta><header>'), `is a Stata file. ${EXPORT}`],
    ['SPSS', bytes('$FL2@(#) IBM SPSS'), `is an SPSS file. ${EXPORT}`],
    ['SAS', bytes(`${'\0'.repeat(12)}\xc2\xea\x81\x60`), `is a SAS file. ${EXPORT}`],
    ['MATLAB', bytes('MATLAB 5.0 MAT-file, Platform'), `is a MATLAB file. ${EXPORT}`],
    ['framed Snappy', bytes('\xff\x06\0\0sNaPpY'), 'is compressed. Unpack it'],
    ['a list of numbers', bytes('[1, 2, 3]'), `is JSON. ${EXPORT}`],
    ['a dict of Python', bytes("{'id': 1}\n"), `is JSON. ${EXPORT}`],
    ['a table of HTML', bytes('<table border="1"><tr><th>id'), `is HTML or XML. ${EXPORT}`],
    ['an error of S3', bytes('<Error><Code>NoSuchKey</Code></Error>'), `is HTML or XML. ${EXPORT}`],
    [
      'a pointer of DVC',
      bytes('outs:\n- md5: a304afb9\n  path: h.csv\n'),
      'is a pointer of DVC. Run `dvc pull`',
    ],
    [
      'a pointer of git-annex',
      bytes('/annex/objects/MD5E-s1024--abc.csv\n'),
      'is a pointer of git-annex. Run',
    ],
    ['zstd', bytes('\x28\xb5\x2f\xfd\x04'), 'is compressed. Unpack it, and name the CSV or Parquet file.'],
    ['tar', Buffer.concat([Buffer.alloc(257, 'x'), bytes('ustar\0')]), 'is a tar archive. Unpack it'],
    ['a login page', bytes('<!DOCTYPE html><html>'), `is HTML or XML. ${EXPORT}`],
    [
      'a pointer of Git LFS',
      bytes('version https://git-lfs.github.com/spec/v1\n'),
      'is a pointer of Git LFS. Set `lfs: true` in',
    ],
    ['JSON in gzip', gzipSync('{"id": 1}'), `the content of this gzip file is JSON. ${EXPORT}`],
    [
      'Parquet in gzip',
      gzipSync('PAR1'),
      'is a Parquet file in gzip. Unpack it; Parquet compresses by itself.',
    ],
    ['gzip in gzip', gzipSync(gzipSync(TABLE)), 'is packed twice with gzip. Unpack it once.'],
  ])('is named: %s', async (_, content, problem) => {
    writeFileSync(path, content)
    await expect(read()).rejects.toThrow(`the table: ${problem}`)
  })

  it.each([
    'FEA1,id,label\n9,1,a\n',
    'PARENT,id,label\n9,1,a\n',
    'ORCID,id,label\n9,1,a\n',
    'SEQ,id,label\n9,1,a\n',
    '[x],id,label\n9,1,a\n',
    '{x},id,label\n9,1,a\n',
    '<DATE>,id,label\n9,1,a\n',
    '[1],id,label\n9,1,a\n',
    'RDX,id,label\n9,1,a\n',
  ])('is not seen in the header %o', async (content) => {
    writeFileSync(path, content)
    expect(await read()).toEqual(['1 a, line 2'])
  })
})

describe('a CSV in gzip', () => {
  it('is read, in one member or several', async () => {
    writeFileSync(path, gzipSync(TABLE))
    expect(await read()).toEqual(['1 a, line 2', '2 b, line 3'])
    writeFileSync(path, Buffer.concat([gzipSync('id,label\n1,a\n2'), gzipSync(',b\n')]))
    expect(await read()).toEqual(['1 a, line 2', '2 b, line 3'])
  })

  it('is refused if damaged or empty', async () => {
    writeFileSync(path, gzipSync(`${TABLE}${'3,c\n'.repeat(100)}`).subarray(0, 30))
    await expect(read()).rejects.toThrow(
      'the table: cannot be unpacked as gzip (unexpected end of file). Write the file again.',
    )
    writeFileSync(path, gzipSync(''))
    await expect(read()).rejects.toThrow('the table: is empty.')
  })

  it('counts unpacked bytes, lines and rows against the limits', async () => {
    writeFileSync(path, gzipSync(`id,label\n${'1,a\n'.repeat(100_000)}`))
    await expect(read({ maxBytes: 300_000, maxRows: 1e6 })).rejects.toThrow(
      /^the table: has \d+ bytes, more than the limit of 300000\. Use fewer columns or rows\.$/,
    )
    await expect(read({ maxBytes: 1e6, maxRows: 9 })).rejects.toThrow('the table: has more than 9 rows.')
    writeFileSync(path, gzipSync(`id,label\n1,"${'a'.repeat(3e6)}`))
    await expect(read()).rejects.toThrow('the table: line 2 is longer than 1 MiB.')
  })
})

describe('a folder', () => {
  it('of Spark is read in the order of the names', async () => {
    writeFolder({
      'part-00001.csv': 'id,label\n3,c\n',
      'part-00000.csv': TABLE,
      'part-00002.csv.gz': gzipSync('label,id\r\nd,4\r\n'),
      _SUCCESS: '',
      '.part-00000.csv.crc': 'crc',
      'part-00003.csv': '',
    })
    expect(await read()).toEqual([
      '1 a, line 2 of "part-00000.csv"',
      '2 b, line 3 of "part-00000.csv"',
      '3 c, line 2 of "part-00001.csv"',
      '4 d, line 2 of "part-00002.csv.gz"',
    ])
  })

  it('may contain Parquet files', async () => {
    mkdirSync(path)
    for (const name of ['part-0.parquet', 'part-1.parquet', '_metadata'])
      symlinkSync(fixture('snappy'), join(path, name))
    const rows = await read()
    expect(rows).toHaveLength(8)
    expect(rows[4]).toBe('9007199254740993 true, row 1 of "part-1.parquet"')
  })

  it.each<[string, Record<string, string | Buffer>, string]>([
    ['no part', { _SUCCESS: '', '.hidden': TABLE }, 'the table: is a folder without part files.'],
    ['empty parts', { 'part-0': '', 'part-1': '' }, 'the table: "part-1": is empty.'],
    [
      'other columns',
      { 'part-0': TABLE, 'part-1': '3,c\n4,d\n' },
      'the table: "part-1": has the columns "3", "c", but the table: "part-0" has "id", "label". The part files of a table must have the same columns, and CSV parts a header line each.',
    ],
    ['JSON', { 'part-0': TABLE, 'part-1': '{"id": 3}' }, 'the table: "part-1": is JSON.'],
    ['a bad line', { 'part-0': TABLE, 'part-1': 'id,label\n3\n' }, 'the table: "part-1": line 2 has 1 cell'],
  ])('is refused with %s', async (_, files, message) => {
    writeFolder(files)
    await expect(read()).rejects.toThrow(message)
  })

  it.each([
    [
      'country=DE',
      'is a table partitioned by column "country", in one folder for each value. Write it without partitions (without partitionBy in Spark, partition_cols in pandas), or as one file.',
    ],
    ['old', 'is a folder with the subfolder "old". Name a file, or a folder that contains only part files.'],
    [
      '_delta_log',
      'is a Delta table, whose files include deleted rows. Export its current rows as CSV or Parquet.',
    ],
    ['.hoodie', 'is a Hudi table, whose files include deleted rows. Export its current rows as CSV'],
    ['_temporary', 'is not complete: the job that writes it did not finish ("_temporary" is there).'],
  ])('is refused with the subfolder %s', async (subfolder, problem) => {
    mkdirSync(join(path, subfolder), { recursive: true })
    writeFileSync(join(path, 'part-0'), TABLE)
    await expect(read()).rejects.toThrow(`the table: ${problem}`)
  })

  it('is refused with what is no file', async () => {
    writeFolder({ 'part-0': TABLE })
    symlinkSync('/dev/null', join(path, 'part-1'))
    await expect(read()).rejects.toThrow('the table: "part-1": is not a file.')
  })

  it('counts the rows and bytes of all parts against the limits', async () => {
    writeFolder({ 'part-0': TABLE, 'part-1': TABLE })
    await expect(read({ maxBytes: 1e6, maxRows: 3 })).rejects.toThrow('"part-1": has more than 3 rows.')
    await expect(read({ maxBytes: 20, maxRows: 9 })).rejects.toThrow('"part-1": has 34 bytes, more than')
  })
})
