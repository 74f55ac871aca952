import * as z from 'zod'
import { choice, matchPattern } from '../runtime/fields.ts'
import {
  age,
  amount,
  between,
  count,
  day,
  metricName,
  moment,
  number,
  scalarText,
  timeLimit,
  version,
} from './scalars.ts'
import { section } from './unknown-keys.ts'

const direction = (needed: string) =>
  choice(['higher', 'lower'])
    .optional()
    .describe(`Which values are better. Needed${needed}, unless the metric is a statistic of the gate.`)
const statistic = () =>
  scalarText()
    .optional()
    .describe('Statistic that computes the metric from rows, if its name is not a known statistic.')
const maxRegression = () => amount().describe('Maximum regression against the champion.')
const column = (what: string) => scalarText().optional().describe(`Column with ${what}.`)

const guardrail = section({
  metric: metricName().describe('Name of the metric, as the run logged it.'),
  direction: direction(' with `max_regression`'),
  statistic: statistic(),
  max_regression: maxRegression().optional(),
  floor: number().optional().describe('Minimum acceptable value.'),
  ceiling: number().optional().describe('Maximum acceptable value.'),
  group_disparity: column(
    'groups of rows. The value is then the difference between the highest and the lowest statistic of the groups',
  ),
})

const slice = section({
  column: scalarText().describe('Column of the holdout. Each of its values is a slice.'),
  values: z.array(scalarText()).min(1, { error: 'is empty' }).optional().describe('Only these values.'),
  max_regression: maxRegression(),
  min_samples: count(1, 1_000_000)
    .optional()
    .describe('A slice with fewer rows (or groups) fails only on evidence of regression. Default 100.'),
})

const source = { path: scalarText().optional(), artifact: scalarText().optional() }

const trainingIds = z.union(
  [
    scalarText().transform((path) => ({ path })),
    section({
      path: source.path.describe('File in the workspace.'),
      artifact: source.artifact.describe("File in the artifacts of each model's own run."),
    }),
  ],
  { error: 'write a path, or {artifact: train_ids.csv}' },
)

const trainingCutoff = z.union(
  [
    moment(),
    section({ param: scalarText().describe("Param of each model's run with the time.") }),
    section({ tag: scalarText().describe("Tag of each model's run with the time.") }),
  ],
  { error: 'write a time such as 2026-10-01, {param: NAME} or {tag: NAME}' },
)

/** A number that is no count, such as 10,000 or 1e4, is no name. */
const paramName = () =>
  matchPattern(/^(?![-+.\d])\S/, 'a number of rows such as 10000, or the name of a param with it')

const rows = z.union(
  [
    count(1, 999_999_999).transform((count) => ({ count })),
    paramName().transform((param) => ({ param })),
    section({ param: paramName().describe('Param of the run with the number.') }),
  ],
  { error: 'write a number of rows, or the name of a param with it' },
)

const holdout = section({
  path: source.path.describe(
    'File in the workspace with the labels, one row per id. Set this or `artifact`.',
  ),
  artifact: source.artifact.describe("File in the artifacts of the candidate's run. Set this or `path`."),
  id: column('the ids, by which predictions are joined. Default `id`'),
  label: column('the labels. Default `label`'),
  group: column('the group of each row (a user, a session). The bootstrap resamples whole groups'),
  query: column('the query of each row, for Hit@k and NDCG@k'),
  time: column('the time of each row'),
  weight: column('the weight of each row'),
  positive: scalarText()
    .optional()
    .describe('Label of the positive class. Default: 1 of 0/1 and -1/1, true of false/true; else none.'),
  not_missing: z
    .array(scalarText())
    .optional()
    .describe(
      'Words such as `NA`, `None` or `null` that are values of the id, label, prediction, group or query column. By default, they mean a missing value.',
    ),
  training_ids: trainingIds
    .optional()
    .describe('Ids that the models were trained on. None may occur in the holdout.'),
  training_cutoff: trainingCutoff.optional().describe('End of the training data.'),
  label_lag: age().optional().describe('Time until a label is final, such as 7d.'),
})

const champion = section({
  max_age: age().optional().describe('Age from which a champion is stale, such as 90d.'),
  on_stale: choice(['warn', 'inconclusive'])
    .optional()
    .describe('What a stale champion causes: a note, or an inconclusive verdict. Default warn.'),
  waiver: section({
    version: version().describe('The waived version.'),
    by: scalarText().describe('Who granted the waiver.'),
    reason: scalarText().describe('Why the champion cannot be scored.'),
    until: day().describe('Last day (UTC) of the waiver.'),
  })
    .optional()
    .describe('Waives the comparison with a champion that cannot be scored.'),
})

const evaluate = section({
  run: scalarText().describe(
    'Script that scores the model in the folder MODEL_URI and writes its predictions to PREDICTIONS_PATH.',
  ),
  shell: matchPattern(
    /^(bash|sh|python)$|\{0\}/,
    'bash, sh, python, or a command with {0} for the script file',
  )
    .optional()
    .describe('bash (default), sh, python, or a command with {0} for the script file.'),
  working_directory: scalarText().optional().describe('Working directory, relative to the workspace.'),
  timeout: timeLimit().optional().describe('Timeout per model. Default 30m.'),
})

const predictions = section({
  artifact: scalarText().optional().describe("Artifact path of the predictions in each model's run."),
  candidate: scalarText().optional().describe("File in the workspace with the candidate's predictions."),
  champion: scalarText().optional().describe("File in the workspace with the champion's predictions."),
  anchor: scalarText().optional().describe("File in the workspace with the anchor's predictions."),
})

/** The section `gate`. It has no defaults, so that sections can override each other. */
export const gateSchema = section({
  kind: choice(['challenger', 'refresh', 'threshold'])
    .optional()
    .describe(
      'challenger (default): must be better than the champion. refresh: must not be worse. threshold: must meet fixed limits.',
    ),
  metric: metricName().optional().describe('Primary metric, as the run logged it.'),
  direction: direction(''),
  statistic: statistic(),
  min_improvement: amount()
    .optional()
    .describe('Kind challenger: required improvement. Default: any improvement.'),
  margin: amount().optional().describe('Kind refresh: maximum regression.'),
  anchor: section({
    version: version().describe('The fixed version.'),
    margin: amount().describe('Maximum regression against the fixed version.'),
  })
    .optional()
    .describe(
      'Kind refresh: a fixed version as a second baseline, which limits the sum of small regressions.',
    ),
  min_value: number().optional().describe('Minimum acceptable value, or the maximum if lower is better.'),
  guardrails: z.array(guardrail).optional().describe('Other metrics that must not regress.'),
  slices: z
    .array(slice)
    .optional()
    .describe('Subsets of the rows on which the primary metric must not regress.'),
  champion: champion.optional().describe('Rules about the champion.'),
  comparable: section({
    same_data: choice(['known', 'required'])
      .optional()
      .describe(
        'known (default): inconclusive if the evaluation data are known to differ. required: also if they are unknown.',
      ),
    sha256: scalarText().optional().describe('Param or tag of a run with the sha256 of its evaluation data.'),
    rows: rows.optional().describe('Number of evaluation rows behind a logged metric.'),
  })
    .optional()
    .describe('When logged metrics are comparable.'),
  evaluate: evaluate.optional().describe('Scores both models on the holdout with a script.'),
  predictions: predictions.optional().describe('Files with predictions, instead of `evaluate`.'),
  holdout: holdout.optional().describe('Labelled rows on which both models are evaluated.'),
  statistics: section({
    confidence: between(0.5, 1).optional().describe('One-sided confidence. Default 0.95.'),
    resamples: count(200, 100_000).optional().describe('Bootstrap resamples. Default 2000.'),
    min_rows: count(10, 999_999_999).optional().describe('Minimum rows for a decision. Default 30.'),
    min_groups: count(10, 999_999_999).optional().describe('Minimum groups for a decision. Default 10.'),
  })
    .optional()
    .describe('Statistical settings.'),
  decision: section({
    mode: choice(['enforce', 'dry-run']).optional().describe('dry-run evaluates without writing.'),
    on_inconclusive: choice(['skip', 'fail'])
      .optional()
      .describe('Whether the step succeeds or fails on an inconclusive verdict.'),
    max_rejections: count(1, 100)
      .optional()
      .describe('Consecutive rejections that raise a warning. Default 3.'),
  })
    .optional()
    .describe('What follows from the verdict.'),
})

export type GateSection = z.output<typeof gateSchema>
