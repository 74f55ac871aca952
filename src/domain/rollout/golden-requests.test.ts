import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  checkResponse,
  type Expectation,
  findDifferences,
  formatResult,
  type GoldenRequest,
  type ProbeResponse,
} from './golden-requests.ts'

const request = (expectation: Partial<Expectation> = {}): GoldenRequest => ({
  method: 'POST',
  port: 8080,
  path: '/predict',
  headers: {},
  body: '{"rows": [[0]]}',
  expect: { status: 200, timeoutMs: 1000, ...expectation },
})
const response = (body: string, status = 200): ProbeResponse => ({
  kind: 'response',
  status,
  body,
  durationMs: 12,
})
const label = { json: { expected: { label: 3 }, tolerance: 0 } }

describe('a response', () => {
  test.each<[string, Partial<Expectation>, ProbeResponse]>([
    ['of the expected status', {}, response('')],
    ['of an expected error', { status: 400 }, response('no', 400)],
    ['with the expected field', label, response('{"label": 3, "id": "x"}')],
    ['with the expected text', { contains: 'ok' }, response('all is ok here')],
  ])('%s is accepted', (_title, expectation, actual) => {
    expect(checkResponse(request(expectation), actual)).toEqual([])
  })

  test.each<[string, Partial<Expectation>, ProbeResponse, string[]]>([
    [
      'of another status',
      label,
      response('{"error": "x"}', 500),
      ['status 500, expected 200: "{\\"error\\": \\"x\\"}"'],
    ],
    [
      'of success when an error is expected',
      { status: 400 },
      response('', 200),
      ['status 200, expected 400: ""'],
    ],
    ['with another value', label, response('{"label": 4}'), ['label is 4, expected 3']],
    ['that is not JSON', label, response('<html>'), ['the response is not JSON: "<html>"']],
    ['without the text', { contains: 'ok' }, response('bad'), ['"ok" is not in "bad"']],
    [
      'that is wrong in both',
      { ...label, contains: 'ok' },
      response('{"label": 4}'),
      ['label is 4, expected 3', '"ok" is not in "{\\"label\\": 4}"'],
    ],
    ['too late', {}, { kind: 'timeout' }, ['no response within 1000 ms']],
    [
      'that never comes',
      {},
      { kind: 'connection-failed', reason: 'connection refused' },
      ['no response: connection refused'],
    ],
  ])('%s is a problem', (_title, expectation, actual, problems) => {
    expect(checkResponse(request(expectation), actual)).toEqual(problems)
  })

  test('a problem has a bounded length', () => {
    const [problem = ''] = checkResponse(request(), response('x'.repeat(100_000), 500))
    expect(problem.length).toBeLessThan(300)
  })
})

test.each<[ProbeResponse, string[], string]>([
  [response('{}'), [], 'golden request 2, POST /predict on port 8080: status 200 in 12 ms, as expected'],
  [
    response('{}'),
    ['label is 4, expected 3', 'more'],
    'golden request 2, POST /predict on port 8080: label is 4, expected 3; more (response in 12 ms)',
  ],
  [
    { kind: 'timeout' },
    ['no response within 1000 ms'],
    'golden request 2, POST /predict on port 8080: no response within 1000 ms',
  ],
])('a result is one line: %#', (actual, problems, line) => {
  expect(formatResult({ request: request(), response: actual, problems }, 2, true)).toBe(line)
})

test.each<[string, unknown, unknown, number]>([
  ['the same text', 'a', 'a', 0],
  ['unexpected fields', { a: 1 }, { a: 1, b: 2 }, 0],
  ['nested values that are equal', { a: [{ b: 1 }] }, { a: [{ b: 1, c: 2 }], d: 3 }, 0],
  ['a number within the tolerance', { p: 0.5 }, { p: 0.51 }, 0.011],
  ['null for null', { a: null }, { a: null }, 0],
  ['an empty object in any other', {}, { a: 1 }, 0],
  ['an empty list', [], [], 0],
])('%s is as expected', (_title, expected, actual, tolerance) => {
  expect(findDifferences(expected, actual, tolerance)).toEqual([])
})

test.each<[string, unknown, unknown, number, string]>([
  ['another number', { a: 3 }, { a: 4 }, 0, 'a is 4, expected 3'],
  ['a number just outside the tolerance', { p: 0.5 }, { p: 0.52 }, 0.01, 'p is 0.52, expected 0.5'],
  ['a number as text', { a: 8 }, { a: '8' }, 1, 'a is "8", expected 8'],
  ['a missing field', { a: { b: 1 } }, { a: {} }, 0, 'a.b is missing, expected 1'],
  ['an inherited property', { constructor: 1 }, {}, 0, 'constructor is missing, expected 1'],
  ['null for a field', { a: {} }, { a: null }, 0, 'a is null, expected {}'],
  ['false for null', { a: null }, { a: false }, 0, 'a is false, expected null'],
  ['a list for an object', { a: 1 }, [1], 0, 'the response is [1], expected {"a":1}'],
  ['an object for a list', [1], { 0: 1, length: 1 }, 0, 'the response is {"0":1,"length":1}, expected [1]'],
  ['a longer list', { a: [1] }, { a: [1, 2] }, 0, 'a has 2 entries, expected 1'],
  ['a shorter list', [1, 2], [1], 0, 'the response has 1 entries, expected 2'],
  ['an entry of a list', { a: [1, { b: 2 }] }, { a: [1, { b: 3 }] }, 0, 'a[1].b is 3, expected 2'],
])('%s is a difference', (_title, expected, actual, tolerance, difference) => {
  expect(findDifferences(expected, actual, tolerance)).toEqual([difference])
})

test('reports a few differences, each of bounded length', () => {
  const differences = findDifferences([1, 2, 3, 4, 5], ['x'.repeat(5000), 0, 0, 0, 0], 0)
  expect(differences).toHaveLength(3)
  expect(Math.max(...differences.map((line) => line.length))).toBeLessThan(200)
})

const json = fc.jsonValue()

test('an equal response has no difference', () => {
  fc.assert(
    fc.property(json, (value) => {
      expect(findDifferences(value, structuredClone(value), 0)).toEqual([])
    }),
  )
})

test('an extra field is no difference, a missing field is', () => {
  const addFields = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(addFields)
    if (typeof value !== 'object' || value === null) return value
    return {
      ...Object.fromEntries(Object.entries(value).map(([key, each]) => [key, addFields(each)])),
      'extra field': 1,
    }
  }
  const objects = fc.dictionary(fc.string({ minLength: 1 }), json, { minKeys: 1, noNullPrototype: true })
  fc.assert(
    fc.property(objects, (value) => {
      expect(findDifferences(value, addFields(value), 0)).toEqual([])
      const [key = ''] = Object.keys(value)
      const { [key]: _removed, ...fewer } = value
      expect(findDifferences(value, fewer, 0)).not.toEqual([])
    }),
  )
})

test('a number differs if it is further away than the tolerance', () => {
  const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 })
  fc.assert(
    fc.property(number, number, fc.double({ min: 0, max: 1e6, noNaN: true }), (one, other, tolerance) => {
      const same = findDifferences({ p: one }, { p: other }, tolerance).length === 0
      expect(same).toBe(Math.abs(one - other) <= tolerance)
    }),
  )
})
