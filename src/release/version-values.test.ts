import { describe, expect, test } from 'vitest'
import { placeVersionValues, versionValuesField } from './version-values.ts'

const field = versionValuesField()
const model = {
  name: 'fraud',
  version: '7',
  mlflowUri: 'http://mlflow:5000',
  digest: 'a'.repeat(64),
  runId: 'b'.repeat(32),
}

describe('a line is a path and its text', () => {
  test.each([
    ['image.tag: v{{version}}', ['image', 'tag'], 'v{{version}}'],
    ['image.tag: "{{version}}"', ['image', 'tag'], '{{version}}'],
    ["image.tag: '{{version}}' # the tag", ['image', 'tag'], '{{version}}'],
    ['image.tag: {{version}} # the tag', ['image', 'tag'], '{{version}}'],
    ['image.tag : {{ version }}', ['image', 'tag'], '{{ version }}'],
    ['uri: models:/{{name}}/{{version}}', ['uri'], 'models:/{{name}}/{{version}}'],
    ['args[0]: --tag=#{{version}}', ['args', 0], '--tag=#{{version}}'],
    [
      'podAnnotations["example.com/a: b"]: "{{version}}"',
      ['podAnnotations', 'example.com/a: b'],
      '{{version}}',
    ],
    ['args[0]: "a \\"{{version}}\\" # b" # c', ['args', 0], 'a "{{version}}" # b'],
    ["note: 'it''s {{version}}'", ['note'], "it's {{version}}"],
    ['tpl: "{{ .Release.Name }}-{{version}}"', ['tpl'], '{{ .Release.Name }}-{{version}}'],
  ])('%s', (line, path, template) => {
    expect(field.parse(`\n# where the chart takes it\n  ${line}\n`)).toEqual([{ path, template }])
  })
  test.each([
    ['image.tag', /is not a path of the values and its text\. Write "image\.tag: v\{\{version\}\}"/],
    ['image.tag=v{{version}}', /is not a path/],
    ['image.tag:v{{version}}', /is not a path/],
    ['- image.tag: v{{version}}', /is not a path/],
    ['podAnnotations.example.com/version: {{version}}', /slashes in quotes, as in podAnnotations\[/],
    ['env[x].value: {{version}}', /is not a path/],
    ['image.tag: # {{version}}', /image\.tag has no text/],
    ['image.tag: {{tag}}', /image\.tag names \{\{tag\}\}\. Use \{\{version\}\}, /],
    ['image.tag: {{Version}}', /names \{\{Version\}\}/],
    ['image.tag: {{version}}\nuri: {{model.version}}', /uri names \{\{model\.version\}\}\. Use/],
    ['image.tag: {{version}}\nuri: {{ version | quote }}', /uri names \{\{version \| quote\}\}\. Use/],
    ['image.tag: {{version}}\nnote: |', /note has "\|", which is no plain or quoted text on one line/],
    ['image.tag: !!str {{version}}', /image\.tag has .* Put all of it in quotes/],
    ['image.tag: "v" {{version}}', /image\.tag has .* Put all of it in quotes/],
    ['image.tag: "{{version}}', /image\.tag has .* Put all of it in quotes/],
    ['image.tag: v7', /has no \{\{version\}\}/],
    ['image.tag: v{version}', /has no \{\{version\}\}/],
    ['tag: {{version}}\ntag: v{{version}}', /sets tag twice/],
    ['a["b"].c: {{version}}\na.b["c"]: {{version}}', /sets a\.b\.c twice/],
  ])('%o is refused', (text, message) => {
    const messages = field.safeParse(text).error?.issues.map((issue) => issue.message) ?? []
    expect(messages[0]).toMatch(message)
  })
  test('each wrong line is reported', () => {
    const { error } = field.safeParse('tag\nimage.tag: {{tag}}\nok: {{version}}')
    expect(error?.issues).toHaveLength(2)
  })
})

test('the texts are filled in', () => {
  const values = field.parse(`
    version: {{version}}
    uri: {{mlflow-uri}}#models:/{{name}}/{{version}}
    digest: sha256:{{digest}}
    run: runs:/{{run-id}}/model
    tpl: {{ .Values.x }}`)
  expect(placeVersionValues({}, values ?? [], model)).toEqual({
    version: '7',
    uri: 'http://mlflow:5000#models:/fraud/7',
    digest: `sha256:${model.digest}`,
    run: `runs:/${model.runId}/model`,
    tpl: '{{ .Values.x }}',
  })
})

test.each([
  ['image.tag', { image: 'acme/fraud:1' }, 'image.tag does not exist: image is "acme/fraud:1" in the values'],
  ['image', { image: { tag: '1' } }, 'image is a mapping in the values ("tag"). Name one of its keys.'],
  ['env', { env: [{}, {}] }, 'env is a list in the values (2 items). Name an item, as in env[0].'],
  ['env.A', { env: [{}] }, 'env.A does not exist: env is a list in the values (1 item). Name an item'],
  [
    'env[0]',
    { env: { A: '', B: '' } },
    'env[0] does not exist: env is a mapping in the values ("A", "B"), not a list.',
  ],
  [
    'env[2].value',
    { env: [{}] },
    'env[2].value does not exist: env has 1 item in the values, counted from 0.',
  ],
  ['env[0].value', {}, 'env[0].value does not exist: the values have no env. Give the list'],
  ['on', { on: false }, 'on is "false" in the values, which is not a text.'],
])('%s over %o is an error that says what is there', (path, current, message) => {
  const values = field.parse(`${path}: {{version}}`) ?? []
  expect(() => placeVersionValues(current, values, model)).toThrow(`Input version-values: ${message}`)
})

test('an address that is not known is an error', () => {
  const values = field.parse('uri: {{mlflow-uri}}/{{version}}') ?? []
  expect(() => placeVersionValues({}, values, { name: 'fraud', version: '7' })).toThrow(
    /^Input version-values: \{\{mlflow-uri\}\} needs tracking-uri/,
  )
})
