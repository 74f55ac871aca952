import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readGoldenRequests } from './verify-input.ts'

const read = (text: string) => readGoldenRequests(text, tmpdir())
const one = (more: string) => read(`- port: 8080\n  path: /predict\n${more}`)[0]

describe('a golden request', () => {
  test('is asked with the least that can be said', () => {
    expect(read('- {port: http, path: /health}')).toEqual([
      {
        port: 'http',
        path: '/health',
        method: 'GET',
        headers: {},
        body: undefined,
        expect: { status: 200, json: undefined, contains: undefined, within: 10_000 },
      },
    ])
  })

  test('is asked with all that can be said', () => {
    const text = `- port: 8080
  path: /predict?full=1
  method: POST
  headers: {X-Trace: 1}
  body: {rows: [[0, 1.5, -2e3]], model-name: "007", none: null}
  expect: {status: 201, json: {label: 3, p-value: 0.5}, tolerance: 0.01, contains: label, within: 1s500ms}
`
    expect(read(text)).toEqual([
      {
        port: 8080,
        path: '/predict?full=1',
        method: 'POST',
        headers: { 'content-type': 'application/json', 'X-Trace': '1' },
        body: '{"rows":[[0,1.5,-2000]],"model-name":"007","none":null}',
        expect: {
          status: 201,
          json: { holds: { label: 3, 'p-value': 0.5 }, tolerance: 0.01 },
          contains: 'label',
          within: 1500,
        },
      },
    ])
  })

  test('is read as JSON, too', () => {
    const text = JSON.stringify([{ port: 80, path: '/', body: [1], expect: { json: { a: 'b' } } }])
    expect(read(text)[0]).toMatchObject({
      method: 'POST',
      body: '[1]',
      expect: { json: { holds: { a: 'b' } } },
    })
  })

  test('sends a text as it was written, under the type that is named', () => {
    expect(one('  body: "1,2 é"')).toMatchObject({
      body: '1,2 é',
      headers: { 'content-type': 'text/plain; charset=utf-8' },
    })
    expect(one('  body: "1,2"\n  headers: {Content-Type: text/csv}')?.headers).toEqual({
      'Content-Type': 'text/csv',
    })
  })
})

test.each<[string, string, RegExp]>([
  ['no list', 'port: 1', /^Input verify: line 1: is not a list/],
  ['an empty list', '[]', /line 1: holds no request/],
  ['too many', JSON.stringify(Array(21).fill({ port: 1, path: '/' })), /more than 20 requests/],
  ['a request without a path', '- port: 1\n', /^Input verify: line 1: request 1, path is needed/],
  [
    'an unknown key',
    '- port: 1\n  path: /\n  pathh: /',
    /^Input verify: line 3: unknown key "pathh", did you mean path\?/,
  ],
  [
    'an unknown key deeper down',
    '- port: 1\n  path: /\n  expect:\n    state: 1',
    /line 4: unknown key "state", did you mean status\?/,
  ],
  ['a port out of range', '- {port: 70000, path: /}', /request 1, port is not a port/],
  ['a port that is a path', '- {port: "80/x", path: /}', /request 1, port is not a port/],
  ['a path without its slash', '- {port: 1, path: predict}', /path is not a path: it begins with \//],
  ['a path with an end of line', '- {port: 1, path: "/a\\r\\nX: y"}', /path is not a path/],
  ['another method', '- {port: 1, path: /, method: PUT}', /method is neither GET nor POST/],
  ['a body for a GET', '- {port: 1, path: /, method: GET, body: x}', /body is for POST/],
  [
    'a header of HTTP itself',
    '- {port: 1, path: /, headers: {Content-Length: 1}}',
    /the header "Content-Length" is set by/,
  ],
  [
    'a header with an end of line',
    '- {port: 1, path: /, headers: {X: "a\\nY: b"}}',
    /is not a value for a header/,
  ],
  ['a status out of range', '- {port: 1, path: /, expect: {status: 99}}', /request 1, expect, status /],
  [
    'a tolerance of nothing',
    '- {port: 1, path: /, expect: {tolerance: 1}}',
    /tolerance is for the numbers in json/,
  ],
  ['a negative tolerance', '- {port: 1, path: /, expect: {json: 1, tolerance: -1}}', /tolerance /],
  ['no time', '- {port: 1, path: /, expect: {within: 0s}}', /within leaves no time/],
  ['a time without its unit', '- {port: 1, path: /, expect: {within: "5"}}', /within "5" is not a duration/],
  ['an infinite number', '- {port: 1, path: /, body: [.inf]}', /body holds Infinity/],
  [
    'an integer beyond doubles',
    '- {port: 1, path: /, body: {a: 20241113020034123}}',
    /body holds 20241113020034124/,
  ],
  ['no YAML', '- port: [', /^Input verify: line /],
  ['an alias', '- {port: 1, path: /, body: &a [*a]}', /an alias \(\*\) is not read in a list of requests/],
  [
    'a file that is not there',
    'golden/none.yml',
    /^Input verify: "golden\/none.yml" is neither YAML nor a file/,
  ],
])('%s is refused', (_what, text, message) => {
  expect(() => read(text)).toThrow(message)
})

test('every mistake is told, in the order of the lines, but not without end', () => {
  const text = '- path: a\n  port: 0\n- port: 1\n  path: /\n  x: 1\n'
  expect(() => read(text)).toThrow(/line 1: .*\n.*line 2: .*\n.*line 5: .*$/)
  const many = JSON.stringify([{ ...Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`x${n}`, 1])) }])
  expect(() => read(many)).toThrow(/and 32 more$/)
})

test('a file of the workspace is read, and named in what is wrong with it', () => {
  const workspace = mkdtempSync(join(tmpdir(), 'verify-'))
  writeFileSync(join(workspace, 'golden.yml'), '- {port: 1, path: /}\n')
  expect(readGoldenRequests('golden.yml', workspace)).toHaveLength(1)
  writeFileSync(join(workspace, 'golden.json'), '[{"port": 1}]')
  expect(() => readGoldenRequests('golden.json', workspace)).toThrow(
    /^Input verify: golden.json, line 1: request 1, path is needed/,
  )
  writeFileSync(join(workspace, 'large.yml'), '#'.repeat(300_000))
  expect(() => readGoldenRequests('large.yml', workspace)).toThrow(/larger than 256 KB/)
})

test('those of the example can be read, and the one of the README', () => {
  expect(readGoldenRequests('examples/digits/golden.yml', process.cwd()).map(({ path }) => path)).toEqual([
    '/health',
    '/predict',
  ])
  const readme = readFileSync('actions/helm-deploy/README.md', 'utf8')
  const [, block = ''] = /\n {4}verify: \|\n((?: {6}.*\n)+)/.exec(readme) ?? []
  expect(read(block.replace(/^ {6}/gm, ''))[0]).toMatchObject({ port: 8080, method: 'POST' })
})
