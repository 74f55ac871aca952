import * as z from 'zod'

// JSON has no NaN and no Infinity, so values that a run logged are texts. What was computed is a number, or null.
const figure = z.number().nullable()
const text = z.string().nullable()
const metrics = z
  .record(z.string(), z.string())
  .describe('Everything that the run logged; texts, since JSON has no NaN.')

const interval = z
  .object({
    estimate: figure,
    low: figure.describe('One-sided lower bound, at `confidence`.'),
    high: figure.describe('One-sided upper bound, at `confidence`.'),
    confidence: z.number(),
    method: z.string(),
    paired: z.boolean().describe('Whether both were judged on the same rows.'),
    units: z.number().describe('Independent units: rows, groups or queries.'),
  })
  .describe(
    "How much better the candidate is, in the metric's unit; positive is better, whatever the direction.",
  )

/** The JSON file that output `report` names, and that is logged to the candidate's run. */
export const reportSchema = z
  .object({
    schema: z.literal(2).describe('Version of this form.'),
    model: z.string(),
    verdict: z.enum(['promote', 'reject', 'inconclusive']),
    reason: z.string(),
    final: z.boolean().describe('Whether `force` cannot override it.'),
    forced: text.describe('Who overrode the gate, and why.'),
    dryRun: z.boolean(),
    judgedAt: z.string(),
    judgedOn: z.enum(['same-rows', 'stored-values', 'nothing']),
    policyHash: z.string().describe('sha256 of the policy in its canonical form.'),
    policy: z.unknown().describe('The policy as it was read, defaults included.'),
    candidate: z.object({
      version: text,
      runId: text,
      runState: z.string(),
      source: text,
      artifactDigest: text.describe("sha256 of the model's files."),
      value: figure,
      metrics,
    }),
    champion: z.object({
      kind: z.enum(['version', 'none', 'unclear']),
      version: text,
      runId: text,
      value: figure,
      ageDays: figure,
      metrics,
    }),
    holdout: z
      .object({ digest: z.string(), rows: z.number() })
      .nullable()
      .describe('Null where stored values decided.'),
    checks: z
      .array(
        z.object({
          kind: z.enum(['primary', 'limit', 'anchor', 'guardrail', 'slice']),
          subject: z.string(),
          candidate: figure,
          rival: figure.describe("The champion's value, or the anchor's."),
          change: interval.nullable(),
          boundary: figure.describe('What the change has to be above.'),
          limit: z.string().describe('What was asked for, in words.'),
          result: z.enum(['holds', 'fails', 'undecided']),
          why: z.string(),
          unitsNeeded: figure.describe('Units that would decide an undecided one.'),
        }),
      )
      .describe('Every demand of the policy, and what became of it.'),
    selfTests: z
      .array(z.object({ name: z.string(), passed: z.boolean() }))
      .describe('Questions with known answers that the gate was asked first.'),
    notes: z.array(z.string()).describe('What could not be known, and how it was judged.'),
    counts: z.object({
      refusedInARow: z.number(),
      onThisHoldout: z.number(),
      judgementsPerYear: figure,
      falsePromotesPerYear: figure.describe('At most, at that rate and the confidence of the policy.'),
    }),
    aliases: z.record(z.string(), z.string()),
    runUrl: z.string(),
  })
  .describe('What the gate decided, and everything that the decision rests on.')

export type Report = z.input<typeof reportSchema>
