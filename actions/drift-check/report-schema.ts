import * as z from 'zod'

const verdict = z.enum(['drift', 'stable', 'inconclusive', 'error'])
const measure = z.enum([
  'ks-distance',
  'scaled-wasserstein',
  'jensen-shannon',
  'l-infinity',
  'null-share',
  'sigmas',
  'p-value',
])
const sideFiles = z.object({
  files: z.array(z.string()),
  sha256: z.string(),
  rows: z.number(),
  sampledRows: z.number().describe('Rows that the tests use.'),
})
const columnSide = z.object({
  rows: z.number(),
  nulls: z.number(),
  mean: z.number().nullable(),
  standardDeviation: z.number().nullable(),
  quantiles: z.array(z.number().nullable()).nullable().describe('At 0, 0.05, 0.25, 0.5, 0.75, 0.95 and 1.'),
  shares: z.array(z.number()).describe('Share of the rows in each bin or category.'),
})

export const columnReportSchema = z.object({
  name: z.string(),
  type: z.string(),
  verdict: z.enum(['drift', 'stable', 'inconclusive', 'skipped']),
  reason: z.string().describe('What was found, in a sentence.'),
  findings: z.array(z.string()).describe('Differences that are drift under every policy.'),
  tests: z.array(
    z.object({
      test: z.string(),
      what: z.enum(['distribution', 'nulls']),
      statistic: z.number().nullable(),
      pValue: z.number().nullable(),
      adjustedPValue: z
        .number()
        .nullable()
        .describe('After Benjamini and Hochberg, over all tests of the check.'),
    }),
  ),
  effects: z.array(
    z.object({ measure, value: z.number().nullable(), floor: z.number(), material: z.boolean() }),
  ),
  severity: z
    .number()
    .nullable()
    .describe('Largest effect relative to its floor; null if a finding decides.'),
  detectable: z
    .object({ measure, value: z.number().nullable() })
    .nullable()
    .describe('Smallest effect that these rows show, for an inconclusive column.'),
  effectiveRows: z.object({ reference: z.number(), current: z.number() }).nullable(),
  edges: z.array(z.number()).nullable().describe('Edges of the bins of a numeric column.'),
  categories: z.array(z.string()).nullable(),
  reference: columnSide.nullable(),
  current: columnSide.nullable(),
})

const performanceValue = z.object({ value: z.number(), rows: z.number().nullable(), from: z.string() })

const performanceSchema = z.object({
  verdict: z.enum(['drift', 'stable', 'inconclusive']),
  reason: z.string(),
  metric: z.string(),
  higherIsBetter: z.boolean(),
  baseline: performanceValue,
  current: performanceValue,
  drop: z.string().describe('How much worse the current value is, exact; negative if it is better.'),
  limit: z.string().describe('Largest drop that is no drift, exact.'),
  interval: z.object({ low: z.number(), high: z.number(), confidence: z.number() }).nullable(),
})

const estimateSchema = z
  .object({
    accuracy: z.number(),
    low: z.number(),
    high: z.number(),
    confidence: z.number(),
    referenceAccuracy: z.number().describe('Observed on the labels of the reference.'),
    labelledRows: z.number(),
    currentRows: z.number(),
    skippedRows: z.number().describe('Current rows without a score.'),
  })
  .describe('The estimated accuracy of the current rows. Advice: it never decides.')

/** The JSON file of output `report-json`. */
export const reportSchema = z
  .object({
    schema: z.literal(1).describe('Version of this schema.'),
    verdict,
    dataDrift: z.boolean().nullable().describe('Whether this check drifted, whatever k-of-n says.'),
    drifted: z
      .boolean()
      .nullable()
      .describe(
        'Whether data or performance of this check drifted, whatever k-of-n says; null for an error.',
      ),
    reason: z.string(),
    errors: z.array(z.string()).describe('Why the check could not be made.'),
    policy: z.object({
      name: z.enum(['calibrated', 'two-sigma', 'evidently']),
      sigmas: z.number(),
      alpha: z.number(),
      floors: z.object({ numeric: z.number(), categorical: z.number(), nulls: z.number() }),
      minDriftedColumns: z.number(),
      criticalColumns: z.array(z.string()),
      extraColumns: z.enum(['warn', 'drift']),
    }),
    seed: z.number(),
    kOfN: z
      .object({ k: z.number(), n: z.number(), drifted: z.number(), checks: z.number() })
      .nullable()
      .describe('How many of the last checks drifted, this one included.'),
    reference: sideFiles.nullable(),
    current: sideFiles.nullable(),
    dependence: z
      .object({
        method: z.string(),
        windows: z.number().describe('Windows of the reference that raise the floors.'),
        dependentColumns: z.array(z.string()).describe('Columns whose rows count as fewer.'),
        sortedBy: z.array(z.string()),
      })
      .nullable(),
    driftedColumns: z.array(z.string()),
    driftShare: z.number().nullable(),
    columns: z.array(columnReportSchema).describe('Worst first.'),
    performance: performanceSchema.nullable(),
    estimate: estimateSchema.nullable(),
    notes: z.array(z.string()),
    meta: z.object({ checkedAt: z.string(), runUrl: z.string() }),
  })
  .describe('The result of a drift check. All but `meta` is the same for the same files, inputs and seed.')

export type Report = z.input<typeof reportSchema>
export type ColumnReport = Report['columns'][number]
