import * as z from 'zod'
import { duration, matchPattern, quote } from '../runtime/fields.ts'
import { section } from './unknown-keys.ts'

// Single values of a policy. The parser passes scalars as text. Numbers and booleans are accepted too, so that the
// generated JSON Schema allows them in editors.

/** A name or text, as written. */
export const scalarText = () =>
  z.union([z.string().min(1, { error: 'is empty' }), z.number(), z.boolean()]).transform(String)

export const metricName = () =>
  z
    .string()
    .trim()
    .min(1, { error: 'is empty. Set the primary metric' })
    .max(250, {
      error: ({ input }) =>
        `${quote(String(input))} has ${String(input).length} characters, but MLflow allows at most 250. Use the name that the run logged`,
    })

const PERCENT_HINT =
  '1 means 100 percentage points. Write 0.01 for one point, or {relative: 0.01} for one percent'
const UNSIGNED = '([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][-+]?[0-9]{1,3})?'

/** Whether a decimal text is within the range of a double. 1e999 is not. */
export const isDouble = (text: string) => !(Math.abs(Number(text)) > Number.MAX_VALUE)

function refineDecimal(text: z.ZodString, pattern: string) {
  const error = ({ input }: { input?: unknown }) => {
    const hint = String(input).trim().endsWith('%') ? ` (no %: ${PERCENT_HINT})` : ''
    return `${quote(String(input))} is not a decimal number such as 0.01${hint}`
  }
  return text.regex(new RegExp(`^${pattern}$`), { error, abort: true }).refine(isDouble, {
    error: ({ input }) => `${quote(String(input))} exceeds the range of a double`,
  })
}

/** A decimal number, kept as text. */
export const number = () =>
  z.union([refineDecimal(z.string(), `-?${UNSIGNED}`), z.number()]).transform(String)

const unsigned = () => {
  const error = 'is negative. Set 0 or more'
  const text = z.string().regex(/^[^-]|^$/, { error, abort: true })
  return z.union([refineDecimal(text, UNSIGNED), z.number().min(0, { error })]).transform(String)
}

/** A number, or a share of the champion's value. */
export const amount = () =>
  z.union(
    [
      unsigned().transform((absolute) => ({ absolute })),
      section({ relative: unsigned().describe("A share of the champion's value: 0.01 is one percent.") }),
    ],
    { error: 'write a number such as 0.01, or {relative: 0.01}' },
  )

/** A whole number within bounds. */
export const count = (min: number, max: number) => {
  const bounds = { error: `is not a whole number from ${min} to ${max}` }
  const text = z.string().regex(/^[0-9]{1,9}$/, { ...bounds, abort: true })
  const isWithin = (value: string) => Number(value) >= min && Number(value) <= max
  return z
    .union([text.refine(isWithin, bounds), z.int(bounds).min(min, bounds).max(max, bounds)])
    .transform(Number)
}

/** A number strictly between two others. */
export const between = (low: number, high: number) => {
  const bounds = { error: `is not a number above ${low} and below ${high}` }
  const text = z.string().regex(new RegExp(`^${UNSIGNED}$`), { ...bounds, abort: true })
  const isWithin = (value: string) => Number(value) > low && Number(value) < high
  return z
    .union([text.refine(isWithin, bounds), z.number().gt(low, bounds).lt(high, bounds)])
    .transform(Number)
}

/** A model version by its number. */
export const version = () =>
  z
    .union([matchPattern(/^[1-9][0-9]{0,17}$/, 'a model version: use its number, such as 7'), z.int().min(1)])
    .transform(String)

/** Years of other calendars and typing mistakes, such as 2569 and 2206, are no days. */
const DAY_PATTERN = '(199|20[0-9])[0-9]-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])'

/** A text that starts with a calendar day that exists. */
function matchDate(pattern: string, what: string) {
  const error = ({ input }: { input?: unknown }) => `${quote(String(input))} is not ${what}`
  const isRealDate = (text: string) =>
    !Number.isNaN(Date.parse(text)) && new Date(text.slice(0, 10)).toISOString().startsWith(text.slice(0, 10))
  return z
    .string()
    .regex(new RegExp(`^${pattern}$`), { error, abort: true })
    .refine(isRealDate, { error })
}

const [SECOND_MS, DAY_MS] = [1000, 86_400_000]

/** A time limit of a process. A timer of Node.js holds 24 days. */
export const timeLimit = () =>
  duration().refine((milliseconds) => milliseconds >= SECOND_MS && milliseconds <= DAY_MS, {
    error: 'is not a duration from 1s to 24h',
  })

/** An age. */
export const age = () =>
  duration().refine((milliseconds) => milliseconds > 0 && milliseconds <= 10_000 * DAY_MS, {
    error: 'is not a duration above 0, of at most 10000d',
  })

/** A calendar day. */
export const day = () => matchDate(DAY_PATTERN, 'a day such as 2026-12-31')

const TIME_PATTERN = '[0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,3})?)?(Z|[-+][0-9]{2}:[0-9]{2})'

/** A day (its start in UTC) or a time with zone, converted to ISO 8601 in UTC. */
export const moment = () =>
  matchDate(
    `${DAY_PATTERN}(T${TIME_PATTERN})?`,
    'a time such as 2026-10-01 or 2026-10-01T08:30:00Z',
  ).transform((text) => ({ time: new Date(text).toISOString() }))
