import { existsSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import {
  checkChartInputs,
  findValuesProblem,
  removeValues,
  valuesFolder,
  writeValues,
} from './chart-inputs.ts'

const at = mkdtempSync(join(tmpdir(), 'chart-inputs-'))
const path = (...names: string[]) => join(at, ...names)
mkdirSync(path('chart'))
mkdirSync(path('empty'))
for (const file of ['chart/Chart.yaml', 'chart.tgz', 'a.yaml']) writeFileSync(path(file), '')

test.each([
  ['a folder', path('chart'), []],
  ['an archive', path('chart.tgz'), [path('a.yaml')]],
  ['a registry', 'oci://registry.test/charts/digits', []],
])('%s is accepted', (_title, chart, files) => {
  expect(() => checkChartInputs({ chart, 'values-files': files })).not.toThrow()
})

test.each([
  ['a missing chart', path('nope'), [], /^Input chart: .*nope" is neither .*actions\/checkout/],
  ['a folder without a chart', path('empty'), [], /^Input chart: the folder .*empty" has no Chart\.yaml/],
  [
    'a missing values file',
    path('chart'),
    [path('a.yaml'), path('b.yaml')],
    /^Input values-files: there is no file .*b\.yaml"/,
  ],
  ['a folder of values', path('chart'), [path('empty')], /^Input values-files: .*empty/],
])('%s is an error that names the input', (_title, chart, files, message) => {
  expect(() => checkChartInputs({ chart, 'values-files': files })).toThrow(message)
})

test.each([
  ['a: [1', /^is not YAML: .*line 1, column 6$/],
  ['- a\n- b', /^is not a YAML mapping/],
  ['replicas=2', /^is not a YAML mapping/],
  ['a: *gone', /^is not YAML: .*gone/],
  ['a: {b: [1, 20241113020034123]}', /^has the number 20241113020034123, which Helm would round/],
])('values %o are refused', (text, problem) => {
  expect(findValuesProblem(text)).toMatch(problem)
})

const encrypted = 'ENC[AES256_GCM,data:abc,iv:x,tag:y,type:str]'
test.each([
  [
    'sops',
    `token: ${encrypted}\nsops: {mac: x}`,
    /is encrypted \(ENC\[AES256_GCM,data:\.\.\.\).*sops --decrypt/,
  ],
  ['sops, of an empty file', 'a: 1\nsops: {mac: x}', /is encrypted, and/],
  ['sops, without its key', `a: [{b: "${encrypted}"}]`, /is encrypted/],
  ['hiera-eyaml', 'a: ENC[PKCS7,abc]', /is encrypted/],
  ['a value of ansible-vault', 'a: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  6162', /is encrypted/],
  [
    'a text where the suite writes a mapping',
    'model: acme/fraud-v7',
    /sets model to "acme\/fraud-v7"\. .*version-values/,
  ],
  ['a list there', 'model: [a, b]', /sets model to \["a","b"\]/],
  ['a number there', 'model: 7', /sets model to 7\./],
])('values with %s are refused, from the input and from a file', (_title, text, problem) => {
  expect(findValuesProblem(text)).toMatch(problem)
  writeFileSync(path('refused.yaml'), text)
  const check = () => checkChartInputs({ chart: path('chart'), 'values-files': [path('refused.yaml')] })
  expect(check).toThrow(/^Input values-files: ".*refused\.yaml" /)
  expect(check).toThrow(problem)
})

test.each(['$ANSIBLE_VAULT;1.1;AES256\n6162', '\0GITCRYPT\0abc'])(
  'an encrypted file is refused: %j',
  (text) => {
    writeFileSync(path('refused.yaml'), text)
    expect(() => checkChartInputs({ chart: path('chart'), 'values-files': [path('refused.yaml')] })).toThrow(
      /is encrypted\. Decrypt it/,
    )
  },
)

test.each([
  'model: {name: mine, version: 1}',
  'model: null',
  'model:',
  'sops: {image: getsops/sops}',
  'note: the value ENC[AES256_GCM,data] is documented',
  '- not a mapping',
  'broken: [',
  'model: &m {a: 1}\nother: *m',
  'model: *gone',
])('a file of values is left to Helm: %j', (text) => {
  writeFileSync(path('accepted.yaml'), text)
  expect(() =>
    checkChartInputs({ chart: path('chart'), 'values-files': [path('accepted.yaml')] }),
  ).not.toThrow()
})

test.each(['', '# only a comment', 'a: 1', 'a: "20241113020034123"', 'a: 1e300', 'a: 12345678'])(
  'values %o are accepted',
  (text) => {
    expect(findValuesProblem(text)).toBeUndefined()
  },
)

const folder = () => valuesFolder(mkdtempSync(join(tmpdir(), 'values-')), 'digits')
const model = { name: 'digits', version: '007', mlflowUri: 'http://mlflow' }

test("the order is the user's files, the input values, the model", () => {
  const at = folder()
  const files = writeValues(at, { 'values-files': ['a.yaml', 'b.yaml'], values: 'replicas: 2\n' }, model)
  expect(files.slice(0, 2)).toEqual(['a.yaml', 'b.yaml'])
  expect(files.slice(2).map((file) => parse(readFileSync(file, 'utf8')))).toEqual([
    { replicas: 2 },
    { model },
  ])
  for (const file of files.slice(2)) expect(statSync(file).mode & 0o777).toBe(0o600)
  removeValues(at)
  expect(existsSync(at)).toBe(false)
})

test('a block of text at the end keeps its line break', () => {
  const files = writeValues(folder(), { values: 'notice: |\n  one\n  two' }, model)
  expect(parse(readFileSync(files[0] ?? '', 'utf8'))).toEqual({ notice: 'one\ntwo\n' })
})

test('files of an earlier step are removed', () => {
  const at = folder()
  writeValues(at, { values: 'replicas: 2' }, model)
  expect(writeValues(at, {}, model)).toHaveLength(1)
  expect(existsSync(join(at, 'values.yaml'))).toBe(false)
})
