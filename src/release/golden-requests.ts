import { parse } from 'yaml'
import * as z from 'zod'
import { UserError } from '../domain/core/errors.ts'
import { oneLine } from '../domain/core/text.ts'
import type { GoldenRequest } from '../domain/rollout/golden-requests.ts'
import { section } from '../policy/unknown-keys.ts'
import { type Path, readYaml, readYamlInput } from '../policy/yaml.ts'
import { toSchemaProblems } from '../policy/zod-issue-paths.ts'
import { duration, matchPattern, quote, text } from '../runtime/fields.ts'

const MAX_PROBLEMS = 20
/** Milliseconds for a response, unless `expect.within` is given. */
const DEFAULT_RESPONSE_TIMEOUT_MS = 10_000
const MAX_REQUESTS = 20

const PORT_ERROR = { error: 'is not a port: give its number, or its name in the pod template' }
const port = z.union(
  [
    z.int(PORT_ERROR).min(1, PORT_ERROR).max(65_535, PORT_ERROR),
    z.string().regex(/^(?=.*[a-z])[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$/, PORT_ERROR),
  ],
  PORT_ERROR,
)
const path = z.string().regex(/^\/[\x21-\x7e]*$/, {
  error: 'is not a path: it begins with / and has no blanks; encode them as %20',
})
/** The headers that frame the message are set by the HTTP client. */
const header = matchPattern(/^[\w!#$%&'*+.^`|~-]+$/, 'a header name').regex(
  /^(?!(content-length|transfer-encoding|connection)$)/i,
  {
    error: ({ input }) => `the header ${quote(String(input))} is set automatically; omit it`,
  },
)
const headerValue = z
  .union([z.string(), z.number(), z.boolean()])
  .transform(String)
  .refine((text) => /^[\x20-\x7e]*$/.test(text), {
    error: 'is not a header value: use plain ASCII on one line',
  })
const within = z
  .union([z.int().min(1), duration()], { error: 'is not a duration; write it like 500ms or 2s' })
  .refine((milliseconds) => milliseconds > 0, { error: 'leaves no time for a response' })
const json = z.unknown().refine((value) => findNonJsonNumber(value) === undefined, {
  error: ({ input }) => `contains ${findNonJsonNumber(input)}, which is not a JSON number`,
})

const expectation = section({
  status: z.int().min(100).max(599).prefault(200),
  json: json.optional(),
  tolerance: z.number().min(0).optional(),
  contains: z.string().min(1).optional(),
  within: within.prefault(DEFAULT_RESPONSE_TIMEOUT_MS),
}).refine(({ json, tolerance }) => tolerance === undefined || json !== undefined, {
  error: 'applies to the numbers of json, which is not given',
  path: ['tolerance'],
})

const requestFields = section({
  port,
  path,
  method: z.enum(['GET', 'POST'], { error: 'is neither GET nor POST' }).optional(),
  headers: z.record(header, headerValue).prefault({}),
  body: json.optional(),
  expect: expectation.prefault({}),
}).refine(({ method, body }) => method !== 'GET' || body === undefined, {
  error: 'is only for POST',
  path: ['body'],
})

/** The input `verify`. */
export const goldenRequestsField = () =>
  text()
    .optional()
    .describe(
      'Golden requests for a smoke test, as YAML or as the path of a file. One pod of the candidate must answer them before the rollout starts. Left out: no smoke test.',
    )

/** The document of the input `verify`. */
const goldenRequestsSchema = z
  .array(requestFields.transform(toGoldenRequest))
  .refine(({ length }) => length > 0, { error: 'has no request, so it verifies nothing' })
  .refine(({ length }) => length <= MAX_REQUESTS, { error: `has more than ${MAX_REQUESTS} requests` })

/**
 * Reads the input `verify`: YAML, or the path of a file in the workspace.
 * @throws UserError with a line for each problem
 */
export function readGoldenRequests(given: string, workspace: string): GoldenRequest[] {
  const { text, file } = readYamlInput('verify', given, workspace)
  const problem = (line: number | undefined, message: string) =>
    `Input verify: ${file === undefined ? '' : `${oneLine(file)}, `}${line === undefined ? '' : `line ${line}: `}${message}`
  const read = readYaml(text, () => true, 'a list of requests')
  if (Array.isArray(read)) throw createError(read.map(({ line, message }) => problem(line, message)))
  // Parsed again, because readYaml keeps scalars as text, and bodies have numbers.
  const { data, error } = goldenRequestsSchema.safeParse(
    parse(text, { resolveKnownTags: false, logLevel: 'error' }),
    { reportInput: true },
  )
  if (data) return data
  const problems = toSchemaProblems(error.issues)
    .map(({ path, subject, message }) => ({ line: read.line(path), message: formatPath(subject) + message }))
    .sort((one, other) => one.line - other.line)
  throw createError(problems.map(({ line, message }) => problem(line, message)))
}

function createError(problems: readonly string[]): UserError {
  const hidden = problems.length - MAX_PROBLEMS
  const more = hidden > 0 ? [`Input verify: and ${hidden} more`] : []
  return new UserError([...problems.slice(0, MAX_PROBLEMS), ...more].join('\n'))
}

function toGoldenRequest(fields: z.output<typeof requestFields>): GoldenRequest {
  const { port, path, body, method = body === undefined ? 'GET' : 'POST' } = fields
  const { status, json, tolerance = 0, contains, within: timeoutMs } = fields.expect
  const type = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json'
  const namesType = Object.keys(fields.headers).some((name) => name.toLowerCase() === 'content-type')
  const headers =
    body === undefined || namesType ? fields.headers : { 'content-type': type, ...fields.headers }
  return {
    port,
    path,
    method,
    headers,
    body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
    expect: {
      status,
      json: json === undefined ? undefined : { expected: json, tolerance },
      contains,
      timeoutMs,
    },
  }
}

/** `request 1, expect, status `, as the start of a problem; empty: the whole document. */
function formatPath(path: Path): string {
  const text = path
    .map((part) => (typeof part === 'number' ? `request ${part + 1}` : part))
    .map((part) => (/^[\w -]{1,40}$/.test(part) ? part : quote(part)))
  return text.length === 0 ? '' : `${text.join(', ')} `
}

/** A number that JSON would change: infinite, NaN, or an integer beyond the precision of doubles. */
function findNonJsonNumber(value: unknown): string | undefined {
  if (typeof value === 'number') {
    const isKept = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))
    return isKept ? undefined : String(value)
  }
  if (typeof value !== 'object' || value === null) return undefined
  return Object.values(value)
    .map(findNonJsonNumber)
    .find((found) => found !== undefined)
}
