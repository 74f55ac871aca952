import * as z from 'zod'

// JSON has no NaN or Infinity: logged values are strings, computed values are a number or null.
const numberOrNull = z.number().nullable()
const textOrNull = z.string().nullable()
const metrics = z
  .record(z.string(), z.string())
  .describe('All metrics of the run, as strings, since JSON has no NaN.')

const interval = z
  .object({
    estimate: numberOrNull,
    low: numberOrNull.describe('One-sided lower bound, at `confidence`.'),
    high: numberOrNull.describe('One-sided upper bound, at `confidence`.'),
    confidence: z.number(),
    method: z.string(),
    paired: z.boolean().describe('Whether both models were evaluated on the same rows.'),
    units: z.number().describe('Independent units: rows, groups or queries.'),
  })
  .describe(
    "The candidate's improvement in the unit of the metric. Positive is better, whatever the direction.",
  )

/** The JSON file of output `report`, also logged to the candidate's run. */
export const reportSchema = z
  .object({
    schema: z.literal(2).describe('Version of this schema.'),
    model: z.string(),
    verdict: z.enum(['promote', 'reject', 'inconclusive']),
    reason: z.string(),
    final: z.boolean().describe('Whether `force` cannot override the verdict.'),
    forced: textOrNull.describe('Who overrode the gate, and the reason.'),
    dryRun: z.boolean(),
    judgedAt: z.string(),
    evaluationBasis: z.enum(['paired', 'logged-metrics', 'none']),
    policyHash: z.string().describe('sha256 of the policy in canonical form.'),
    policy: z.unknown().describe('The policy with defaults.'),
    candidate: z.object({
      version: textOrNull,
      runId: textOrNull,
      runState: z.string(),
      source: textOrNull,
      artifactDigest: textOrNull.describe("sha256 of the model's files."),
      value: numberOrNull,
      metrics,
    }),
    champion: z.object({
      kind: z.enum(['version', 'none', 'unclear']),
      version: textOrNull,
      runId: textOrNull,
      value: numberOrNull,
      ageDays: numberOrNull,
      metrics,
    }),
    holdout: z
      .object({ digest: z.string(), rows: z.number() })
      .nullable()
      .describe('Null if logged metrics decided.'),
    checks: z
      .array(
        z.object({
          kind: z.enum(['primary', 'limit', 'anchor', 'guardrail', 'slice']),
          subject: z.string(),
          candidate: numberOrNull,
          baseline: numberOrNull.describe("The champion's value, or the anchor's."),
          change: interval.nullable(),
          margin: numberOrNull.describe('The value that the change must exceed.'),
          criterion: z.string().describe('The requirement, as text.'),
          result: z.enum(['pass', 'fail', 'inconclusive']),
          reason: z.string(),
          requiredSampleSize: numberOrNull.describe(
            'Estimated units of its change (rows, queries or groups; of a slice, those of the slice) that would decide an inconclusive check.',
          ),
        }),
      )
      .describe('The criteria of the policy and their results.'),
    selfTests: z
      .array(z.object({ name: z.string(), passed: z.boolean() }))
      .describe('Self-tests of the gate on this holdout.'),
    notes: z.array(z.string()).describe('Limitations and method of the evaluation.'),
    counts: z.object({
      consecutiveRejections: z
        .number()
        .describe('Consecutive candidates not promoted against this champion.'),
      holdoutReuse: z.number().describe('Candidates evaluated on this holdout against this champion.'),
    }),
    aliases: z.record(z.string(), z.string()),
    runUrl: z.string(),
  })
  .describe('The verdict of the gate and everything that it is based on.')

export type Report = z.input<typeof reportSchema>
