import * as z from 'zod'
import { duration, shown } from '../fields.ts'
import { nearest } from './near.ts'

// Single values of a policy. The parser hands over texts as they were written; what YAML itself would make of them,
// numbers and truth values, is allowed beside them, so that an editor with the JSON Schema agrees.

const wrong = (what: string) => ({
  error: (issue: { input?: unknown }) => `${shown(String(issue.input))} is not ${what}`,
})

/** A name or a text, as it was written. */
export const words = () =>
  z.union([z.string().min(1, { error: 'is empty' }), z.number(), z.boolean()]).transform(String)

export const metricName = () =>
  z
    .string()
    .trim()
    .min(1, { error: 'is empty; name the metric that decides' })
    .max(250, {
      error: ({ input }) =>
        `${shown(String(input))} has ${String(input).length} characters, and MLflow keeps names of at most 250; give it as the run logged it`,
    })

const PER_CENT = '1 means 100 points; write 0.01 for one point, or {relative: 0.01} for one per cent'
const notDecimal = {
  error: ({ input }: { input?: unknown }) =>
    `${shown(String(input))} is not a decimal number such as 0.01${String(input).trim().endsWith('%') ? ` (no %: ${PER_CENT})` : ''}`,
}
const UNSIGNED = '([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][-+]?[0-9]{1,3})?'

/** Whether a decimal text, if it is one, is a number to doubles, which statistics are computed in: 1e999 is none. */
export const isDouble = (text: string) => !(Math.abs(Number(text)) > Number.MAX_VALUE)
const tooLarge = {
  error: ({ input }: { input?: unknown }) =>
    `${shown(String(input))} is larger than any number computed here`,
}

/** A decimal number; the text is kept. */
export const number = () =>
  z
    .union([
      z
        .string()
        .regex(new RegExp(`^-?${UNSIGNED}$`), { ...notDecimal, abort: true })
        .refine(isDouble, tooLarge),
      z.number(),
    ])
    .transform(String)

const unsigned = () =>
  z
    .union([
      z
        .string()
        .regex(/^[^-]|^$/, { error: 'is negative; give 0 or more', abort: true })
        .regex(new RegExp(`^${UNSIGNED}$`), { ...notDecimal, abort: true })
        .refine(isDouble, tooLarge),
      z.number().min(0, { error: 'is negative; give 0 or more' }),
    ])
    .transform(String)

/** A margin: a number, or a share of the champion's value. */
export const amount = () =>
  z.union(
    [
      unsigned().transform((absolute) => ({ absolute })),
      section({ relative: unsigned().describe("A share of the champion's value: 0.01 is one per cent.") }),
    ],
    { error: 'give a number such as 0.01, or {relative: 0.01}' },
  )

/** A whole number within bounds. */
export const count = (least: number, most: number) => {
  const within = (value: number) => Number.isInteger(value) && value >= least && value <= most
  const bounds = { error: `is not a whole number from ${least} to ${most}` }
  return z
    .union([
      z
        .string()
        .regex(/^[0-9]{1,9}$/, { ...bounds, abort: true })
        .refine((text) => within(Number(text)), bounds),
      z.int(bounds).min(least, bounds).max(most, bounds),
    ])
    .transform(Number)
}

/** A number strictly between two others. */
export const between = (low: number, high: number) => {
  const bounds = { error: `is not a number above ${low} and below ${high}` }
  return z
    .union([
      z
        .string()
        .regex(new RegExp(`^${UNSIGNED}$`), { ...bounds, abort: true })
        .refine((text) => Number(text) > low && Number(text) < high, bounds),
      z.number().gt(low, bounds).lt(high, bounds),
    ])
    .transform(Number)
}

/** A model version by its number. */
export const version = () =>
  z
    .union([
      z.string().regex(/^[1-9][0-9]{0,17}$/, wrong('a model version: give its number, such as 7')),
      z.int().min(1),
    ])
    .transform(String)

/** Milliseconds, written 90s, 30m or 7d. */
export const span = () => duration()

const DAY = '[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])'
const exists = (text: string) =>
  !Number.isNaN(Date.parse(text)) && new Date(text.slice(0, 10)).toISOString().startsWith(text.slice(0, 10))

/** A calendar day. */
export const day = () => {
  const what = wrong('a day; write it like 2026-12-31')
  return z
    .string()
    .regex(new RegExp(`^${DAY}$`), what)
    .refine(exists, what)
}

/** A moment, given as a day (its start in UTC) or as a time with its zone, in ISO 8601 at UTC. */
export const moment = () => {
  const what = wrong('a time; write it like 2026-10-01 or 2026-10-01T08:30:00Z')
  return z
    .string()
    .regex(new RegExp(`^${DAY}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,3})?)?(Z|[-+][0-9]{2}:[0-9]{2}))?$`), {
      ...what,
      abort: true,
    })
    .refine(exists, what)
    .transform((text) => ({ time: new Date(text).toISOString() }))
}

/** A mapping that has these keys and no others. Of unknown ones it says, a line each, which are known. */
export function section<const S extends z.ZodRawShape>(shape: S) {
  const known = Object.keys(shape)
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return undefined
      return issue.keys.map((key) => unknownKey(key, known)).join('\n')
    },
  })
}

function unknownKey(key: string, known: readonly string[]): string {
  const near = nearest(key, known)
  return `unknown key ${shown(key)}${near ? `, did you mean ${near}?` : ''}; known are ${known.join(', ')}`
}
