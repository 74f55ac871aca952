import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { checkoutPath } from '../../scripts/checkout.ts'
import { classes, setPolicy } from './base-cases.ts'
import { type Columns, type FileContent, toCsv } from './gate-case.ts'
import type { GateInput } from './gate-input.ts'

/** Makes the content of a file from a valid table. */
type Make = (csv: string, table: Columns) => FileContent

const text =
  (make: (csv: string) => string): Make =>
  (csv) =>
    Buffer.from(make(csv))
const latin1 =
  (content: string): Make =>
  () =>
    Buffer.from(content, 'latin1')
const replaceLine = (at: number, change: (line: string) => string) =>
  text((csv) =>
    csv
      .split('\n')
      .with(at, change(csv.split('\n').at(at) ?? ''))
      .join('\n'),
  )
const folder = (parts: Readonly<Record<string, string | Uint8Array>>) =>
  new Map(Object.entries(parts).map(([name, content]) => [name, Buffer.from(content)]))
const splitRows = (csv: string) => {
  const [header = '', ...rows] = csv.trimEnd().split('\n')
  const half = rows.length / 2
  return [rows.slice(0, half), rows.slice(half)].map((part) => `${[header, ...part].join('\n')}\n`)
}
const parquet = (name: string) => readFileSync(checkoutPath(`src/adapters/tables/fixtures/${name}.parquet`))

const VALID: Readonly<Record<string, Make>> = {
  CSV: text((csv) => csv),
  'a byte order mark': text((csv) => `\ufeff${csv}`),
  'line breaks of Windows': text((csv) => csv.replaceAll('\n', '\r\n')),
  'line breaks of Python on Windows': text((csv) => csv.replaceAll('\n', '\r\r\n')),
  'line breaks of an old Mac': text((csv) => csv.replaceAll('\n', '\r')),
  'mixed \\n and \\r\\n': text((csv) => csv.replace('\n', '\r\n')),
  'no last line break': text((csv) => csv.trimEnd()),
  'blank lines': text((csv) => csv.replaceAll('\n', '\n\n')),
  'every cell in quotes': text((csv) => csv.replace(/[^,\n]+/g, '"$&"')),
  'an additional column': (_, table) => ({
    ...table,
    note: Object.values(table)[0]?.map(() => 'é, "x"') ?? [],
  }),
  'columns proba_0 and proba_1 of another encoding': (_, table) => ({
    ...table,
    proba_0: Object.values(table)[0]?.map(() => '45%') ?? [],
    proba_1: Object.values(table)[0]?.map(() => '') ?? [],
  }),
  'columns in another order': (_, table) => Object.fromEntries(Object.entries(table).reverse()),
  'rows in another order': (_, table) =>
    Object.fromEntries(Object.entries(table).map(([name, cells]) => [name, cells.toReversed()])),
  gzip: (csv) => gzipSync(csv),
  'gzip in two members': (csv) => Buffer.concat([gzipSync(csv.slice(0, 500)), gzipSync(csv.slice(500))]),
  'a folder of parts': (csv) => {
    const [one = '', other = ''] = splitRows(csv)
    return folder({ 'part-0.csv': one, 'part-1.csv.gz': gzipSync(other), _SUCCESS: '', '.part-0.crc': 'x' })
  },
}

const MALFORMED: Readonly<Record<string, Make>> = {
  'an empty file': latin1(''),
  'only blank lines': latin1('\n\n\n'),
  'UTF-16 of Excel': (csv) => Buffer.from(`\ufeff${csv}`, 'utf16le'),
  'UTF-16 without a mark': (csv) => Buffer.from(csv, 'utf16le'),
  'Latin-1': (csv) => Buffer.from(csv.replace('1008', '1008é'), 'latin1'),
  'Windows-1252': (csv) => Buffer.concat([Buffer.from(csv), Buffer.from([0x80, 0x2c, 0x93])]),
  'UTF-8 cut within a character': (csv) => Buffer.concat([Buffer.from(csv), Buffer.from('é').subarray(0, 1)]),
  semicolons: text((csv) => csv.replaceAll(',', ';')),
  tabs: text((csv) => csv.replaceAll(',', '\t')),
  pipes: text((csv) => csv.replaceAll(',', '|')),
  'spaces after the commas': text((csv) => csv.replaceAll(',', ', ')),
  'no header': text((csv) => csv.slice(csv.indexOf('\n') + 1)),
  'the line sep=, of Excel': text((csv) => `sep=,\n${csv}`),
  'a comment before the header': text((csv) => `# exported\n${csv}`),
  'the header twice': text((csv) => csv + csv.slice(0, csv.indexOf('\n') + 1)),
  'a column twice': text((csv) =>
    csv
      .replace(/\n(?=.)/g, ',1\n')
      .replace('\n', ',id\n')
      .replace(/,1(?=,id)/, ''),
  ),
  'an index without a name': text((csv) => csv.replace('id,', ',')),
  'column names in another case': text((csv) => csv.replace('id,', 'ID,')),
  'column names in quotes within quotes': text((csv) => csv.replace('id,', '"""id""",')),
  'a cell too many': replaceLine(8, (line) => `${line},5`),
  'a decimal comma': replaceLine(8, (line) => `${line},25`),
  'a cell missing': replaceLine(8, (line) => line.replace(/,[^,]*$/, '')),
  'a total below': text((csv) => `${csv}Total: 240\n`),
  'an open quote': replaceLine(8, (line) => line.replace(',', ',"')),
  'text behind a quote': replaceLine(8, (line) => line.replace(/,([^,]*)/, ',"$1"x')),
  'quotes with backslashes': replaceLine(8, (line) => line.replace(/,([^,]*)/, ',"\\"$1\\""')),
  'a NUL': replaceLine(8, (line) => `${line}\0`),
  'a carriage return in a cell': replaceLine(8, (line) => line.replace(/(\w),/, '"$1\rx",')),
  JSON: latin1('[{"id": 1, "label": "yes"}]'),
  'JSON lines': latin1('{"id": 1}\n{"id": 2}\n'),
  'a login page': latin1('<!doctype html><html>'),
  'a Markdown table': text((csv) => csv.replace(/^|,|$/gm, ' | ')),
  'an Excel workbook': latin1('PK\x03\x04\x14\0\0\0\x08\0[Content_Types].xml'),
  'a zip archive': latin1('PK\x03\x04\x14\0\0\0\x08\0h.csv'),
  Feather: latin1('ARROW1\0\0\xff\xff\xff\xff'),
  'a pickle': latin1('\x80\x04\x95'),
  ORC: latin1('ORC\x0a\x03\0\0\0'),
  'a file of R': () => gzipSync('RDX3\nX\n\0\0\0\x03'),
  'a file of Stata': latin1('<stata_dta><header>'),
  'a pointer of DVC': latin1('outs:\n- md5: a304afb96060aad90176268345e10355\n  path: h.csv\n'),
  'an encrypted Parquet file': latin1('PARE\x15\x04\x15\x10PARE'),
  'a pointer of Git LFS': latin1('version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n'),
  'gzip that ends early': (csv) => gzipSync(csv).subarray(0, -20),
  'gzip with a damaged byte': (csv) => gzipSync(csv).map((byte, at) => (at === 60 ? byte ^ 255 : byte)),
  'gzip in gzip': (csv) => gzipSync(gzipSync(csv)),
  'UTF-16 in gzip': (csv) => gzipSync(Buffer.from(csv, 'utf16le')),
  'Parquet that ends early': () => parquet('none').subarray(0, -40),
  'Parquet of other columns': () => parquet('exact'),
  'Parquet with LZ4': () => parquet('lz4'),
  'Parquet with the ids in the index': () => parquet('index'),
  'an empty folder': () => folder({ _SUCCESS: '' }),
  'a folder with folders': (csv) => folder({ 'day=1/part-0.csv': csv }),
  'a folder with another table': (csv) => folder({ 'part-0.csv': csv, 'part-1.csv': 'a,b\n1,2\n' }),
  'a folder with a part without a header': (csv) => {
    const [one = '', other = ''] = splitRows(csv)
    return folder({ 'part-0.csv': one, 'part-1.csv': other.slice(other.indexOf('\n') + 1) })
  },
}

/** The policy keys that name files of the workspace. */
const FILES = [
  ['`holdout.path`', 'holdout.csv'],
  ['`predictions.candidate`', 'candidate.csv'],
  ['`predictions.champion`', 'champion.csv'],
] as const

/** The policy keys that name artifacts, with the policy of an artifact. */
const ARTIFACTS = [
  [
    '`holdout.artifact`',
    (artifact) => ({ holdout: { artifact: artifact === 'valid' ? 'holdout.csv' : artifact } }),
    'error',
  ],
  [
    '`predictions.artifact`',
    (artifact) => ({ predictions: { artifact: artifact === 'valid' ? 'predictions.csv' : artifact } }),
    'inconclusive',
  ],
  [
    '`holdout.training_ids.artifact`',
    (artifact) => ({
      'holdout.training_ids': { artifact: artifact === 'valid' ? 'trained-on.csv' : artifact },
    }),
    'inconclusive',
  ],
] as const satisfies readonly [string, (artifact: string) => object, GateInput['verdict']][]

const createInput = ([name, file]: readonly [string, string]): GateInput => ({
  name,
  isDescribed: true,
  accepted:
    'CSV in UTF-8 with a header line, commas, and quotes doubled within quotes, also in gzip; Parquet; or a folder of such files. The content decides, not the name',
  valid: Object.keys(VALID),
  malformed: Object.keys(MALFORMED),
  verdict: 'error',
  message: 'the file, the line or the column, and what the file is instead',
  put(example) {
    const table = classes.files[file] as Columns
    const make = (VALID[example] ?? MALFORMED[example]) as Make
    return { ...classes, files: { ...classes.files, [file]: make(toCsv(table), table) } }
  },
  places: () => [`"${file}"`],
})

export const fileInputs: readonly GateInput[] = [
  ...FILES.map(createInput),
  {
    name: 'a path',
    accepted: 'in the workspace, in this case',
    valid: ['holdout.csv', './holdout.csv'],
    malformed: [
      'holdout',
      'Holdout.csv',
      'holdout.csv ',
      'data/holdout.csv',
      '/holdout.csv',
      's3://bucket/holdout.csv',
    ],
    verdict: 'error',
    message: 'cannot be opened',
    put: (path) => setPolicy(classes, { 'holdout.path': path }),
    places: (path) => [`Policy holdout: ${JSON.stringify(path)}`],
  },
  ...ARTIFACTS.map(
    ([name, changes, verdict]): GateInput => ({
      name,
      accepted: 'a file, or a folder of part files, in the artifacts of the run',
      valid: ['valid'],
      malformed: ['none.csv', 'Holdout.csv', 'holdout.csv ', '/holdout.csv', 'runs:/1/holdout.csv', '..'],
      verdict,
      message: 'its run has no such artifact',
      put: (artifact) => setPolicy(classes, changes(artifact)),
      places: (artifact) => [JSON.stringify(artifact)],
    }),
  ),
]
