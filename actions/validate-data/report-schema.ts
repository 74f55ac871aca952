import * as z from 'zod'
import { checkNames } from '../../src/domain/data/schema.ts'

const countOrNull = z.number().nullable()

/** The JSON file of output `report-json`. */
export const reportSchema = z
  .object({
    schema: z.literal(1).describe('Version of this schema.'),
    valid: z.boolean(),
    reason: z.string(),
    readable: z.boolean().describe('Whether the data could be read. If not, nothing was checked.'),
    files: z.array(z.string()),
    rows: countOrNull,
    columns: countOrNull,
    features: countOrNull.describe('Columns without the target.'),
    rules: z.enum(['schema', 'reference', 'inputs']).describe('Where the rules come from.'),
    schemaSha256: z.string().nullable(),
    missingValues: z.object({
      more: z.array(z.string()).describe('Words that mean a missing value, beside the usual ones.'),
      notMissing: z.array(z.string()),
    }),
    errors: z.number(),
    warnings: z.number(),
    checks: z.array(
      z.object({
        check: z.enum(checkNames),
        column: z.string().nullable(),
        severity: z.enum(['error', 'warn']),
        passed: z.boolean(),
        failing: countOrNull.describe('Cells or rows that fail.'),
        checked: countOrNull,
        message: z.string().nullable().describe('What is wrong; null if the check passed.'),
        examples: z
          .array(
            z.object({
              file: z.string(),
              place: z.string().describe('Line or row in the file.'),
              value: z.string().nullable().describe('The cell, only with `show-values`.'),
            }),
          )
          .describe('The first five.'),
      }),
    ),
    meta: z.object({ checkedAt: z.string(), runUrl: z.string() }),
  })
  .describe('The result of every check. All but `meta` is the same for the same data and rules.')

export type Report = z.input<typeof reportSchema>
