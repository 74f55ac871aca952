import { choice, decimal } from '../../src/runtime/fields.ts'
import { isDouble, metricName } from '../../src/runtime/policy/scalars.ts'

const number = () =>
  decimal().refine(isDouble, { error: 'is larger than any number computed here', abort: true })
const nonNegative = () =>
  number().refine((value) => !value.startsWith('-'), { error: 'is negative; give 0 or more' })

/** The keys of a policy that are inputs, too, by the same names. Left out everywhere, the policy's defaults hold. */
export const policyFields = {
  kind: choice(['challenger', 'refresh', 'threshold'])
    .optional()
    .describe(
      'What the candidate has to show: `challenger`, that it is better than the champion; `refresh`, that it is not worse by more than `margin`; `threshold`, only the limits that the policy sets. Left out, `challenger`.',
    ),
  metric: metricName()
    .optional()
    .describe('The metric that decides, as the run logged it. Needed here or in `policy`.'),
  direction: choice(['higher', 'lower'])
    .optional()
    .describe(
      'Whether `higher` or `lower` values are better. Left out, what the name of a known metric tells (`rmse`: lower), else `higher`; another one that is called a loss or an error must say.',
    ),
  'min-improvement': nonNegative()
    .optional()
    .describe(
      'With kind `challenger`: by how much the candidate must be better, absolute. Left out, 0: better at all. An equal model is never an improvement.',
    ),
  margin: nonNegative()
    .optional()
    .describe('With kind `refresh`: by how much the candidate may be worse, absolute. Needed there.'),
  'min-value': number()
    .optional()
    .describe(
      'The least value that is acceptable at all (with `lower`, the greatest), also for a first model. Left out, any.',
    ),
} as const
