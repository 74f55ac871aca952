import * as z from 'zod'
import { type ColumnRules, columnMatches, columnTypes, orders, severities } from '../../domain/data/schema.ts'
import { toIsoMs } from '../../domain/table/cells.ts'
import { choice, quote } from '../../runtime/fields.ts'
import { age, count, isDouble, scalarText } from '../scalars.ts'
import { section } from '../unknown-keys.ts'

const MAX_ROWS = 999_999_999

const severity = () =>
  choice(severities).optional().describe('`error` (default) or `warn`. Input `severity` overrides it.')

const mostly = () =>
  share().optional().describe('Share of the cells with a value that must pass. Default: 1.')

const flag = () =>
  z
    .union([z.enum(['true', 'false'], { error: 'is not true or false' }), z.boolean()])
    .transform((value) => String(value) === 'true')

const DECIMAL = /^-?([0-9]+(\.[0-9]*)?|\.[0-9]+)(e[-+]?[0-9]{1,3})?$/i

/** A share from 0 to 1. */
function share() {
  const bounds = { error: 'is not a share from 0 to 1, such as 0.05' }
  const isWithin = (value: number) => value >= 0 && value <= 1
  return z
    .union([
      z.string().refine((text) => DECIMAL.test(text) && isWithin(Number(text)), bounds),
      z.number(bounds).min(0, bounds).max(1, bounds),
    ])
    .transform(Number)
}

const bound = () =>
  z
    .union([
      z.string().refine((text) => (DECIMAL.test(text) && isDouble(text)) || !Number.isNaN(toIsoMs(text)), {
        error: ({ input }) =>
          `${quote(String(input))} is not a decimal number such as 0.01, nor a time such as 2026-10-01`,
      }),
      z.number(),
    ])
    .transform(String)

/** A value, or a mapping with the value and its own severity. */
function rule<T extends z.ZodType>(value: T) {
  return z.union(
    [
      value.transform((plain) => ({ value: plain })),
      section({ value, severity: severity(), mostly: mostly() }),
    ],
    { error: 'write a value, or {value: ..., severity: warn, mostly: 0.99}' },
  )
}

/** A rule that no share applies to. */
function wholeRule<T extends z.ZodType>(value: T) {
  return z.union([value.transform((plain) => ({ value: plain })), section({ value, severity: severity() })], {
    error: 'write a value, or {value: ..., severity: warn}',
  })
}

export const columnSchema = section({
  type: rule(choice(columnTypes))
    .optional()
    .describe(`Type of the cells: ${columnTypes.join(', ')}.`),
  required: wholeRule(flag()).optional().describe('Whether the column must be there. Default: true.'),
  nullable: wholeRule(flag()).optional().describe('Whether cells may be missing. Default: false.'),
  max_null_share: wholeRule(share())
    .optional()
    .describe('Share of cells that may be missing, instead of `nullable`.'),
  min: rule(bound()).optional().describe('Smallest value: a number, or an ISO time if the type is date.'),
  max: rule(bound()).optional().describe('Largest value.'),
  exclusive: flag().optional().describe('Whether `min` and `max` themselves are outside. Default: false.'),
  allowed: rule(z.array(scalarText()).min(1, { error: 'is empty. List the values' }))
    .optional()
    .describe('The values that cells may have. 1, 1.0 and true are one value.'),
  max_new_share: share()
    .optional()
    .describe('Share of cells that may have another value than the allowed ones. Default: 0.'),
  regex: rule(z.string())
    .optional()
    .describe('Pattern that must match the whole cell, without lookaround and backreferences.'),
  unique: rule(flag()).optional().describe('Whether no value may be repeated.'),
  monotonic: rule(choice(orders))
    .optional()
    .describe(`Order of the cells: ${orders.join(', ')}.`),
  mostly: mostly(),
  severity: severity(),
})

const tableSchema = section({
  rows: section({
    min: count(0, MAX_ROWS).optional(),
    max: count(0, MAX_ROWS).optional(),
    severity: severity(),
  })
    .optional()
    .describe('Smallest and largest number of rows. A table without rows is never valid.'),
  columns: wholeRule(choice(columnMatches))
    .optional()
    .describe(
      'Which columns the table has: `exact` (those of `columns`), `ordered` (in this order, too) or `superset` (and maybe others).',
    ),
  max_duplicate_share: wholeRule(share())
    .optional()
    .describe('Share of rows that may repeat an earlier one.'),
  class_counts: section({
    target: scalarText().describe('Column of the classes.'),
    min: count(0, MAX_ROWS).optional().describe('Rows of each class, at least.'),
    max: count(1, MAX_ROWS).optional().describe('Rows of each class, at most.'),
    ratio: z
      .union([
        z.string().refine((text) => DECIMAL.test(text) && Number(text) >= 1, {
          error: 'is not a number of at least 1',
        }),
        z.number().min(1),
      ])
      .transform(Number)
      .optional()
      .describe('Rows of the largest class divided by those of the smallest, at most.'),
    severity: severity(),
  })
    .optional()
    .describe('Rows of the classes. There must be at least two classes.'),
  freshness: section({
    column: scalarText().describe('Column of times: ISO times, or numbers since 1970 in one unit.'),
    max_age: age().describe('Age of the newest time, at most, such as 7d.'),
    severity: severity(),
  })
    .optional()
    .describe('How old the newest row may be.'),
})

const shape = {
  version: z
    .union([z.literal('1'), z.literal(1)], { error: 'is not a supported version of this file. Set 1' })
    .optional()
    .describe('Version of this schema: 1.'),
  table: tableSchema.optional().describe('Rules for the whole table.'),
}

/** The file without its columns, which zod cannot pass on: it drops a column of the name __proto__. */
export const fileSchema = section({ ...shape, columns: z.unknown().optional() })

/** The JSON Schema (draft 2020-12) of a data schema, for editors. */
export function buildDataJsonSchema(id: string): object {
  const columns = z
    .record(z.string(), columnSchema)
    .optional()
    .describe(
      'Rules of each column, by its name. A listed column must be there and have no missing cells, unless its rules say so.',
    )
  return {
    ...z.toJSONSchema(section({ ...shape, columns }), { io: 'input' }),
    $id: id,
    title: 'data schema',
    description: 'Rules that data must meet before a model is trained with them.',
  }
}

/** Problems that no single key has, as pairs of key and message. */
export function findRuleConflicts(rules: ColumnRules): { key: string; message: string }[] {
  const problems: { key: string; message: string }[] = []
  const isDate = rules.type?.value === 'date'
  for (const key of ['min', 'max'] as const) {
    const text = rules[key]?.value
    if (text === undefined) continue
    if (isDate && Number.isNaN(toIsoMs(text)))
      problems.push({ key, message: 'is not a time such as 2026-10-01, but the type is date' })
    if (!isDate && !DECIMAL.test(text)) problems.push({ key, message: 'is a time. Set type: date' })
    if (rules.type && ['string', 'boolean'].includes(rules.type.value))
      problems.push({ key, message: `cannot bound a column of type ${rules.type.value}` })
  }
  if (problems.length === 0 && rules.min && rules.max) {
    const [min, max] = [rules.min.value, rules.max.value].map(isDate ? toIsoMs : Number)
    if (min !== undefined && max !== undefined && (rules.exclusive ? min >= max : min > max))
      problems.push({ key: 'min', message: `is ${rules.min.value}, which leaves no value up to max` })
  }
  if (rules.exclusive !== undefined && !rules.min && !rules.max)
    problems.push({ key: 'exclusive', message: 'has no effect without min or max' })
  if (rules.max_new_share !== undefined && !rules.allowed)
    problems.push({ key: 'max_new_share', message: 'has no effect without allowed' })
  if (rules.max_null_share && rules.nullable)
    problems.push({ key: 'nullable', message: 'is set beside max_null_share. Set one of them' })
  return problems
}
