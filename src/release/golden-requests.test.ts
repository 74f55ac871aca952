import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readGoldenRequests } from './golden-requests.ts'

const read = (text: string) => readGoldenRequests(text, tmpdir())
const readOne = (more: string) => read(`- port: 8080\n  path: /predict\n${more}`)[0]

describe('a golden request', () => {
  test('needs only port and path', () => {
    expect(read('- {port: http, path: /health}')).toEqual([
      {
        port: 'http',
        path: '/health',
        method: 'GET',
        headers: {},
        body: undefined,
        expect: { status: 200, json: undefined, contains: undefined, timeoutMs: 10_000 },
      },
    ])
  })

  test('has all these fields', () => {
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
          json: { expected: { label: 3, 'p-value': 0.5 }, tolerance: 0.01 },
          contains: 'label',
          timeoutMs: 1500,
        },
      },
    ])
  })

  test('may be JSON', () => {
    const text = JSON.stringify([{ port: 80, path: '/', body: [1], expect: { json: { a: 'b' } } }])
    expect(read(text)[0]).toMatchObject({
      method: 'POST',
      body: '[1]',
      expect: { json: { expected: { a: 'b' } } },
    })
  })

  test('sends text unchanged, with the given content type', () => {
    expect(readOne('  body: "1,2 é"')).toMatchObject({
      body: '1,2 é',
      headers: { 'content-type': 'text/plain; charset=utf-8' },
    })
    expect(readOne('  body: "1,2"\n  headers: {Content-Type: text/csv}')?.headers).toEqual({
      'Content-Type': 'text/csv',
    })
  })
})

test.each<[string, string, RegExp]>([
  ['no list', 'port: 1', /^Input verify: line 1: is not a list/],
  ['an empty list', '[]', /line 1: has no request/],
  ['too many', JSON.stringify(Array(21).fill({ port: 1, path: '/' })), /more than 20 requests/],
  ['a request without a path', '- port: 1\n', /^Input verify: line 1: request 1, path is required/],
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
  ['a body for a GET', '- {port: 1, path: /, method: GET, body: x}', /body is only for POST/],
  [
    'a header that frames the message',
    '- {port: 1, path: /, headers: {Content-Length: 1}}',
    /the header "Content-Length" is set automatically/,
  ],
  ['a header with a line break', '- {port: 1, path: /, headers: {X: "a\\nY: b"}}', /is not a header value/],
  ['a status out of range', '- {port: 1, path: /, expect: {status: 99}}', /request 1, expect, status /],
  [
    'a tolerance without json',
    '- {port: 1, path: /, expect: {tolerance: 1}}',
    /tolerance applies to the numbers of json/,
  ],
  ['a negative tolerance', '- {port: 1, path: /, expect: {json: 1, tolerance: -1}}', /tolerance /],
  ['no time', '- {port: 1, path: /, expect: {within: 0s}}', /within leaves no time/],
  ['a time without its unit', '- {port: 1, path: /, expect: {within: "5"}}', /within "5" is not a duration/],
  ['an infinite number', '- {port: 1, path: /, body: [.inf]}', /body contains Infinity/],
  [
    'an integer beyond doubles',
    '- {port: 1, path: /, body: {a: 20241113020034123}}',
    /body contains 20241113020034124/,
  ],
  ['no YAML', '- port: [', /^Input verify: line /],
  [
    'an alias',
    '- {port: 1, path: /, body: &a [*a]}',
    /aliases \(\*\) are not supported in a list of requests/,
  ],
  [
    'a missing file',
    'golden/none.yml',
    /^Input verify: "golden\/none.yml" is neither YAML nor a readable file/,
  ],
])('%s is refused', (_title, text, message) => {
  expect(() => read(text)).toThrow(message)
})

test('every problem is reported, in the order of the lines, up to a limit', () => {
  const text = '- path: a\n  port: 0\n- port: 1\n  path: /\n  x: 1\n'
  expect(() => read(text)).toThrow(/line 1: .*\n.*line 2: .*\n.*line 5: .*$/)
  const many = JSON.stringify([{ ...Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`x${n}`, 1])) }])
  expect(() => read(many)).toThrow(/and 32 more$/)
})

test('a file of the workspace is read, and named in its problems', () => {
  const workspace = mkdtempSync(join(tmpdir(), 'verify-'))
  writeFileSync(join(workspace, 'golden.yml'), '- {port: 1, path: /}\n')
  expect(readGoldenRequests('golden.yml', workspace)).toHaveLength(1)
  writeFileSync(join(workspace, 'golden.json'), '[{"port": 1}]')
  expect(() => readGoldenRequests('golden.json', workspace)).toThrow(
    /^Input verify: golden.json, line 1: request 1, path is required/,
  )
  writeFileSync(join(workspace, 'large.yml'), '#'.repeat(300_000))
  expect(() => readGoldenRequests('large.yml', workspace)).toThrow(/larger than 256 KB/)
})

test('the example and the README have valid golden requests', () => {
  expect(readGoldenRequests('examples/digits/golden.yml', process.cwd()).map(({ path }) => path)).toEqual([
    '/health',
    '/predict',
  ])
  const readme = readFileSync('actions/helm-deploy/README.md', 'utf8')
  const [, block = ''] = /\nverify: \|\n((?: {2}.*\n)+)/.exec(readme) ?? []
  expect(read(block.replace(/^ {2}/gm, ''))[0]).toMatchObject({ port: 8080, method: 'POST' })
})
