import * as z from 'zod'

const numberOrNull = z.number().nullable()
const share = z.number().describe('From 0 to 1.')

const finding = z
  .object({
    kind: z.enum([
      'missing-column',
      'type-changed',
      'all-null',
      'constant-changed',
      'new-categories',
      'extra-column',
    ]),
    from: z.string().optional(),
    to: z.string().optional(),
    categories: z
      .array(z.object({ name: z.string().nullable(), rows: z.number() }))
      .optional()
      .describe('Name is null with `show-values: false`.'),
  })
  .describe('A difference that needs no test.')

const effect = z.object({
  measure: z.enum([
    'ks-distance',
    'scaled-wasserstein',
    'jensen-shannon',
    'l-infinity',
    'null-share',
    'sigmas',
    'p-value',
  ]),
  value: numberOrNull,
  floor: z.number(),
  material: z.boolean(),
})

const test = z.object({
  test: z.string(),
  what: z.enum(['distribution', 'nulls']),
  statistic: numberOrNull,
  pValue: numberOrNull,
  adjustedPValue: numberOrNull,
})

const side = z
  .object({
    rows: z.number(),
    nulls: z.number(),
    mean: numberOrNull,
    standardDeviation: numberOrNull,
    quantiles: z.array(z.number().nullable()).nullable().describe('0, 0.05, 0.25, 0.5, 0.75, 0.95 and 1.'),
    shares: z.array(share).nullable().describe('Of each bin or category.'),
  })
  .describe('Moments, quantiles and shares are null with `show-values: false`.')

const column = z.object({
  name: z.string(),
  type: z.enum(['numeric', 'categorical', 'datetime', 'id', 'text', 'empty', 'unsupported']),
  verdict: z.enum(['drift', 'stable', 'inconclusive', 'skipped']),
  skippedFor: z.string().nullable(),
  severity: numberOrNull.describe('Largest effect relative to its floor; null for a finding.'),
  findings: z.array(finding),
  effects: z.array(effect),
  tests: z.array(test),
  detectable: z
    .object({ measure: z.string(), value: numberOrNull })
    .nullable()
    .describe('The smallest difference that so many rows show with a power of 80 %.'),
  effectiveRows: z.object({ reference: z.number(), current: z.number() }).nullable(),
  edges: z.array(z.number()).nullable(),
  categories: z.array(z.string()).nullable(),
  others: z.boolean().describe('Whether the last category stands for all others.'),
  reference: side.nullable(),
  current: side.nullable(),
})

const dataSchema = z.object({
  verdict: z.enum(['drift', 'stable', 'inconclusive']),
  driftedColumns: z.array(z.string()),
  driftShare: share,
  rows: z.object({
    reference: z.number(),
    current: z.number(),
    sampledReference: z.number(),
    sampledCurrent: z.number(),
  }),
  files: z.object({ reference: z.array(z.string()), current: z.array(z.string()) }),
  sha256: z.object({ reference: z.string(), current: z.string() }),
  notes: z.array(z.string()).describe('What the reader noticed in the files.'),
  settings: z.object({
    policy: z.enum(['calibrated', 'two-sigma', 'evidently']),
    sigmas: z.number(),
    alpha: z.number(),
    floors: z.object({ numeric: z.number(), categorical: z.number(), nulls: z.number() }),
    minDriftedColumns: z.number(),
    criticalColumns: z.array(z.string()),
    extraColumns: z.enum(['warn', 'drift']),
    seed: z.number(),
    sampleRows: z.number(),
  }),
  dependence: z.object({
    method: z.enum(['independent', 'group', 'time-column', 'row-order']),
    windows: z.number(),
    sortedBy: z.array(z.string()),
  }),
  columns: z.array(column).describe('The worst first.'),
})

const performanceSchema = z.object({
  verdict: z.enum(['drift', 'stable', 'inconclusive']),
  metric: z.string(),
  reason: z.string(),
  baseline: z.object({ value: z.string(), from: z.string(), rows: numberOrNull }),
  current: z.object({ value: z.string(), from: z.string(), rows: numberOrNull }),
  drop: z.string().describe('An exact decimal.'),
})

/** The JSON file of output `report-json`. */
export const reportSchema = z
  .object({
    report: z.literal('drift-check'),
    schema: z.literal(1).describe('Version of this schema.'),
    verdict: z.enum(['drift', 'stable', 'inconclusive', 'error']),
    driftDetected: z.boolean(),
    reason: z.string(),
    errors: z.array(z.string()).describe('Why the check could not be made.'),
    drifted: z
      .boolean()
      .nullable()
      .describe('Whether this check drifted, before `k-of-n` is applied. Null if it could not be made.'),
    kOfN: z
      .object({ k: z.number(), n: z.number(), drifted: z.number(), known: z.number() })
      .nullable()
      .describe('Checks that drifted, of those known, this one included.'),
    data: dataSchema.nullable(),
    performance: performanceSchema.nullable(),
    estimate: z
      .object({
        accuracy: z.number(),
        low: z.number(),
        high: z.number(),
        confidence: z.number(),
        referenceAccuracy: z.number(),
        labelledRows: z.number(),
        currentRows: z.number(),
        skippedRows: z.number(),
      })
      .nullable(),
    notes: z.array(z.string()),
    meta: z.object({ checkedAt: z.string(), runUrl: z.string() }),
  })
  .describe('The result of a check. All but `meta` is the same for the same data, inputs and history.')

export type Report = z.input<typeof reportSchema>
export type ReportData = z.input<typeof dataSchema>
export type ReportColumn = z.input<typeof column>
export type ReportSide = z.input<typeof side>
export type ReportPerformance = z.input<typeof performanceSchema>
