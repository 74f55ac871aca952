import { truncate } from '../core/text.ts'

/** A request with a known right answer. */
export interface GoldenRequest {
  method: 'GET' | 'POST'
  /** A number, or the name of a container's port. */
  port: number | string
  path: string
  headers: Readonly<Record<string, string>>
  body: string | undefined
  expect: Expectation
}

export interface Expectation {
  status: number
  /** What the response must contain as JSON; see `findDifferences`. */
  json?: { expected: unknown; tolerance: number } | undefined
  /** A text that the response must contain. */
  contains?: string | undefined
  /** Milliseconds for the whole response. */
  timeoutMs: number
}

export type ProbeResponse =
  | { kind: 'response'; status: number; body: string; durationMs: number }
  /** The connection was refused, or ended before a response. */
  | { kind: 'connection-failed'; reason: string }
  | { kind: 'timeout' }

export interface GoldenRequestResult {
  request: GoldenRequest
  response: ProbeResponse
  /** What is wrong with the response; empty: nothing. */
  problems: readonly string[]
}

const MAX_EXCERPT_LENGTH = 200
const MAX_DIFFERENCES = 3
const MAX_VALUE_LENGTH = 80

/** What is wrong with a response, each a clause; empty: it is as expected. */
export function checkResponse({ expect }: GoldenRequest, response: ProbeResponse): string[] {
  if (response.kind === 'connection-failed') return [`no response: ${response.reason}`]
  if (response.kind === 'timeout') return [`no response within ${expect.timeoutMs} ms`]
  const { status, body } = response
  // With another status, the body is about something else.
  if (status !== expect.status) return [`status ${status}, expected ${expect.status}: ${excerpt(body)}`]
  const problems = expect.json ? checkJson(expect.json, body) : []
  const { contains } = expect
  if (contains !== undefined && !body.includes(contains))
    problems.push(`${JSON.stringify(truncate(contains, MAX_EXCERPT_LENGTH))} is not in ${excerpt(body)}`)
  return problems
}

function checkJson({ expected, tolerance }: NonNullable<Expectation['json']>, body: string): string[] {
  try {
    return findDifferences(expected, JSON.parse(body), tolerance)
  } catch {
    return [`the response is not JSON: ${excerpt(body)}`]
  }
}

function excerpt(body: string): string {
  return JSON.stringify(truncate(body, MAX_EXCERPT_LENGTH))
}

/**
 * How a JSON response differs from the expected one; empty: it does not. Of an object only the expected fields count, of a
 * list every entry. Numbers may differ by `tolerance`.
 */
export function findDifferences(expected: unknown, actual: unknown, tolerance: number): string[] {
  return compareValues(expected, actual, tolerance, '').slice(0, MAX_DIFFERENCES)
}

function compareValues(expected: unknown, actual: unknown, tolerance: number, path: string): string[] {
  const subject = path || 'the response'
  const difference = [`${subject} is ${formatValue(actual)}, expected ${formatValue(expected)}`]
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return difference
    if (actual.length !== expected.length)
      return [`${subject} has ${actual.length} entries, expected ${expected.length}`]
    return expected.flatMap((each, index) =>
      compareValues(each, actual[index], tolerance, `${path}[${index}]`),
    )
  }
  if (isObject(expected)) {
    if (!isObject(actual)) return difference
    return Object.entries(expected).flatMap(([key, each]) => {
      const field = path ? `${path}.${key}` : key
      // Not `in`: an inherited property is not a field of the response.
      return Object.hasOwn(actual, key)
        ? compareValues(each, actual[key], tolerance, field)
        : [`${field} is missing, expected ${formatValue(each)}`]
    })
  }
  if (typeof expected === 'number' && typeof actual === 'number')
    return Math.abs(expected - actual) <= tolerance ? [] : difference
  return expected === actual ? [] : difference
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function formatValue(value: unknown): string {
  return truncate(value === undefined ? 'nothing' : JSON.stringify(value), MAX_VALUE_LENGTH)
}

/**
 * A result as one line: the request, the response, the milliseconds. The response is untrusted text.
 * @param quotesResponse whether the line may quote the response
 */
export function formatResult(result: GoldenRequestResult, number: number, quotesResponse: boolean): string {
  const { request, response, problems } = result
  const { status } = request.expect
  const name = `golden request ${number}, ${request.method} ${request.path} on port ${request.port}`
  const duration = response.kind === 'response' ? ` in ${response.durationMs} ms` : ''
  if (problems.length === 0) return `${name}: status ${status}${duration}, as expected`
  if (quotesResponse || response.kind !== 'response')
    return `${name}: ${problems.join('; ')}${duration && ` (response${duration})`}`
  const difference =
    response.status === status ? 'but the response differs from the expected one' : `expected ${status}`
  return `${name}: status ${response.status}, ${difference} (response${duration})`
}
