import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type ChartInputs, checkChartInputs, findChartProblems } from './chart-inputs.ts'
import { findValuesProblem } from './values-text.ts'

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

test.each<[Partial<ChartInputs>, string, RegExp]>([
  [{ chart: 'https://charts.example.com/fraud-1.tgz' }, 'chart', /chart-repository/],
  [
    { chart: 'oci://registry.test/fraud', 'chart-repository': 'https://charts.test' },
    'chart-repository',
    /not needed/,
  ],
  [
    { chart: 'fraud', 'chart-repository': 'oci://registry.test/charts/' },
    'chart-repository',
    /give chart: oci:\/\/registry\.test\/charts\/NAME/,
  ],
  [{ chart: './deploy/chart', 'chart-repository': 'https://charts.test' }, 'chart', /such as acme\/fraud/],
  [
    {
      chart: 'fraud',
      'chart-repository': 'http://charts.test',
      'registry-username': 'ci',
      'registry-password': 'x',
    },
    'chart-repository',
    /in clear text; use https/,
  ],
  [{ chart: 'oci://registry.test/fraud', 'dependency-build': true }, 'dependency-build', /on a folder/],
  [{ 'registry-username': 'ci' }, 'registry-password', /is required/],
  [{ 'registry-password': 'hunter2' }, 'registry-username', /is required/],
])('the source %o is a problem of %s', (inputs, input, message) => {
  expect(findChartProblems({ chart: 'fraud', ...inputs })).toEqual([
    { input, message: expect.stringMatching(message) },
  ])
})

test.each<Partial<ChartInputs>>([
  { chart: 'acme/fraud', 'chart-repository': 'https://charts.test/stable' },
  { 'chart-repository': 'http://10.0.0.7:8080' },
  { chart: 'chart', 'dependency-build': true, 'chart-repository': 'oci://registry.test/charts' },
  { chart: 'oci://registry.test/fraud', 'registry-username': 'ci', 'registry-password': 'hunter2' },
])('the source %o is accepted', (inputs) => {
  expect(findChartProblems({ chart: 'fraud', ...inputs })).toEqual([])
})

test('the name of a chart in a repository is no path in the workspace', () => {
  expect(() =>
    checkChartInputs({ chart: 'acme/fraud', 'chart-repository': 'https://charts.test' }),
  ).not.toThrow()
})

test.each<[string, Partial<ChartInputs>, RegExp]>([
  [
    'an archive',
    { chart: path('chart.tgz'), 'dependency-build': true },
    /^Input dependency-build: .*archive/,
  ],
  [
    'a missing program',
    { 'post-renderer': path('nope.sh') },
    /^Input post-renderer: there is no file .*nope/,
  ],
  ['a folder', { 'post-renderer': path('chart') }, /^Input post-renderer: there is no file/],
  [
    'a program without its mode',
    { 'post-renderer': path('a.yaml') },
    /^Input post-renderer: .*not executable.*chmod=\+x/,
  ],
])('%s is refused', (_title, inputs, message) => {
  expect(() => checkChartInputs({ chart: path('chart'), ...inputs })).toThrow(message)
})

test('with version-values, model is a value of the chart like any other', () => {
  const versionValues = [{ path: ['image', 'tag'], template: 'v{{version}}' }]
  writeFileSync(path('model.yaml'), 'model: acme/base\n')
  const given = { chart: path('chart'), values: 'model: acme/fraud', 'values-files': [path('model.yaml')] }
  expect(findChartProblems(given)).toEqual([
    { input: 'values', message: expect.stringMatching(/sets model to "acme\/fraud".*version-values/) },
  ])
  expect(() => checkChartInputs(given)).toThrow(/values-files: .*sets model to "acme\/base".*version-values/)
  const placed = { ...given, 'version-values': versionValues }
  expect(findChartProblems(placed)).toEqual([])
  expect(() => checkChartInputs(placed)).not.toThrow()
  expect(findChartProblems({ ...placed, values: 'token: ENC[AES256_GCM,data:x]' })).toHaveLength(1)
})
