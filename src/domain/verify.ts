import { differences } from './verify-match.ts'

/** A request whose right answer is known beforehand. */
export interface GoldenRequest {
  method: 'GET' | 'POST'
  /** A number, or the name that a container gives one. */
  port: number | string
  path: string
  headers: Readonly<Record<string, string>>
  /** Bytes to send, as text. */
  body: string | undefined
  expect: Expectation
}

export interface Expectation {
  status: number
  /** What the answer must hold as JSON, if that is asked; `differences` says how. */
  json?: { holds: unknown; tolerance: number } | undefined
  /** A text that must stand in the answer. */
  contains?: string | undefined
  /** Milliseconds until the whole answer must be there. */
  within: number
}

/** What a pod gave back. */
export type Heard =
  | { kind: 'answer'; status: number; body: string; milliseconds: number }
  /** The connection was not taken, or ended before an answer. */
  | { kind: 'none'; why: string }
  /** The time of `within` was over before the answer was. */
  | { kind: 'late' }

/** One golden request, and how its answer was. */
export interface Check {
  request: GoldenRequest
  heard: Heard
  /** What is wrong with the answer; empty: nothing. */
  wrong: readonly string[]
}

/** How much of an unexpected answer is told. */
const TOLD = 200

/** What is wrong with an answer, each a half-sentence; empty where it is as expected. */
export function wrongIn({ expect }: GoldenRequest, heard: Heard): string[] {
  if (heard.kind === 'none') return [`no answer came: ${heard.why}`]
  if (heard.kind === 'late') return [`no answer came within ${expect.within} ms`]
  const { status, body } = heard
  // An answer of another status is about something else: why it came is in its text.
  if (status !== expect.status) return [`status ${status}, expected ${expect.status}: ${excerpt(body)}`]
  const wrong = expect.json ? jsonWrong(expect.json, body) : []
  if (expect.contains !== undefined && !body.includes(expect.contains))
    wrong.push(`${JSON.stringify(expect.contains.slice(0, TOLD))} does not stand in ${excerpt(body)}`)
  return wrong
}

function jsonWrong({ holds, tolerance }: NonNullable<Expectation['json']>, body: string): string[] {
  try {
    return differences(holds, JSON.parse(body), tolerance)
  } catch {
    return [`the answer is not JSON: ${excerpt(body)}`]
  }
}

function excerpt(body: string): string {
  return JSON.stringify(body.length > TOLD ? `${body.slice(0, TOLD - 1)}…` : body)
}

/**
 * A check as one line for people: which request, what came, in how many milliseconds. What came is anybody's text.
 * @param quoting whether the answer itself may be told, or only that it is another
 */
export function checkLine(check: Check, number: number, quoting: boolean): string {
  const { request, heard } = check
  const asked = `golden request ${number}, ${request.method} ${request.path} on port ${request.port}`
  const took = heard.kind === 'answer' ? ` in ${heard.milliseconds} ms` : ''
  const wrong = quoting ? check.wrong : unquoted(check)
  return wrong.length === 0
    ? `${asked}: status ${request.expect.status}${took}, as expected`
    : `${asked}: ${wrong.join('; ')}${took && ` (answered${took})`}`
}

/** What is wrong, without a word of the answer. */
function unquoted({ request: { expect }, heard, wrong }: Check): readonly string[] {
  if (heard.kind !== 'answer' || wrong.length === 0) return wrong
  return [
    heard.status === expect.status
      ? `status ${heard.status}, but the answer differs from what is expected`
      : `status ${heard.status}, expected ${expect.status}`,
  ]
}
