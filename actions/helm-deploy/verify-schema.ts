import * as z from 'zod'
import { duration, shown } from '../../src/runtime/fields.ts'
import { section } from '../../src/runtime/policy/scalars.ts'

/** Milliseconds for an answer, where a request says nothing of it. */
const WITHIN = 10_000
const MOST_REQUESTS = 20

const notPort = { error: 'is not a port: give its number, or the name that the container gives it' }
const port = z.union(
  [
    z.int(notPort).min(1, notPort).max(65_535, notPort),
    z.string().regex(/^(?=.*[a-z])[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$/, notPort),
  ],
  notPort,
)
const path = z.string().regex(/^\/[\x21-\x7e]*$/, {
  error: 'is not a path: it begins with / and has no blanks; write others as %20 and the like',
})
/** What HTTP itself needs for the message is ours to say. */
const header = z
  .string()
  .regex(/^[\w!#$%&'*+.^`|~-]+$/, {
    error: ({ input }) => `${shown(String(input))} is not the name of a header`,
  })
  .regex(/^(?!(content-length|transfer-encoding|connection)$)/i, {
    error: ({ input }) => `the header ${shown(String(input))} is set by the request itself; leave it out`,
  })
const headerValue = z
  .union([z.string(), z.number(), z.boolean()])
  .transform(String)
  .refine((text) => /^[\x20-\x7e]*$/.test(text), {
    error: 'is not a value for a header: plain ASCII on one line',
  })
const within = z
  .union([z.int().min(1), duration()], { error: 'is not a time for an answer; write it like 500ms or 2s' })
  .refine((milliseconds) => milliseconds > 0, { error: 'leaves no time for an answer' })
const json = z.unknown().superRefine((value, { addIssue }) => {
  const number = notJson(value)
  if (number !== undefined) addIssue({ code: 'custom', message: `holds ${number}, which no JSON number is` })
})

const expectation = section({
  status: z.int().min(100).max(599).prefault(200),
  json: json.optional(),
  tolerance: z.number().min(0).optional(),
  contains: z.string().min(1).optional(),
  within: within.prefault(WITHIN),
}).refine(({ json, tolerance }) => tolerance === undefined || json !== undefined, {
  error: 'is for the numbers in json, which is not given',
  path: ['tolerance'],
})

const request = section({
  port,
  path,
  method: z.enum(['GET', 'POST'], { error: 'is neither GET nor POST' }).optional(),
  headers: z.record(header, headerValue).prefault({}),
  body: json.optional(),
  expect: expectation.prefault({}),
}).refine(({ method, body }) => method !== 'GET' || body === undefined, {
  error: 'is for POST; a GET has none',
  path: ['body'],
})

/** The document of the input `verify`. */
export const goldenRequests = z
  .array(request)
  .refine(({ length }) => length > 0, { error: 'holds no request, so it verifies nothing' })
  .refine(({ length }) => length <= MOST_REQUESTS, { error: `holds more than ${MOST_REQUESTS} requests` })

/** A number that would not arrive as it was written: infinite, none at all, or an integer beyond doubles. */
function notJson(value: unknown): string | undefined {
  if (typeof value === 'number')
    return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))
      ? undefined
      : String(value)
  if (typeof value !== 'object' || value === null) return undefined
  return Object.values(value)
    .map(notJson)
    .find((found) => found !== undefined)
}
