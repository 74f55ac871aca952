import { describe, expect, test } from 'vitest'
import { checkLine, type Expectation, type GoldenRequest, type Heard, wrongIn } from './verify.ts'

const request = (expectation: Partial<Expectation> = {}): GoldenRequest => ({
  method: 'POST',
  port: 8080,
  path: '/predict',
  headers: {},
  body: '{"rows": [[0]]}',
  expect: { status: 200, within: 1000, ...expectation },
})
const answer = (body: string, status = 200): Heard => ({ kind: 'answer', status, body, milliseconds: 12 })
const label = { json: { holds: { label: 3 }, tolerance: 0 } }

describe('an answer', () => {
  test.each<[string, Partial<Expectation>, Heard]>([
    ['of the expected status', {}, answer('')],
    ['of an expected refusal', { status: 400 }, answer('no', 400)],
    ['with the expected field', label, answer('{"label": 3, "id": "x"}')],
    ['with the expected text', { contains: 'ok' }, answer('all is ok here')],
  ])('%s is right', (_title, expectation, heard) => {
    expect(wrongIn(request(expectation), heard)).toEqual([])
  })

  test.each<[string, Partial<Expectation>, Heard, string[]]>([
    [
      'of another status',
      label,
      answer('{"error": "x"}', 500),
      ['status 500, expected 200: "{\\"error\\": \\"x\\"}"'],
    ],
    [
      'of success where a refusal was due',
      { status: 400 },
      answer('', 200),
      ['status 200, expected 400: ""'],
    ],
    ['with another value', label, answer('{"label": 4}'), ['label is 4, expected 3']],
    ['that is no JSON', label, answer('<html>'), ['the answer is not JSON: "<html>"']],
    ['without the text', { contains: 'ok' }, answer('bad'), ['"ok" does not stand in "bad"']],
    [
      'that is wrong in both',
      { ...label, contains: 'ok' },
      answer('{"label": 4}'),
      ['label is 4, expected 3', '"ok" does not stand in "{\\"label\\": 4}"'],
    ],
    ['too late', {}, { kind: 'late' }, ['no answer came within 1000 ms']],
    ['never', {}, { kind: 'none', why: 'connection refused' }, ['no answer came: connection refused']],
  ])('%s is wrong', (_title, expectation, heard, wrong) => {
    expect(wrongIn(request(expectation), heard)).toEqual(wrong)
  })

  test('is told in bounded length', () => {
    const [said = ''] = wrongIn(request(), answer('x'.repeat(100_000), 500))
    expect(said.length).toBeLessThan(300)
  })
})

test.each<[Heard, string[], string]>([
  [answer('{}'), [], 'golden request 2, POST /predict on port 8080: status 200 in 12 ms, as expected'],
  [
    answer('{}'),
    ['label is 4, expected 3', 'more'],
    'golden request 2, POST /predict on port 8080: label is 4, expected 3; more (answered in 12 ms)',
  ],
  [
    { kind: 'late' },
    ['no answer came within 1000 ms'],
    'golden request 2, POST /predict on port 8080: no answer came within 1000 ms',
  ],
])('a check is told as a line: %#', (heard, wrong, line) => {
  expect(checkLine({ request: request(), heard, wrong }, 2, true)).toBe(line)
})
